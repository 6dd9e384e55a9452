#pragma once

#include "polypath/core/matrix.hpp"

#include <cstdint>

namespace polypath {

/// Independent float64 standard normals. Element (r, c) is a pure function of seed, number and
/// position: Box and Muller's transform of Philox4x32-10 with counter (c / 2, r, seed low, seed
/// high) and key (number, 1). `number` tells the random factors of one data set apart; the 1 keeps
/// clear of the initial weights, which have 0 there.
[[nodiscard]] Matrix<double> normal_matrix(Index rows, Index columns, std::uint64_t seed,
                                           std::uint32_t number);

}  // namespace polypath
