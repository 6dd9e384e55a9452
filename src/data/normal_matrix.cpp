#include "normal_matrix.hpp"

#include <cmath>
#include <numbers>

#include <Random123/philox.h>

namespace polypath {
namespace {

/// Uniform on (0, 1], a multiple of 2^-53.
double unit_interval(std::uint32_t low, std::uint32_t high) {
  const std::uint64_t bits = (static_cast<std::uint64_t>(high) << 32U) | low;
  return static_cast<double>((bits >> 11U) + 1) * 0x1p-53;
}

struct NormalPair {
  double first = 0.0;
  double second = 0.0;
};

NormalPair normal_pair(const r123::Philox4x32::ctr_type& bits) {
  const double radius = std::sqrt(-2.0 * std::log(unit_interval(bits[0], bits[1])));
  const double angle = 2.0 * std::numbers::pi * unit_interval(bits[2], bits[3]);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

}  // namespace

Matrix<double> normal_matrix(Index rows, Index columns, std::uint64_t seed, std::uint32_t number) {
  const r123::Philox4x32::key_type key{{number, 1U}};
  const auto seed_low = static_cast<std::uint32_t>(seed);
  const auto seed_high = static_cast<std::uint32_t>(seed >> 32U);
  r123::Philox4x32 philox;
  Matrix<double> result(rows, columns);
  for (Index r = 0; r < rows; ++r) {
    for (Index c = 0; c < columns; c += 2) {
      const r123::Philox4x32::ctr_type counter{
          {static_cast<std::uint32_t>(c / 2), static_cast<std::uint32_t>(r), seed_low, seed_high}};
      const NormalPair pair = normal_pair(philox(counter, key));
      result(r, c) = pair.first;
      if (c + 1 < columns) {
        result(r, c + 1) = pair.second;
      }
    }
  }
  return result;
}

}  // namespace polypath
