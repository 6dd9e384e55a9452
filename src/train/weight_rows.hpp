#pragma once

#include "polypath/backend/backend.hpp"
#include "polypath/core/matrix.hpp"
#include "polypath/train/weights.hpp"

#include <functional>
#include <utility>
#include <variant>
#include <vector>

namespace polypath {

/// One layer's weights in backend memory, in either precision.
using AnyLayer = std::variant<MatrixView<const float>, MatrixView<const double>>;
/// A copy in host memory, in the same precision.
using LayerCopy = std::variant<Matrix<float>, Matrix<double>>;

/// Layer d (index from 0) of a pathway.
[[nodiscard]] AnyLayer layer_of(const AnyMemberWeights& weights, std::size_t pathway,
                                std::size_t d);
/// Rows and columns.
[[nodiscard]] std::pair<Index, Index> sides(const AnyLayer& layer);
/// Layers of each pathway.
[[nodiscard]] std::vector<std::size_t> depths(const AnyMemberWeights& weights);

/// Brings weights to the host a block of rows at a time (about 1 MiB), as float64.
class WeightRows {
 public:
  using Visit = std::function<void(Index first_row, MatrixView<const double> rows)>;
  using VisitBoth = std::function<void(Index first_row, MatrixView<const double> rows,
                                       MatrixView<const double> copied_rows)>;

  explicit WeightRows(Backend& backend) : backend_(backend) {}

  [[nodiscard]] LayerCopy copy(const AnyLayer& layer);
  /// Blocks in ascending order, covering all rows.
  void each(const AnyLayer& layer, const Visit& visit);
  /// The same, with the same rows of a copy of the layer as it once was.
  void each(const AnyLayer& layer, const LayerCopy& copy, const VisitBoth& visit);

 private:
  Backend& backend_;
  std::vector<std::byte> fetched_;
  std::vector<double> rows_;
  std::vector<double> copied_;
};

}  // namespace polypath
