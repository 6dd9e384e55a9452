#pragma once

#include "polypath/config/config.hpp"
#include "polypath/data/dataset.hpp"
#include "polypath/data/modes.hpp"
#include "polypath/plan/shape.hpp"

namespace polypath::testing {

/// The paper's deepest network: two pathways of depth 7 and width 1000 on the hierarchy. Its full
/// training is too long for a test, so its K is kept in tests/golden/full_depth7_width1000.h5.
struct Depth7Case {
  static constexpr Index every = 10;  ///< epochs between records

  Depth7Case() {
    init.sigma = 0.01;
    init.seed = 1;
    train.learning_rate = 0.01;
    train.loss = Loss::sum_squares;
    train.epochs = 4050;
    train.precision = Precision::float64;
  }

  Dataset data = hierarchy_dataset(4, 2);
  Modes modes = find_modes(data, CorrelationKind::sum);
  NetworkShape shape = network_shape(
      {{{{1000, 1000, 1000, 1000, 1000, 1000}}, {{1000, 1000, 1000, 1000, 1000, 1000}}}}, 8, 15);
  InitConfig init;
  TrainConfig train;
};

}  // namespace polypath::testing
