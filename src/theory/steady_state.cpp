#include "polypath/theory/steady_state.hpp"

#include "polypath/core/error.hpp"
#include "polypath/theory/invariant.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <boost/math/tools/roots.hpp>
#include <fmt/format.h>

namespace polypath::theory {
namespace {

/// All pathways as functions of the leader's p: with y the common internal time,
/// w_a F_a(p_a(t)) = w_a F_a(p_a(0)) + y. The leader is the pathway that would diverge first.
class SharedClock {
 public:
  SharedClock(const ModeProblem& problem, double sign) : pathways_(problem.pathways) {
    double nearest = std::numeric_limits<double>::infinity();
    for (std::size_t a = 0; a < pathways_.size(); ++a) {
      const auto& [depth, gain] = pathways_[a];
      start_.push_back(sign * strength_inverse(problem.start[a], pathways_[a]));
      weight_.push_back(invariant_weight(depth, gain));
      const double distance = weight_[a] * invariant_tail(start_[a], depth);
      if (distance < nearest) {
        nearest = distance;
        leader_ = a;
      }
    }
  }

  [[nodiscard]] double first() const { return start_[leader_]; }

  /// A leader's p at which sum K >= target: the others only grow.
  [[nodiscard]] double last(double target) const {
    double rest = target;
    for (std::size_t a = 0; a < start_.size(); ++a) {
      rest -= a == leader_ ? 0 : strength(start_[a], pathways_[a]);
    }
    return std::max(first(), strength_inverse(rest, pathways_[leader_]));
  }

  [[nodiscard]] double internal_time(double leader_p) const {
    const Index depth = pathways_[leader_].depth;
    return weight_[leader_] * (invariant(leader_p, depth) - invariant(first(), depth));
  }

  /// p_a of every pathway.
  [[nodiscard]] std::vector<double> at(double leader_p) const {
    std::vector<double> p(start_.size());
    for (std::size_t a = 0; a < p.size(); ++a) {
      p[a] = a == leader_ ? leader_p : follower(a, leader_p);
    }
    return p;
  }

  [[nodiscard]] std::vector<double> strengths(const std::vector<double>& p) const {
    std::vector<double> K(p.size());
    std::transform(p.begin(), p.end(), pathways_.begin(), K.begin(), strength);
    return K;
  }

 private:
  [[nodiscard]] double level(std::size_t a) const {
    return weight_[a] * invariant(start_[a], pathways_[a].depth);
  }

  [[nodiscard]] double follower(std::size_t a, double leader_p) const {
    const Index depth = pathways_[a].depth;
    const double y = internal_time(leader_p);
    const double value = invariant(start_[a], depth) + y / weight_[a];
    if (depth <= 2 || value < 0.5 * invariant_limit(depth)) {
      return invariant_inverse(value, depth);
    }
    // Near the limit the small distances to it decide, so they are what is added. At equal depth
    // and gain the limits drop out and the gap is as exact as the start.
    const auto& leader = pathways_[leader_];
    const double gap = weight_[a] * invariant_limit(depth) -
                       weight_[leader_] * invariant_limit(leader.depth) + level(leader_) - level(a);
    const double left =
        std::max(gap, 0.0) + weight_[leader_] * invariant_tail(leader_p, leader.depth);
    return invariant_tail_inverse(left / weight_[a], depth);
  }

  std::vector<TheoryPathway> pathways_;
  std::vector<double> start_;   // p_a(0)
  std::vector<double> weight_;  // g_a^{2 - D_a}
  std::size_t leader_ = 0;
};

/// The leader's p at which sum K = target. Searched in asinh(p), which suits both small and large
/// p, on (sum K - T) / (|sum K| + |T|), which stays finite where K overflows.
double leader_at_rest(const SharedClock& clock, double target) {
  const double low = std::asinh(clock.first());
  const double high = std::asinh(clock.last(target));
  const auto excess = [&](double x) {
    const auto K = clock.strengths(clock.at(std::sinh(x)));
    const double total = std::accumulate(K.begin(), K.end(), 0.0);
    if (!std::isfinite(total)) {
      return 1.0;
    }
    const double scale = std::abs(total) + std::abs(target);
    return scale > 0 ? (total - target) / scale : 0.0;
  };
  const double at_low = excess(low);
  const double at_high = excess(high);
  if (at_low >= 0 || at_high <= 0) {  // settled from the start, or an end hit to rounding
    return at_low >= 0 ? clock.first() : clock.last(target);
  }
  std::uintmax_t iterations = 300;
  const auto bracket = boost::math::tools::toms748_solve(
      excess, low, high, at_low, at_high,
      boost::math::tools::eps_tolerance<double>(std::numeric_limits<double>::digits - 1),
      iterations);
  return std::sinh(0.5 * (bracket.first + bracket.second));
}

}  // namespace

SteadyState reduced_steady_state(const ModeProblem& problem) {
  problem.check();
  const double total = std::accumulate(problem.start.begin(), problem.start.end(), 0.0);
  // Everything is odd: a sum that must fall is the mirror image of one that must rise.
  const double sign = total <= problem.target ? 1 : -1;
  const SharedClock clock(problem, sign);
  const double leader_p = leader_at_rest(clock, sign * problem.target);
  SteadyState rest;
  rest.p = clock.at(leader_p);
  rest.K = clock.strengths(rest.p);
  rest.internal_time = sign * clock.internal_time(leader_p);
  for (std::size_t a = 0; a < rest.K.size(); ++a) {
    rest.p[a] *= sign;
    rest.K[a] *= sign;
  }
  rest.winner = winner_of(rest.K, problem.target);
  return rest;
}

Index winner_of(const std::vector<double>& K, double target) {
  const auto best = std::max_element(K.begin(), K.end(), [&](double left, double right) {
    return target < 0 ? left > right : left < right;
  });
  return best - K.begin();
}

}  // namespace polypath::theory
