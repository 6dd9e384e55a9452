#pragma once

#include "polypath/io/file.hpp"
#include "polypath/io/read.hpp"

#include "support/paths.hpp"
#include "unit/train/training.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace polypath::testing {

/// A published trajectory (tests/golden/README.md) and the config that repeats it.
struct Golden {
  std::string path;
  Dataset data;
  std::vector<double> omega;  ///< pathway x record x output x input
  std::vector<double> loss;   ///< record
  Config config;
};

inline Golden load(const std::string& name, Activation activation, Index depth, Index width) {
  Golden golden;
  golden.path = source_path("tests/golden/" + name).string();
  golden.data = file_dataset(golden.path);
  golden.omega = File::open(golden.path).root().open_data_set("omega").read<double>();
  golden.loss = read_vector(golden.path, "loss");
  golden.config.network = equal_pathways(2, depth, width);
  golden.config.network.activation = activation;
  golden.config.init.method = InitMethod::file;
  golden.config.init.file = golden.path;
  golden.config.train.epochs = 400;
  golden.config.record.every = 5;
  golden.config.train.precision = Precision::float64;
  return golden;
}

/// Modes whose K_a are rows [first, first + 8) of Omega_a itself: U picks outputs, V = I.
inline Modes rows_of_omega(const Dataset& data, Index first) {
  Modes modes = find_modes(data, CorrelationKind::sum);
  const Index inputs = data.inputs();
  modes.U = Matrix<double>(data.outputs(), inputs);
  modes.V = Matrix<double>(inputs, inputs);
  for (Index i = 0; i < inputs; ++i) {
    modes.U(first + i, i) = 1.0;
    modes.V(i, i) = 1.0;
  }
  modes.Q = modes.pseudo_x;
  return modes;
}

/// The largest deviation of Omega_a(t) over all its entries, relative to max |Omega|.
inline double omega_error(const Golden& golden, BackendKind backend) {
  const Index inputs = golden.data.inputs();
  const Index outputs = golden.data.outputs();
  double largest = 0.0;
  for (const Index first : {Index{0}, outputs - inputs}) {
    const auto history =
        train(golden.config, golden.data, rows_of_omega(golden.data, first), {backend})[0];
    const Index records = static_cast<Index>(history.K.size());
    EXPECT_EQ(records, 81);
    for (Index a = 0; a < 2; ++a) {
      for (Index r = 0; r < records; ++r) {
        const double* expected =
            golden.omega.data() + ((a * records + r) * outputs + first) * inputs;
        const double* found = history.K[static_cast<std::size_t>(r)].data() + a * inputs * inputs;
        for (Index i = 0; i < inputs * inputs; ++i) {
          largest = std::max(largest, std::abs(found[i] - expected[i]));
        }
      }
    }
  }
  return largest / max_abs(golden.omega);
}

/// The largest deviation of the loss, relative to the first.
inline double loss_error(const Golden& golden, BackendKind backend) {
  const Modes modes = find_modes(golden.data, CorrelationKind::sum);
  const auto history = train(golden.config, golden.data, modes, {backend})[0];
  double largest = 0.0;
  for (std::size_t r = 0; r < golden.loss.size(); ++r) {
    largest = std::max(largest, std::abs(history.loss[r] - golden.loss[r]));
  }
  return largest / golden.loss[0];
}

}  // namespace polypath::testing
