#include "flow_stepper.hpp"

#include "polypath/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <boost/math/tools/roots.hpp>
#include <boost/numeric/odeint/stepper/controlled_runge_kutta.hpp>
#include <boost/numeric/odeint/stepper/generation.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_fehlberg78.hpp>
#include <fmt/format.h>

namespace polypath::theory {
namespace {

namespace odeint = boost::numeric::odeint;
using Formula = odeint::runge_kutta_fehlberg78<State>;

/// The error's decay exp(-s) is followed to rounding only by steps well inside the stability
/// limit, which the error control alone does not keep once the motion is below its tolerance.
constexpr double longest_step = 1.0;

Rates sized(const Flow& flow) {
  const auto pathways = static_cast<std::size_t>(flow.pathways);
  return {State(flow.start.size()), std::vector<double>(pathways), std::vector<double>(pathways)};
}

/// d(x, t)/ds. Holds its own scratch; odeint copies only a reference to it.
class StretchedSystem {
 public:
  explicit StretchedSystem(const Flow& flow) : flow_(flow), x_(flow.start), rates_(sized(flow)) {}

  void operator()(const State& point, State& derivative, double /*s*/) {
    std::copy(point.begin(), point.end() - 1, x_.begin());
    flow_.evaluate(x_, rates_);
    const double error = flow_.target - sum(rates_.K);
    double growth = 0;
    for (std::size_t i = 0; i < x_.size(); ++i) {
      // Not 1 + |x|: a kink in the pace where x changes sign would escape the error control.
      growth = std::hypot(growth, rates_.x[i] / std::hypot(1.0, x_[i]));
    }
    const double pace = 1 / (std::abs(error) * growth + sum(rates_.K_rate));
    for (std::size_t i = 0; i < x_.size(); ++i) {
      derivative[i] = error * pace * rates_.x[i];
    }
    derivative[x_.size()] = pace;
  }

 private:
  const Flow& flow_;
  State x_;
  Rates rates_;
};

bool all_finite(const State& x) {
  return std::all_of(x.begin(), x.end(), [](double value) { return std::isfinite(value); });
}

}  // namespace

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

Rates rates_at(const Flow& flow, const State& x) {
  Rates rates = sized(flow);
  flow.evaluate(x, rates);
  return rates;
}

FlowStepper::FlowStepper(const Flow& flow, const IntegrationSettings& settings)
    : flow_(flow), settings_(settings), point_(flow.start), rates_(rates_at(flow, flow.start)) {
  point_.push_back(0);
  previous_ = point_;
  scale_ = std::max(std::abs(flow.target), std::abs(sum(rates_.K)));
}

double FlowStepper::error() const { return flow_.target - sum(rates_.K); }

bool FlowStepper::settled() const { return std::abs(error()) <= settings_.settled * scale_; }

void FlowStepper::advance() {
  auto stepper =
      odeint::make_controlled(1e-3 * settings_.tolerance, settings_.tolerance, Formula());
  StretchedSystem system(flow_);
  previous_ = point_;
  double step = std::min(step_, longest_step);
  while (true) {
    double s = 0;
    const double tried = step;
    auto outcome = stepper.try_step(std::ref(system), point_, s, step);
    if (++steps_ > settings_.step_limit || !(step > 1e-14)) {
      give_up(step);
    }
    if (outcome == odeint::success && all_finite(point_)) {
      length_ = tried;
      step_ = step;
      break;
    }
    if (outcome == odeint::success) {
      // An overflow inside the step makes its error estimate NaN, which compares as small.
      point_ = previous_;
      step = 0.25 * tried;
    }
  }
  flow_.evaluate(state(), rates_);
}

void FlowStepper::give_up(double step) const {
  throw InternalError(fmt::format(
      "integration of the reduced equations stopped at theory time {} after {} steps, the last of "
      "{} e-folds: no step meets the tolerance {}, so there is no prediction; loosen the "
      "tolerance, and please report the depths, gains and K(0) of the mode",
      time(), steps_, step, settings_.tolerance));
}

State FlowStepper::within(double s) const {
  State point = previous_;
  if (s > 0) {
    StretchedSystem system(flow_);
    Formula().do_step(std::ref(system), point, 0.0, s);
  }
  return point;
}

State FlowStepper::crossing(const std::function<double(const State&)>& value) const {
  const double at_start = value(previous_);
  const double at_end = value(point_);
  if (at_start == 0 || at_end == 0) {
    return at_start == 0 ? previous_ : point_;
  }
  std::uintmax_t iterations = 100;
  const auto bracket = boost::math::tools::toms748_solve(
      [&](double s) { return value(within(s)); }, 0.0, length_, at_start, at_end,
      boost::math::tools::eps_tolerance<double>(48), iterations);
  return within(0.5 * (bracket.first + bracket.second));
}

State FlowStepper::at_time(double t) const {
  return crossing([t](const State& point) { return point.back() - t; });
}

State FlowStepper::at_rest() const {
  State x = state();
  const double y = error() / sum(rates_.K_rate);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] += y * rates_.x[i];
  }
  return x;
}

}  // namespace polypath::theory
