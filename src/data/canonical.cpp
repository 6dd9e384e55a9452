#include "polypath/core/error.hpp"
#include "polypath/core/linalg.hpp"
#include "polypath/data/modes.hpp"

#include "frame.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace polypath {
namespace {

constexpr double smallest_relative_mode = 1e-10;
constexpr double equal_within = 1e-6;

std::vector<double> row_of(const Matrix<double>& matrix, Index row) {
  const double* first = matrix.view().row(row);
  return {first, first + matrix.columns()};
}

void check_shapes(const Matrix<double>& correlation, const SingularValues& svd) {
  const Index modes = std::min(correlation.rows(), correlation.columns());
  const bool shapes_fit = static_cast<Index>(svd.S.size()) == modes && svd.U.columns() == modes &&
                          svd.V.columns() == modes && svd.U.rows() == correlation.rows() &&
                          svd.V.rows() == correlation.columns();
  const bool descending =
      std::is_sorted(svd.S.rbegin(), svd.S.rend()) && (svd.S.empty() || svd.S.back() >= 0.0);
  if (!shapes_fit || !descending) {
    throw InternalError(
        fmt::format("a singular value decomposition with U {} x {}, V {} x {} and {} values was "
                    "given for a {} x {} correlation, or its values are not in descending order, "
                    "so its modes cannot be used; pass the economy decomposition, largest first",
                    svd.U.rows(), svd.U.columns(), svd.V.rows(), svd.V.columns(), svd.S.size(),
                    correlation.rows(), correlation.columns()));
  }
}

/// Neighbours within 1e-6 relative share a group, so a group may be a chain; the modes from `rank`
/// on are one group of their own.
std::vector<Index> find_groups(const std::vector<double>& S, Index rank) {
  std::vector<Index> group(S.size());
  for (std::size_t i = 1; i < S.size(); ++i) {
    const auto mode = static_cast<Index>(i);
    const bool equal = mode < rank ? S[i - 1] - S[i] <= equal_within * S[i - 1] : mode > rank;
    group[i] = group[i - 1] + (equal ? 0 : 1);
  }
  return group;
}

/// The canonical basis of modes [first, first + count): V_g R, where the columns of R are the
/// Gram-Schmidt basis of the rows of V_g. (P e_i = V_g (row i of V_g), and V_g keeps lengths and
/// angles, so no inputs x inputs projector is formed.)
void append_group(const Matrix<double>& V, Index first, Index count, Frame& canonical_v) {
  Frame rotation(count, count);
  std::vector<double> candidate(static_cast<std::size_t>(count));
  for (Index i = 0; i < V.rows() && rotation.size() < count; ++i) {
    std::copy_n(V.view().row(i) + first, count, candidate.begin());
    rotation.append(candidate);
  }
  if (rotation.size() < count) {
    throw InternalError(
        "the right singular vectors of a mode group are not independent, so the "
        "group has no basis; pass a complete decomposition");
  }
  const MatrixView<const double> block{V.data() + first, V.rows(), count, V.columns()};
  const Matrix<double> directions = multiply_transposed_right(rotation.vectors(), block);
  for (Index k = 0; k < count; ++k) {
    if (!canonical_v.append(row_of(directions, k))) {
      throw InternalError(
          "the right singular vectors of two modes are parallel, so they belong to "
          "no decomposition; pass an orthonormal V");
    }
  }
}

/// U = Sigma_yx V / s, orthonormal: rounding in a small mode, or values that differ inside a
/// group, would otherwise tilt its column by up to 1e-6.
Frame left_vectors(const Matrix<double>& correlation, const std::vector<double>& S,
                   const Frame& canonical_v) {
  Frame canonical_u(correlation.rows(), static_cast<Index>(S.size()));
  const Matrix<double> images =
      multiply_transposed_right(canonical_v.vectors(), correlation.view());
  for (Index mode = 0; mode < canonical_v.size(); ++mode) {
    const double value = S[static_cast<std::size_t>(mode)];
    std::vector<double> direction = row_of(images, mode);
    for (double& entry : direction) {
      entry /= value;
    }
    if (!canonical_u.append(direction)) {
      throw InternalError(
          fmt::format("the right singular vector of mode {} is not mapped onto a direction of its "
                      "own, so the decomposition belongs to another correlation; pass its own",
                      mode + 1));
    }
  }
  return canonical_u;
}

}  // namespace

Index numerical_rank(const std::vector<double>& S) {
  if (S.empty() || S.front() == 0.0) {
    return 0;
  }
  const double smallest = smallest_relative_mode * S.front();
  return std::count_if(S.begin(), S.end(), [smallest](double s) { return s >= smallest; });
}

std::vector<Index> make_canonical(const Matrix<double>& correlation, SingularValues& svd) {
  check_shapes(correlation, svd);
  const Index rank = numerical_rank(svd.S);
  std::vector<Index> group = find_groups(svd.S, rank);
  Frame canonical_v(correlation.columns(), static_cast<Index>(svd.S.size()));
  for (Index first = 0; first < rank;) {
    Index last = first + 1;
    while (last < rank &&
           group[static_cast<std::size_t>(last)] == group[static_cast<std::size_t>(first)]) {
      ++last;
    }
    append_group(svd.V, first, last - first, canonical_v);
    first = last;
  }
  Frame canonical_u = left_vectors(correlation, svd.S, canonical_v);
  canonical_v.complete();
  canonical_u.complete();
  svd.V = transpose(canonical_v.vectors());
  svd.U = transpose(canonical_u.vectors());
  return group;
}

}  // namespace polypath
