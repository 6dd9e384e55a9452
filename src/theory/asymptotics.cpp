#include "polypath/theory/asymptotics.hpp"

#include "polypath/core/error.hpp"
#include "polypath/theory/invariant.hpp"

#include <cmath>
#include <numbers>

#include <boost/math/tools/roots.hpp>
#include <fmt/format.h>

namespace polypath::theory {
namespace {

double real(Index value) { return static_cast<double>(value); }

/// w F(p) minus `power_term_of_p(g p)` for p -> infinity.
double offset(const TheoryPathway& pathway) {
  if (pathway.depth == 1) {
    return 0;
  }
  if (pathway.depth == 2) {
    return std::numbers::ln2 - std::log(pathway.gain);  // asinh p -> log 2p
  }
  return invariant_weight(pathway.depth, pathway.gain) * invariant_limit(pathway.depth);
}

double late_level(double K, const TheoryPathway& pathway) {
  const double p = strength_inverse(K, pathway);
  if (pathway.depth <= 2) {
    return invariant_weight(pathway.depth, pathway.gain) * invariant(p, pathway.depth) -
           offset(pathway);
  }
  return -invariant_weight(pathway.depth, pathway.gain) * invariant_tail(p, pathway.depth);
}

}  // namespace

double power_term_of_p(double p, Index depth) {
  return depth == 2 ? std::log(p) : std::pow(p, real(2 - depth)) / real(2 - depth);
}

double power_term_of_K(double K, Index depth) {
  return depth == 2 ? 0.5 * std::log(K) : std::pow(K, 2 / real(depth) - 1) / real(2 - depth);
}

double asymptotic_constant(const ModeProblem& problem, std::size_t a, std::size_t b) {
  problem.check();
  const auto& pathway_a = problem.pathways.at(a);
  const auto& pathway_b = problem.pathways.at(b);
  if (pathway_a.depth == pathway_b.depth && pathway_a.gain == pathway_b.gain) {
    // The limits drop out, and small starts keep their relative accuracy.
    const double F_a = invariant(strength_inverse(problem.start[a], pathway_a), pathway_a.depth);
    const double F_b = invariant(strength_inverse(problem.start[b], pathway_b), pathway_b.depth);
    return invariant_weight(pathway_a.depth, pathway_a.gain) * (F_a - F_b);
  }
  return late_level(problem.start[a], pathway_a) - late_level(problem.start[b], pathway_b);
}

double power_split(double constant, double total, Index depth_a, Index depth_b) {
  if (!(total > 0)) {
    throw UsageError(
        fmt::format("S' = {} in the large-S split (26): the regime needs a positive "
                    "sum of the two pathways; take the others' K off S first",
                    total));
  }
  // In x = log(K_a / K_b) the left-hand side of (26) increases from below C to above it.
  const auto K_b = [total](double x) { return total / (1 + std::exp(x)); };
  const auto K_a = [total](double x) { return total / (1 + std::exp(-x)); };
  const auto excess = [&](double x) {
    const double left = power_term_of_K(K_a(x), depth_a) - power_term_of_K(K_b(x), depth_b);
    return (left - constant) / (std::abs(left) + std::abs(constant) + 1);
  };
  constexpr double far = 700;  // exp(700) is the largest ratio a double holds
  const double at_low = excess(-far);
  const double at_high = excess(far);
  if (at_low >= 0 || at_high <= 0) {
    return at_low >= 0 ? total : 0;
  }
  std::uintmax_t iterations = 300;
  const auto bracket =
      boost::math::tools::toms748_solve(excess, -far, far, at_low, at_high,
                                        boost::math::tools::eps_tolerance<double>(50), iterations);
  return K_b(0.5 * (bracket.first + bracket.second));
}

double reciprocal_constant(double K_a, double K_b) { return 1 / K_a - 1 / K_b; }

double reciprocal_constant_of(double constant, const TheoryPathway& pathway) {
  return real(2 - pathway.depth) * constant / invariant_weight(pathway.depth, pathway.gain);
}

double reciprocal_split(double constant, double total) {
  const double x = constant * total;
  const double smaller = 2 / (2 + std::abs(x) + std::hypot(x, 2.0));
  return total * (x <= 0 ? smaller : 1 - smaller);
}

double dominant_split(double constant, double total) {
  const double sign = constant > 0 ? 1 : constant < 0 ? -1 : 0;
  return total / 2 + sign * total / 2;
}

}  // namespace polypath::theory
