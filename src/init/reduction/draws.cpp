#include "src/init/reduction/draws.hpp"

#include "kernels/functor/normal.hpp"

#include <cmath>

namespace polypath::reduction {
namespace {

// Stream tags; 0 and 1 are the weights and the random data.
constexpr std::uint32_t normal_tag = 2;
constexpr std::uint32_t chi_normal_tag = 3;
constexpr std::uint32_t uniform_tag = 4;

PhiloxCounter counter_of(std::uint64_t number, std::uint64_t seed) {
  return {{static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(number >> 32U),
           static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U)}};
}

}  // namespace

Draws::Draws(std::uint64_t seed, Index pathway, Index layer)
    : seed_(seed),
      place_(static_cast<std::uint32_t>(pathway) << 16U | static_cast<std::uint32_t>(layer)) {}

double Draws::normal() {
  const std::uint64_t number = normals_++;
  return normal4(counter_of(number / 4, seed_), {{place_, normal_tag}}).z[number % 4];
}

double Draws::chi_normal() {
  const std::uint64_t number = chi_normals_++;
  return normal4(counter_of(number / 4, seed_), {{place_, chi_normal_tag}}).z[number % 4];
}

double Draws::uniform() {
  const PhiloxCounter random =
      philox4x32_10(counter_of(uniforms_++, seed_), {{place_, uniform_tag}});
  const std::uint64_t bits = (std::uint64_t{random.word[0]} << 32U | random.word[1]) >> 11U;
  return (static_cast<double>(bits) + 0.5) * 0x1p-53;
}

double Draws::gamma(double shape) {
  // Marsaglia and Tsang (2000), for shape >= 1.
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  while (true) {
    const double x = chi_normal();
    const double root = 1.0 + c * x;
    if (root <= 0.0) {
      continue;
    }
    const double v = root * root * root;
    if (std::log(uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) {
      return d * v;
    }
  }
}

double Draws::chi(Index degrees) {
  if (degrees == 1) {
    return std::abs(chi_normal());
  }
  return std::sqrt(2.0 * gamma(0.5 * static_cast<double>(degrees)));
}

}  // namespace polypath::reduction
