#include "polypath/theory/invariant.hpp"

#include "polypath/core/error.hpp"

#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace polypath::theory {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double pi = 3.14159265358979323846;
constexpr int newton_limit = 100;

void require_depth(Index depth) {
  if (depth < 1) {
    throw UsageError(
        fmt::format("depth {} in the theory's invariant (22): a pathway has at least "
                    "one weight matrix; give a depth of 1 or more",
                    depth));
  }
}

/// With s = cot(phi) the tail is integral_0^theta sin^m, m = D - 3, sin(theta) = 1/hypot(1, p):
/// cos(theta) sin^{m+1}(theta)/(m+1) times a series of positive terms in sin^2(theta).
double tail_series(double p, Index depth) {
  const double h = std::hypot(1.0, p);
  const double ratio = 1 / h / h;
  const auto m = static_cast<double>(depth - 3);
  double term = 1;
  double sum = 1;
  for (double k = 0; term > 0.25 * epsilon * sum * (1 - ratio); k += 1) {
    term *= ratio * (m + 2 + 2 * k) / (m + 3 + 2 * k);
    sum += term;
  }
  return p / h * std::pow(h, -(m + 1)) / (m + 1) * sum;
}

/// Below this p the tail is more than half the limit and F_inf - F(p) loses less than a digit.
bool near_origin(double p, Index depth) { return p * p * static_cast<double>(depth) < 0.4; }

/// F is concave for p > 0, so Newton's steps from p = value <= F^{-1}(value) climb monotonically.
double inverse_near_origin(double value, Index depth) {
  const double half_power = -0.5 * static_cast<double>(depth - 1);
  double p = value;
  for (int i = 0; i < newton_limit; ++i) {
    const double slope = std::exp(half_power * std::log1p(p * p));
    const double step = (value - invariant(p, depth)) / slope;
    p += step;
    if (std::abs(step) <= 2 * epsilon * p) {
      break;
    }
  }
  return p;
}

/// log tail is concave in log p and lies below its straight asymptote, so Newton's steps in
/// (log p, log tail) from the asymptote's root fall monotonically.
double inverse_far_out(double tail, Index depth) {
  const auto decay = static_cast<double>(depth - 2);
  double p = std::exp(-std::log(decay * tail) / decay);
  for (int i = 0; i < newton_limit; ++i) {
    const double here = invariant_tail(p, depth);
    const double h = std::hypot(1.0, p);
    const double elasticity = p / h * std::pow(h, -decay) / here;  // p F'(p) / tail(p)
    const double step = std::log(here / tail) / elasticity;
    p *= std::exp(step);
    if (!(std::abs(step) > 2 * epsilon)) {
      break;
    }
  }
  return p;
}

}  // namespace

double invariant(double p, Index depth) {
  require_depth(depth);
  if (depth == 1) {
    return p;
  }
  const double h = std::hypot(1.0, p);
  const double ratio = 1 / h / h;
  const bool odd = depth % 2 == 0;  // n = depth - 1 odd: the chain starts at I_1, else at I_2
  Index n = odd ? 1 : 2;
  double value = odd ? std::asinh(p) : std::atan(p);
  double power = odd ? p / h : p / h / h;  // p (1 + p^2)^{-n/2}
  // Every term has the sign of p: nothing cancels, and the errors of F are averaged, not summed.
  for (; n < depth - 1; n += 2) {
    const auto real_n = static_cast<double>(n);
    value = (power + (real_n - 1) * value) / real_n;
    power *= ratio;
  }
  return value;
}

double invariant_weight(Index depth, double gain) {
  return std::pow(gain, static_cast<double>(2 - depth));
}

double invariant_limit(Index depth) {
  require_depth(depth);
  if (depth <= 2) {
    return infinity;
  }
  double limit = depth % 2 == 0 ? 1 : pi / 2;  // F_4 and F_3; F_{D+2} = F_D (D-2)/(D-1)
  for (Index d = depth % 2 == 0 ? 4 : 3; d < depth; d += 2) {
    limit *= static_cast<double>(d - 2) / static_cast<double>(d - 1);
  }
  return limit;
}

double invariant_tail(double p, Index depth) {
  const double limit = invariant_limit(depth);
  if (depth <= 2) {
    return infinity;
  }
  if (p <= 0 || near_origin(p, depth)) {
    return limit - invariant(p, depth);
  }
  return tail_series(p, depth);
}

double invariant_inverse(double value, Index depth) {
  const double limit = invariant_limit(depth);
  const double size = std::abs(value);
  if (!(size < limit)) {
    throw UsageError(fmt::format(
        "value {} of the invariant (22) at depth {}: F stays below {} there, so no p belongs to "
        "it; check the starting values, or ask for the tail's inverse near the limit",
        value, depth, limit));
  }
  if (depth == 1) {
    return value;
  }
  if (depth == 2) {
    return std::sinh(value);
  }
  const double p =
      size < 0.5 * limit ? inverse_near_origin(size, depth) : inverse_far_out(limit - size, depth);
  return std::copysign(p, value);
}

double invariant_tail_inverse(double tail, Index depth) {
  const double limit = invariant_limit(depth);
  if (depth <= 2 || !(tail > 0) || !(tail < 2 * limit)) {
    throw UsageError(fmt::format(
        "tail {} of the invariant (22) at depth {}: it lies between 0 and {} and exists for depths "
        "of 3 and more only; check the starting values",
        tail, depth, 2 * limit));
  }
  return tail > 0.5 * limit ? invariant_inverse(limit - tail, depth) : inverse_far_out(tail, depth);
}

}  // namespace polypath::theory
