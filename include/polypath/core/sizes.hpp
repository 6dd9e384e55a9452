#pragma once

#include "polypath/core/types.hpp"

#include <limits>

namespace polypath {

// Sizes are counted before anything is allocated, from numbers that a user may set to anything.
// What does not fit 64 bits counts as `largest_size`, which no memory and no disk holds: it is
// refused like every other size that is too large, in place of wrapping round to a small or
// negative one. All arguments are >= 0.

inline constexpr Index largest_size = std::numeric_limits<Index>::max();

[[nodiscard]] constexpr Index size_product(Index a, Index b) {
  return a != 0 && b > largest_size / a ? largest_size : a * b;
}
template <class... More>
[[nodiscard]] constexpr Index size_product(Index a, Index b, Index c, More... more) {
  return size_product(size_product(a, b), c, more...);
}

[[nodiscard]] constexpr Index size_sum(Index a, Index b) {
  return b > largest_size - a ? largest_size : a + b;
}
template <class... More>
[[nodiscard]] constexpr Index size_sum(Index a, Index b, Index c, More... more) {
  return size_sum(size_sum(a, b), c, more...);
}

/// round_up() without overflow.
[[nodiscard]] constexpr Index padded_size(Index size, Index granule) {
  return size > largest_size - granule ? largest_size : round_up(size, granule);
}

}  // namespace polypath
