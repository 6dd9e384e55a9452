#pragma once

#include "polypath/train/layer_quantities.hpp"

#include <array>
#include <string>
#include <vector>

namespace polypath {

/// One array of LayerQuantities as a data set. Its axes are member, epoch where it was measured at
/// every record, and `axes`.
struct LayerDataSet {
  std::string name;
  std::vector<double> LayerQuantities::*values;
  std::vector<std::string> axes;
  std::string meaning;
  bool at_start = true;  ///< whether it says something at epoch 0
};

[[nodiscard]] const std::array<LayerDataSet, 5>& layer_data_sets();

}  // namespace polypath
