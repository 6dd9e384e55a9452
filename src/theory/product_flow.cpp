#include "polypath/theory/product_flow.hpp"

#include "polypath/core/error.hpp"

#include "flow_stepper.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace polypath::theory {
namespace {

/// A 2 x 2 matrix of positive determinant as R(left) diag(values) R(right), R the rotations.
struct RotationsAndValues {
  double left = 0;
  double right = 0;
  std::array<double, 2> values{};
};

RotationsAndValues decompose(const Product& P) {
  const double turn = std::hypot(P[0] + P[3], P[2] - P[1]) / 2;
  const double flip = std::hypot(P[0] - P[3], P[2] + P[1]) / 2;
  const double difference = std::atan2(P[2] + P[1], P[0] - P[3]);
  const double total = std::atan2(P[2] - P[1], P[0] + P[3]);
  // turn - flip would be the second value if it did not cancel: it falls to 1e-20 of the first,
  // and its power 2/D is what the flow needs.
  const double first = turn + flip;
  return {(total + difference) / 2, (total - difference) / 2, {first, std::exp(P[4]) / first}};
}

/// sum_{j=1..D} x^{D-j} z^{j-1}: terms of one sign, by Horner's rule.
double power_sum(double x, double z, Index depth) {
  double total = 0;
  double power = 1;
  for (Index j = 0; j < depth; ++j) {
    total = total * x + power;
    power *= z;
  }
  return total;
}

}  // namespace

Product product_start(double K, const TheoryPathway& pathway) {
  const double scale = std::pow(pathway.gain, static_cast<double>(pathway.depth));
  const double sine = K / scale;
  if (pathway.depth == 1) {
    return {1, 0, sine, 1, 0};
  }
  if (!(std::abs(sine) <= 1)) {
    throw BadData(fmt::format(
        "K(0) = {} of a pathway with gain {} and depth {}: isometric layers of that gain give at "
        "most {}, so the product flow has no such start; the layers are too narrow for the "
        "theory, or the gain is not the measured one",
        K, pathway.gain, pathway.depth, scale));
  }
  const double cosine = std::sqrt((1 - sine) * (1 + sine));
  return {cosine, -sine, sine, cosine, 0};
}

Product product_growth(const Product& P, const TheoryPathway& pathway) {
  const Index depth = pathway.depth;
  const RotationsAndValues svd = decompose(P);
  const double c_left = std::cos(svd.left);
  const double s_left = std::sin(svd.left);
  const double c_right = std::cos(svd.right);
  const double s_right = std::sin(svd.right);
  const double exponent = 2 / static_cast<double>(depth);
  const std::array<double, 2> root{std::pow(svd.values[0], exponent),
                                   std::pow(svd.values[1], exponent)};
  // In the singular bases e_2 e_1^T is the outer product of these two.
  const std::array<double, 2> row{s_left, c_left};
  const std::array<double, 2> column{c_right, s_right};
  const double scale = std::pow(pathway.gain, static_cast<double>(depth - 2));
  std::array<double, 4> inner{};
  for (std::size_t k = 0; k < 2; ++k) {
    for (std::size_t l = 0; l < 2; ++l) {
      inner[2 * k + l] = scale * row[k] * column[l] * power_sum(root[k], root[l], depth);
    }
  }
  const std::array<double, 4> turned{
      c_left * inner[0] - s_left * inner[2], c_left * inner[1] - s_left * inner[3],
      s_left * inner[0] + c_left * inner[2], s_left * inner[1] + c_left * inner[3]};
  return {turned[0] * c_right + turned[1] * s_right, -turned[0] * s_right + turned[1] * c_right,
          turned[2] * c_right + turned[3] * s_right, -turned[2] * s_right + turned[3] * c_right,
          inner[0] / svd.values[0] + inner[3] / svd.values[1]};
}

double plateau_rate(std::span<const double> forward_gains, std::span<const double> backward_gains) {
  const std::size_t depth = forward_gains.size();
  if (backward_gains.size() != depth) {
    throw UsageError(
        fmt::format("{} forward and {} backward gains: the plateau rate needs both of every layer",
                    depth, backward_gains.size()));
  }
  double rate = 0;
  for (std::size_t d = 0; d < depth; ++d) {
    double product = 1;
    for (std::size_t i = 0; i < depth; ++i) {
      product *= i < d ? forward_gains[i] : i > d ? backward_gains[i] : 1;
    }
    rate += product * product;
  }
  return rate;
}

double effective_gain(double plateau_rate, Index depth) {
  if (depth < 2 || !(plateau_rate > 0)) {
    throw UsageError(fmt::format(
        "plateau rate {} at depth {}: a gain follows from a positive rate and two or more layers "
        "only; pass the measured sum of squared forward and backward gains",
        plateau_rate, depth));
  }
  const auto D = static_cast<double>(depth);
  return std::pow(plateau_rate / D, 1 / (2 * D - 2));
}

namespace {

Flow product_flow(const ModeProblem& problem) {
  problem.check();
  Flow flow;
  std::vector<double> scales;
  for (std::size_t a = 0; a < problem.pathways.size(); ++a) {
    const auto& pathway = problem.pathways[a];
    const Product P = product_start(problem.start[a], pathway);
    flow.start.insert(flow.start.end(), P.begin(), P.end());
    scales.push_back(std::pow(pathway.gain, static_cast<double>(pathway.depth)));
  }
  flow.target = problem.target;
  flow.pathways = static_cast<Index>(problem.pathways.size());
  flow.evaluate = [pathways = problem.pathways, scales](const State& x, Rates& rates) {
    for (std::size_t a = 0; a < pathways.size(); ++a) {
      Product P{};
      std::copy_n(&x[P.size() * a], P.size(), P.begin());
      const Product growth = product_growth(P, pathways[a]);
      std::copy(growth.begin(), growth.end(), &rates.x[P.size() * a]);
      rates.K[a] = scales[a] * P[2];
      rates.K_rate[a] = scales[a] * growth[2];
    }
  };
  return flow;
}

/// Adds y as the last coordinate, a pathway-independent clock.
void add_internal_time(Flow& flow) {
  flow.start.push_back(0);
  flow.evaluate = [evaluate = flow.evaluate](const State& x, Rates& rates) {
    evaluate(x, rates);
    rates.x.back() = 1;
  };
}

}  // namespace

Trajectory integrate_product_flow(const ModeProblem& problem, const std::vector<double>& times,
                                  const IntegrationSettings& settings) {
  return integrate(product_flow(problem), times, settings);
}

SteadyState product_flow_steady_state(const ModeProblem& problem,
                                      const IntegrationSettings& settings) {
  Flow flow = product_flow(problem);
  add_internal_time(flow);
  FlowStepper stepper(flow, settings);
  while (!stepper.settled()) {
    stepper.advance();
  }
  const State rest = stepper.at_rest();
  SteadyState result;
  result.K = rates_at(flow, rest).K;
  result.internal_time = rest.back();
  result.winner = winner_of(result.K, problem.target);
  return result;
}

}  // namespace polypath::theory
