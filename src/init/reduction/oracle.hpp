#pragma once

#include "polypath/core/matrix.hpp"
#include "polypath/plan/shape.hpp"

#include <vector>

namespace polypath::reduction {

/// One pathway of the wide network, seen through a growing set of orthonormal directions in each of
/// its spaces s = 0, ..., D (0: the inputs, D: the outputs, both known completely from the start).
///
/// The first expanded(s) of the named(s) directions of a hidden space span what the narrow network
/// keeps; the others are candidates, in which the residuals live. core(d) (named(d) x named(d - 1))
/// is W^d in these directions; its entry (i, j) is known where row i or column j has been asked
/// for, and 0 elsewhere. Only what derives from this class knows how wide the network is.
class Oracle {
 public:
  virtual ~Oracle() = default;

  [[nodiscard]] Index depth() const { return static_cast<Index>(cores_.size()); }
  [[nodiscard]] Index named(Index s) const { return space(s).named; }
  [[nodiscard]] Index expanded(Index s) const { return space(s).expanded; }
  [[nodiscard]] Index candidates(Index s) const { return named(s) - expanded(s); }
  [[nodiscard]] const Matrix<double>& core(Index d) const {
    return cores_[static_cast<std::size_t>(d - 1)];
  }

  /// Candidates of hidden space s <- candidates H, H orthogonal (candidates x candidates). H may
  /// depend on everything known, as nothing unknown can be seen.
  void rotate(Index s, const Matrix<double>& H);

  /// The first `count` candidates of space s become expanded.
  void expand(Index s, Index count) { space(s).expanded += count; }

  /// W^d times the expanded directions of space d - 1 that it was not applied to yet.
  void visit_forward(Index d);
  /// (W^d)^T times the expanded directions of space d that it was not applied to yet.
  void visit_backward(Index d);

  /// The visits of that matrix which was visited most.
  [[nodiscard]] Index passes() const;

  /// Expanded directions [first, expanded(s)) of space s still wait for visit_forward(s + 1). The
  /// images that W^{s+1} has for them outside the expanded directions of space s + 1 are
  /// independent normal vectors; unseen_variance(s + 1) is their mean square length.
  [[nodiscard]] Index first_pending(Index s) const { return space(s).sent_forward; }
  [[nodiscard]] double unseen_variance(Index s) const;

  /// The narrow network: core(d), expanded rows and columns only.
  [[nodiscard]] Matrix<double> expanded_core(Index d) const;

 protected:
  /// `deviation` (layer d at d - 1) of the weights' entries. `inputs` is the dimension that x
  /// spans.
  Oracle(const PathwayShape& shape, Index inputs, std::vector<double> deviation);

  /// Columns [first, first + count) of core(d) in all named rows, after naming what is new.
  virtual void reveal_columns(Index d, Index first, Index count) = 0;
  /// Rows [first, first + count) of core(d) in all named columns, after naming what is new.
  virtual void reveal_rows(Index d, Index first, Index count) = 0;
  virtual void rotate_directions(Index s, const Matrix<double>& H) = 0;

  /// `count` new candidates of hidden space s.
  void name(Index s, Index count);
  [[nodiscard]] Index width(Index s) const { return space(s).width; }
  /// Rows of core(d) that have been asked for.
  [[nodiscard]] Index known_rows(Index d) const { return space(d).sent_backward; }
  /// Columns of core(d) that have been asked for.
  [[nodiscard]] Index known_columns(Index d) const { return space(d - 1).sent_forward; }
  [[nodiscard]] double deviation(Index d) const {
    return deviation_[static_cast<std::size_t>(d - 1)];
  }
  [[nodiscard]] Matrix<double>& entries(Index d) { return cores_[static_cast<std::size_t>(d - 1)]; }

 private:
  struct Space {
    Index width = 0;
    Index named = 0;
    Index expanded = 0;
    Index sent_forward = 0;   ///< directions that W^{s+1} has been applied to
    Index sent_backward = 0;  ///< directions that (W^s)^T has been applied to
  };
  [[nodiscard]] Space& space(Index s) { return spaces_[static_cast<std::size_t>(s)]; }
  [[nodiscard]] const Space& space(Index s) const { return spaces_[static_cast<std::size_t>(s)]; }

  std::vector<Space> spaces_;
  std::vector<Matrix<double>> cores_;
  std::vector<double> deviation_;
  std::vector<Index> visits_;  ///< layer d at d - 1
};

}  // namespace polypath::reduction
