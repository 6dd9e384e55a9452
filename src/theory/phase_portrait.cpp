#include "polypath/theory/phase_portrait.hpp"

#include "polypath/core/error.hpp"

#include "reduced_flow.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>

namespace polypath::theory {
namespace {

void check(const PortraitSettings& settings) {
  const bool usable = settings.depth >= 1 && settings.gain > 0 && settings.spread >= 0 &&
                      settings.trajectories >= 0 && settings.grid >= 2 &&
                      settings.lowest < settings.highest && settings.resolution > 0 &&
                      std::isfinite(settings.S);
  if (!usable) {
    throw BadData(
        "settings of a phase portrait that describe no panel: it needs depth >= 1, "
        "gain > 0, spread >= 0, grid >= 2, lowest < highest and resolution > 0");
  }
}

void fill_field(const PortraitSettings& settings, Portrait& portrait) {
  const TheoryPathway pathway{settings.depth, settings.gain};
  const Index n = settings.grid;
  portrait.field_1 = Matrix<double>(n, n);
  portrait.field_2 = Matrix<double>(n, n);
  std::vector<double> speed;
  for (Index i = 0; i < n; ++i) {
    const double K = settings.lowest + (settings.highest - settings.lowest) *
                                           static_cast<double>(i) / static_cast<double>(n - 1);
    portrait.axis.push_back(K);
    speed.push_back(strength_growth(strength_inverse(K, pathway), pathway));
  }
  for (Index row = 0; row < n; ++row) {
    for (Index column = 0; column < n; ++column) {
      const double error = settings.S - portrait.axis[column] - portrait.axis[row];
      portrait.field_1(row, column) = speed[column] * error;
      portrait.field_2(row, column) = speed[row] * error;
    }
  }
}

/// A path's points in the order of time, two coordinates each.
struct Points {
  std::vector<double> time;
  std::vector<double> p;
  std::vector<double> K;

  void add(double when, const State& state, const std::vector<double>& strengths) {
    time.push_back(when);
    p.insert(p.end(), state.begin(), state.end());
    K.insert(K.end(), strengths.begin(), strengths.end());
  }
};

Matrix<double> two_columns(const std::vector<double>& values) {
  Matrix<double> matrix(static_cast<Index>(values.size() / 2), 2);
  std::copy(values.begin(), values.end(), matrix.data());
  return matrix;
}

/// Adds the last step to the path, in pieces no longer than about `resolution` in K.
void add_step(const Flow& flow, const FlowStepper& stepper, double resolution, Points& points) {
  const std::vector<double>& end = stepper.rates().K;
  const double moved =
      std::hypot(end[0] - points.K[points.K.size() - 2], end[1] - points.K[points.K.size() - 1]);
  const auto pieces = static_cast<Index>(std::ceil(moved / resolution));
  for (Index piece = 1; piece < pieces; ++piece) {
    const double part = static_cast<double>(piece) / static_cast<double>(pieces);
    State state = stepper.within(stepper.step_length() * part);
    const double time = state.back();
    state.pop_back();
    points.add(time, state, rates_at(flow, state).K);
  }
  points.add(stepper.time(), stepper.state(), end);
}

PortraitPath follow(const PortraitSettings& settings, double p_1, double p_2) {
  const TheoryPathway pathway{settings.depth, settings.gain};
  const std::vector<double> start{strength(p_1, pathway), strength(p_2, pathway)};
  Flow flow = reduced_flow({settings.S, {pathway, pathway}, start});
  flow.start = {p_1, p_2};
  FlowStepper stepper(flow, {});
  Points points;
  points.add(0, flow.start, start);
  while (!stepper.settled()) {
    stepper.advance();
    add_step(flow, stepper, settings.resolution, points);
  }
  return {points.time, two_columns(points.p), two_columns(points.K)};
}

}  // namespace

Matrix<double> portrait_normals(Index trajectories, std::uint64_t seed) {
  boost::random::mt19937_64 bits(seed);
  boost::random::normal_distribution<double> normal;
  Matrix<double> numbers(trajectories, 2);
  std::generate_n(numbers.data(), 2 * trajectories, [&] { return normal(bits); });
  return numbers;
}

Portrait phase_portrait(const PortraitSettings& settings) {
  check(settings);
  Portrait portrait;
  fill_field(settings, portrait);
  const Matrix<double> normals = portrait_normals(settings.trajectories, settings.seed);
  for (Index i = 0; i < settings.trajectories; ++i) {
    portrait.paths.push_back(
        follow(settings, settings.spread * normals(i, 0), settings.spread * normals(i, 1)));
  }
  return portrait;
}

}  // namespace polypath::theory
