#pragma once

#include "polypath/config/config.hpp"
#include "polypath/core/matrix.hpp"

#include <string>
#include <vector>

namespace polypath {

/// The examples of a task: rows are examples.
struct Dataset {
  Matrix<double> x;                     ///< examples x inputs
  Matrix<double> y;                     ///< examples x outputs
  std::vector<std::string> notes = {};  ///< how a file was read, where that is not plain
  [[nodiscard]] Index examples() const { return x.rows(); }
  [[nodiscard]] Index inputs() const { return x.columns(); }
  [[nodiscard]] Index outputs() const { return y.columns(); }
};

/// X = identity; Y (eq. 32): one column per node of a tree with `levels` levels (root included),
/// 1 where the example (a leaf) descends from the node. Columns level by level from the root,
/// left to right: 4 levels, branching 2 give 8 examples and the 15 features of the paper.
/// Throws BadData when levels < 1, branching < 1 or the tree has more than 10^6 entries.
[[nodiscard]] Dataset hierarchy_dataset(Index levels, Index branching);

/// Random x (white, X^T X = I on its range) and y with the given singular values of
/// Sigma_yx = Y^T X (the sum), the other ones 0; deterministic in `config.seed`.
/// Throws BadData when a size is below 1 or the singular values are none, more than
/// min(examples, inputs, outputs), negative, not finite, or not in descending order.
[[nodiscard]] Dataset random_dataset(const DataConfig& config);

/// Data sets `x` (example, input) and `y` (example, output) of an HDF5 file; others are ignored.
/// Throws MissingInput, or BadData (not HDF5, a data set missing or not 2-d, example counts that
/// differ, empty, NaN or infinite entries with their position).
[[nodiscard]] Dataset file_dataset(const std::string& path);

/// x -> (sum x x^T)^{-1/2} x on the range of x: eigenvalues of sum x x^T above 1e-12 of the
/// largest.
void whiten(Dataset& data);

/// What a config asks for, whitened if so; BadData when max |x| or |y| is not in 1e-18 to 1e15.
[[nodiscard]] Dataset make_dataset(const DataConfig& config);

}  // namespace polypath
