#include "polypath/theory/mode_problem.hpp"

#include "polypath/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace polypath::theory {
namespace {

double real(Index value) { return static_cast<double>(value); }

}  // namespace

void ModeProblem::check() const {
  if (pathways.empty() || start.size() != pathways.size()) {
    throw BadData(fmt::format(
        "{} starting values of K for {} pathways: the theory needs one for each of at least one "
        "pathway; pass K_a(0) of the mode's diagonal",
        start.size(), pathways.size()));
  }
  for (std::size_t a = 0; a < pathways.size(); ++a) {
    const auto& [depth, gain] = pathways[a];
    if (depth < 1 || !(gain > 0) || !std::isfinite(gain) || !std::isfinite(start[a])) {
      throw BadData(fmt::format(
          "pathway {} of the theory has depth {}, gain {}, K(0) {}: the reduced equations need a "
          "depth of 1 or more, a positive gain and a finite start; check the measured gains",
          a, depth, gain, start[a]));
    }
  }
  if (!std::isfinite(target)) {
    throw BadData(fmt::format(
        "target {} of a mode: K would have nothing to converge to; use modes of full rank only",
        target));
  }
}

double strength(double p, const TheoryPathway& pathway) {
  return std::pow(pathway.gain, real(pathway.depth)) * p *
         std::pow(std::hypot(1.0, p), real(pathway.depth - 1));
}

double strength_inverse(double K, const TheoryPathway& pathway) {
  const double size = std::abs(K) / std::pow(pathway.gain, real(pathway.depth));
  if (size == 0 || pathway.depth == 1) {
    return std::copysign(size, K);
  }
  // log K is convex in log p, and both bounds lie above the root: Newton's steps fall to it.
  const double target = std::log(size);
  double x = std::min(target, target / real(pathway.depth));
  for (int i = 0; i < 100; ++i) {
    const double p = std::exp(x);
    const double h = std::hypot(1.0, p);
    const double slope = 1 + real(pathway.depth - 1) * (p / h) * (p / h);
    const double step = (x + real(pathway.depth - 1) * std::log(h) - target) / slope;
    x -= step;
    if (std::abs(step) <= 2 * std::numeric_limits<double>::epsilon() * std::max(1.0, std::abs(x))) {
      break;
    }
  }
  return std::copysign(std::exp(x), K);
}

double growth(double p, const TheoryPathway& pathway) {
  return std::pow(pathway.gain, real(pathway.depth - 2)) *
         std::pow(std::hypot(1.0, p), real(pathway.depth - 1));
}

double strength_growth(double p, const TheoryPathway& pathway) {
  const double depth = real(pathway.depth);
  const double square = 1 + p * p;
  return std::pow(pathway.gain, 2 * depth - 2) * std::pow(square, depth - 2) * (1 + depth * p * p);
}

}  // namespace polypath::theory
