#include "polypath/theory/trajectory.hpp"

#include "polypath/core/error.hpp"

#include "flow_stepper.hpp"

#include <algorithm>

namespace polypath::theory {
namespace {

Trajectory empty_trajectory(const Flow& flow, const std::vector<double>& times) {
  if (!std::is_sorted(times.begin(), times.end()) || (!times.empty() && !(times.front() >= 0))) {
    throw BadData(
        "times of a theory trajectory are not ascending from 0: the equations are "
        "followed forward from the start; sort the recorded epochs");
  }
  const auto rows = static_cast<Index>(times.size());
  return {times,
          Matrix<double>(rows, flow.pathways),
          Matrix<double>(rows, static_cast<Index>(flow.start.size())),
          {},
          {}};
}

State without_time(State point) {
  point.pop_back();
  return point;
}

/// sum K / T - share, the event of an escape.
double beyond_escape(const Flow& flow, const State& x, double share) {
  return sum(rates_at(flow, x).K) / flow.target - share;
}

void note_escape(const Flow& flow, const FlowStepper& stepper, double share,
                 Trajectory& trajectory) {
  if (flow.target == 0 || trajectory.escape_time ||
      !(beyond_escape(flow, stepper.state(), share) >= 0)) {
    return;
  }
  const State point = stepper.crossing(
      [&](const State& at) { return beyond_escape(flow, without_time(at), share); });
  trajectory.escape_time = point.back();
}

/// Fills one row per requested time that the last step has passed.
class RowWriter {
 public:
  RowWriter(const Flow& flow, Trajectory& trajectory) : flow_(flow), trajectory_(trajectory) {}

  [[nodiscard]] bool done() const { return next_ == trajectory_.times.size(); }
  [[nodiscard]] bool due(double time) const { return !done() && trajectory_.times[next_] <= time; }
  [[nodiscard]] double next_time() const { return trajectory_.times[next_]; }

  void write(const State& x) {
    const auto row = static_cast<Index>(next_++);
    const std::vector<double> K = rates_at(flow_, x).K;
    std::copy(x.begin(), x.end(), trajectory_.state.view().row(row));
    std::copy(K.begin(), K.end(), trajectory_.K.view().row(row));
  }

 private:
  const Flow& flow_;
  Trajectory& trajectory_;
  std::size_t next_ = 0;
};

}  // namespace

Trajectory integrate(const Flow& flow, const std::vector<double>& times,
                     const IntegrationSettings& settings) {
  Trajectory trajectory = empty_trajectory(flow, times);
  FlowStepper stepper(flow, settings);
  RowWriter rows(flow, trajectory);
  if (flow.target != 0 && beyond_escape(flow, flow.start, settings.escape_share) >= 0) {
    trajectory.escape_time = 0;
  }
  while (rows.due(0)) {
    rows.write(flow.start);
  }
  while (!rows.done() && !stepper.settled()) {
    stepper.advance();
    note_escape(flow, stepper, settings.escape_share, trajectory);
    while (rows.due(stepper.time())) {
      rows.write(without_time(stepper.at_time(rows.next_time())));
    }
  }
  // What lies beyond the last time asked for is not part of the answer.
  if (trajectory.escape_time && (times.empty() || *trajectory.escape_time > times.back())) {
    trajectory.escape_time.reset();
  }
  if (stepper.settled()) {
    trajectory.settled_time = stepper.time();
    const State rest = stepper.at_rest();
    while (!rows.done()) {
      rows.write(rest);
    }
  }
  return trajectory;
}

}  // namespace polypath::theory
