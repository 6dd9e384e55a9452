#pragma once

#include "polypath/analysis/cell.hpp"

#include <vector>

namespace polypath::analysis {

/// Every quantity of a cell with its values over the finished members.
struct Samples {
  std::vector<Quantity> quantities;
  std::vector<std::vector<double>> values;  ///< quantity x member

  void add(const std::vector<Measurement>& member);
};

/// P(winner) of every pathway; `winners` are the numbers of the pathways, NaN where there is none.
[[nodiscard]] std::vector<WinnerStatistics> count_winners(const Quantity& quantity,
                                                          const std::vector<double>& winners,
                                                          Index pathways);

}  // namespace polypath::analysis
