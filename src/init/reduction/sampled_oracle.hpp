#pragma once

#include "src/init/reduction/draws.hpp"
#include "src/init/reduction/oracle.hpp"

#include <cstdint>

namespace polypath::reduction {

/// A pathway of independent normal weights drawn only where it is looked at, exactly in law. What
/// has not been asked for is, given all that has, again independent normals in any orthonormal
/// bases; so an image of a new direction has fresh normal coordinates along the named directions
/// that know nothing of it, and what is left of it, of length sigma chi(width - named), may be
/// called the next named direction.
class SampledOracle final : public Oracle {
 public:
  /// The degrees of freedom of what is left of an image in a space of `width` dimensions of which
  /// `named` have names. Only a test of the tests has a use for another function than `remaining`.
  using FreeDimensions = Index (*)(Index width, Index named);
  [[nodiscard]] static Index remaining(Index width, Index named) { return width - named; }

  /// `inputs`: the dimension that x spans.
  SampledOracle(const PathwayShape& shape, std::vector<double> deviation, Index inputs,
                std::uint64_t seed, Index pathway, FreeDimensions free_dimensions = &remaining);

 protected:
  void reveal_columns(Index d, Index first, Index count) override;
  void reveal_rows(Index d, Index first, Index count) override;
  void rotate_directions(Index /*s*/, const Matrix<double>& /*H*/) override {}

 private:
  void start();
  void reveal_column(Index d, Index j, Index known);
  void reveal_row(Index d, Index i, Index known);

  FreeDimensions free_dimensions_;
  std::vector<Draws> draws_;  ///< layer d at d - 1
};

}  // namespace polypath::reduction
