#pragma once

#include "polypath/theory/mode_problem.hpp"
#include "polypath/theory/trajectory.hpp"

#include <functional>
#include <vector>

namespace polypath::theory {

using State = std::vector<double>;

/// What an equation of one mode says at a state x: every coordinate moves by
/// dx/dt = e dx/dy with the common error e = T - sum_a K_a.
struct Rates {
  State x;                     ///< dx/dy, coordinates
  std::vector<double> K;       ///< K_a, pathways
  std::vector<double> K_rate;  ///< dK_a/dy >= 0, pathways
};

/// An equation of one mode in dimensionless coordinates.
struct Flow {
  std::function<void(const State& x, Rates& rates)> evaluate;  ///< sizes are set by the caller
  State start;
  double target = 1;  ///< T
  Index pathways = 1;
};

[[nodiscard]] double sum(const std::vector<double>& values);

/// Rates with the sizes that `flow` fills, evaluated at x.
[[nodiscard]] Rates rates_at(const Flow& flow, const State& x);

/// Steps a flow forward with error control in a stretched time s and remembers the last step, any
/// point of which can be had at the same accuracy by one shorter step from its beginning.
///
/// ds/dt = |e| |d log x/dy| + sum_a dK_a/dy: growth per unit of s is at most e-fold and the error
/// decays as exp(-s) at the end, so no T is stiff, and the time of an escape that is too sudden
/// for a double's resolution of t is still resolved in s. Points are (x, t), t the last entry.
class FlowStepper {
 public:
  FlowStepper(const Flow& flow, const IntegrationSettings& settings);

  /// One accepted step. Throws InternalError when the step size vanishes or `step_limit` is spent.
  void advance();

  [[nodiscard]] double time() const { return point_.back(); }
  [[nodiscard]] double previous_time() const { return previous_.back(); }
  [[nodiscard]] State state() const { return {point_.begin(), point_.end() - 1}; }
  [[nodiscard]] const Rates& rates() const { return rates_; }
  /// T - sum_a K_a at the present state.
  [[nodiscard]] double error() const;
  [[nodiscard]] bool settled() const;
  /// The last step's length in s.
  [[nodiscard]] double step_length() const { return length_; }

  /// The point a length s of [0, step_length()] into the last step.
  [[nodiscard]] State within(double s) const;
  /// The point of the last step at theory time t, previous_time() <= t <= time().
  [[nodiscard]] State at_time(double t) const;
  /// The point of the last step at which `value`, of opposite signs at its ends, vanishes.
  [[nodiscard]] State crossing(const std::function<double(const State&)>& value) const;

  /// The state of rest, from a settled one: one Newton step in y, right to (error/T)^2.
  [[nodiscard]] State at_rest() const;

 private:
  [[noreturn]] void give_up(double step) const;

  const Flow& flow_;
  IntegrationSettings settings_;
  State point_;
  State previous_;
  Rates rates_;
  double scale_ = 1;  // of sum K: what the settled error is compared with
  double step_ = 0.01;
  double length_ = 0;
  Index steps_ = 0;
};

/// Integrates from t = 0 through `times` (ascending, >= 0; BadData otherwise).
[[nodiscard]] Trajectory integrate(const Flow& flow, const std::vector<double>& times,
                                   const IntegrationSettings& settings);

}  // namespace polypath::theory
