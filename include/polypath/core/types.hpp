#pragma once

#include <cstdint>

namespace polypath {

/// Sizes, counts and indices everywhere; narrowed only where a vendor library asks for less.
using Index = std::int64_t;

/// The floating-point type of weights and activations. Losses and K are float64 in either case.
enum class Precision { float32, float64 };

/// The nonlinearity f of a layer; ReLU'(0) = 0.
enum class Activation { linear, tanh, relu };

/// Which squared error is descended: sum |y - yhat|^2, half of it, or its mean over all entries.
enum class Loss { sum_squares, half_sum_squares, mean_squares };

[[nodiscard]] constexpr Index bytes_of(Precision precision) {
  return precision == Precision::float32 ? 4 : 8;
}

/// The smallest multiple of `granule` that is not below `value`.
[[nodiscard]] constexpr Index round_up(Index value, Index granule) {
  return (value + granule - 1) / granule * granule;
}

template <class T>
inline constexpr Precision precision_of = sizeof(T) == 4 ? Precision::float32 : Precision::float64;

}  // namespace polypath
