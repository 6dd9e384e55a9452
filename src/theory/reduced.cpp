#include "polypath/theory/reduced.hpp"

#include "polypath/core/error.hpp"

#include "reduced_flow.hpp"

#include <cmath>

namespace polypath::theory {
namespace {

/// K = prod_d gains[d], dK/dy = sum_d (prod_{i != d} gains[i])^2, and those products of the others
/// by prefixes and suffixes, since p may be zero.
void layer_rates(const double* gains, std::size_t depth, double* derivative, double& K,
                 double& K_rate) {
  double before = 1;
  for (std::size_t d = 0; d < depth; ++d) {
    derivative[d] = before;
    before *= gains[d];
  }
  K = before;
  double after = 1;
  K_rate = 0;
  for (std::size_t d = depth; d-- > 0;) {
    derivative[d] *= after;
    after *= gains[d];
    K_rate += derivative[d] * derivative[d];
  }
}

void check_gains(const std::vector<std::vector<double>>& gains) {
  bool usable = !gains.empty();
  for (const auto& pathway : gains) {
    usable = usable && !pathway.empty();
    for (const double gain : pathway) {
      usable = usable && std::isfinite(gain);
    }
  }
  if (!usable) {
    throw BadData(
        "a pathway without layers, or a gain that is not finite, in equation (16): its "
        "product K is undefined; pass the measured gains of every layer");
  }
}

}  // namespace

Flow reduced_flow(const ModeProblem& problem) {
  problem.check();
  Flow flow;
  for (std::size_t a = 0; a < problem.pathways.size(); ++a) {
    flow.start.push_back(strength_inverse(problem.start[a], problem.pathways[a]));
  }
  flow.target = problem.target;
  flow.pathways = static_cast<Index>(problem.pathways.size());
  flow.evaluate = [pathways = problem.pathways](const State& p, Rates& rates) {
    for (std::size_t a = 0; a < p.size(); ++a) {
      rates.x[a] = growth(p[a], pathways[a]);
      rates.K[a] = strength(p[a], pathways[a]);
      rates.K_rate[a] = strength_growth(p[a], pathways[a]);
    }
  };
  return flow;
}

Trajectory integrate_reduced(const ModeProblem& problem, const std::vector<double>& times,
                             const IntegrationSettings& settings) {
  return integrate(reduced_flow(problem), times, settings);
}

Trajectory integrate_gains(const std::vector<std::vector<double>>& gains, double target,
                           const std::vector<double>& times, const IntegrationSettings& settings) {
  check_gains(gains);
  std::vector<std::size_t> depths;
  Flow flow;
  for (const auto& pathway : gains) {
    depths.push_back(pathway.size());
    flow.start.insert(flow.start.end(), pathway.begin(), pathway.end());
  }
  flow.target = target;
  flow.pathways = static_cast<Index>(depths.size());
  flow.evaluate = [depths](const State& x, Rates& rates) {
    std::size_t first = 0;
    for (std::size_t a = 0; a < depths.size(); ++a) {
      layer_rates(&x[first], depths[a], &rates.x[first], rates.K[a], rates.K_rate[a]);
      first += depths[a];
    }
  };
  return integrate(flow, times, settings);
}

}  // namespace polypath::theory
