#pragma once

#include "polypath/core/types.hpp"

#include <cstdint>

namespace polypath::reduction {

/// The random numbers of one pathway's layer in the sampled network. Philox4x32-10 with counter
/// (number low, number high, seed low, seed high) and key (pathway << 16 | layer, tag), the tags
/// apart from those of weights and data, so a draw is a pure function of its number.
class Draws {
 public:
  Draws(std::uint64_t seed, Index pathway, Index layer);

  /// The next standard normal: the portable float32 one of kernels/functor/normal.hpp.
  [[nodiscard]] double normal();

  /// The next chi variable: the length of a standard normal vector of `degrees` >= 1 entries, up
  /// to 10^15.
  [[nodiscard]] double chi(Index degrees);

 private:
  [[nodiscard]] double gamma(double shape);
  [[nodiscard]] double chi_normal();
  /// In (0, 1), 53 bits.
  [[nodiscard]] double uniform();

  std::uint64_t seed_;
  std::uint32_t place_;
  std::uint64_t normals_ = 0;
  std::uint64_t chi_normals_ = 0;
  std::uint64_t uniforms_ = 0;
};

}  // namespace polypath::reduction
