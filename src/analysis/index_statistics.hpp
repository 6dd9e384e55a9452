#pragma once

#include "polypath/record/index_file.hpp"

#include "samples.hpp"

#include <map>
#include <string>
#include <vector>

namespace polypath::analysis {

/// Collects the group `statistics` of index.h5, cell by cell: of every quantity that the index
/// lists an array over cells, modes (or groups), pathways where there is one of each, and
/// statistics (mean, its 95 % interval, deviation, extremes, quantiles, members and those of them
/// that have learned); of winners `wins` and `group_wins` with P(winner) and `same_winner` of two
/// modes with P(the same pathway wins both), with Wilson's interval. NaN where a cell has no such
/// mode, group or pathway and where nothing is defined.
class IndexStatisticsBuilder {
 public:
  void add_cell(const CellContents& cell, const Samples& samples);
  [[nodiscard]] IndexStatistics take() const;

 private:
  /// The statistics of one quantity in one cell.
  struct Entry {
    std::size_t row = 0;  ///< of the cell
    Quantity quantity;
    std::vector<double> values;
    Index other_mode = 0;  ///< from 1; 0: the quantity is of one mode alone
  };

  void add(const std::string& name, const Quantity& quantity, std::vector<double> values,
           Index other_mode = 0);
  /// P(wins) of every pathway.
  void add_winners(const CellContents& cell, Quantity quantity, const std::vector<double>& winners);
  [[nodiscard]] IndexArray array_of(const std::string& name,
                                    const std::vector<Entry>& entries) const;

  std::vector<Index> cells_;
  std::vector<double> finished_;
  Index modes_ = 0;
  Index groups_ = 0;
  Index pathways_ = 0;
  std::map<std::string, std::vector<Entry>> entries_;
};

}  // namespace polypath::analysis
