#include "time_estimate.hpp"

#include "polypath/init/initial_weights.hpp"
#include "polypath/train/layer_probe.hpp"
#include "polypath/train/trainer.hpp"

#include "member_start.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace polypath {
namespace {

/// Weights of a network that stands in for a larger one when time is estimated.
constexpr Index largest_proxy = 16'000'000;

/// The same network with narrower hidden layers, small enough to time; hidden layers of one unit
/// are the end of it.
NetworkShape proxy_shape(NetworkShape shape) {
  bool narrowed = true;
  while (shape.weights() > largest_proxy && narrowed) {
    narrowed = false;
    for (auto& pathway : shape.pathways) {
      for (std::size_t d = 1; d + 1 < pathway.units.size(); ++d) {
        const Index narrower = std::max<Index>(1, pathway.units[d] * 7 / 8);
        narrowed = narrowed || narrower < pathway.units[d];
        pathway.units[d] = narrower;
      }
    }
  }
  return shape;
}

/// About how long finding a narrow network takes: narrow trainings of growing size, which cost
/// about three times the last one, and, for projected weights, ten passes over the wide ones.
double reduction_seconds(const PreparedCell& cell, double epoch_seconds) {
  constexpr double trainings = 3.0;
  constexpr double passes = 10.0;
  constexpr double seconds_per_wide_weight = 5e-9;
  double seconds = trainings * epoch_seconds * static_cast<double>(cell.config.config.train.epochs);
  if (cell.config.config.init.method == InitMethod::projected) {
    for (const auto& pathway : cell.plan.shape.pathways) {
      for (std::size_t d = 2; d + 1 < pathway.units.size(); ++d) {
        seconds += passes * seconds_per_wide_weight * static_cast<double>(pathway.units[d]) *
                   static_cast<double>(pathway.units[d - 1]);
      }
    }
  }
  return seconds;
}

template <class Work>
double seconds_of(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// A trainer of the proxy network and what a plan needs to know of its speed.
class Proxy {
 public:
  explicit Proxy(const PreparedCell& cell)
      : cell_(cell),
        request_(proxy_request(cell)),
        backend_(make_backend({cell.backend.kind, 1})),
        trainer_(make_trainer(*backend_, trainer_settings(cell.config.config, request_),
                              cell.data->data, cell.data->modes)) {}

  /// Weights of the planned network over those of the proxy.
  [[nodiscard]] double scale() const {
    return static_cast<double>(cell_.plan.request.shape.weights()) /
           static_cast<double>(request_.shape.weights());
  }
  [[nodiscard]] Index members() const { return request_.members; }

  /// Seconds that drawing one member takes; the first time a device loads its kernels.
  double start() {
    InitConfig init;
    init.sigma = 1e-3;
    const auto draw = [&] {
      gaussian_weights(init, request_.shape)->write(0, *backend_, trainer_->weights(0));
      backend_->synchronise();
    };
    draw();
    return seconds_of(draw);
  }
  double make_probe() {
    const Balance balance = cell_.config.config.record.layers == LayersRecorded::all
                                ? Balance::watched
                                : Balance::ignored;
    return seconds_of(
        [&] { probe_.emplace(*backend_, trainer_->weights(0), cell_.data->modes, balance); });
  }
  /// Seconds an epoch, of all members of the proxy.
  double epoch() {
    NoObserver observer;
    const Index epochs = epochs_timed();
    const auto train = [&] { trainer_->run({0, epochs}, observer, {}); };
    // A device runs each kind of epoch plainly once, and records the block the second time.
    const Index warm_ups = backend_->device_memory() ? 2 : 1;
    for (Index i = 0; i < warm_ups; ++i) {
      train();
    }
    epochs_trained_ = (warm_ups + 1) * epochs;
    return seconds_of(train) / static_cast<double>(epochs);
  }
  /// Of one member, after make_probe and epoch.
  double measurement() {
    return seconds_of([&] { (void)probe_->measure(trainer_->weights(0), epochs_trained_); });
  }

 private:
  /// Whole cycles of delayed updates; more on a device, beside which the wait at the end is short.
  [[nodiscard]] Index epochs_timed() const {
    return round_up(backend_->device_memory() ? 32 : 4, request_.delay);
  }

  static ArenaRequest proxy_request(const PreparedCell& cell) {
    ArenaRequest request = cell.plan.request;
    request.shape = proxy_shape(request.shape);
    if (is_batched(cell)) {
      request.members =
          std::clamp<Index>(largest_proxy / std::max<Index>(1, request.shape.weights()), 1,
                            cell.plan.members_at_once);
    }
    return request;
  }

  const PreparedCell& cell_;
  ArenaRequest request_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Trainer> trainer_;
  std::optional<LayerProbe> probe_;
  Index epochs_trained_ = 0;
};

}  // namespace

TimeEstimate estimate_time(const PreparedCell& cell) {
  const bool batched = is_batched(cell);
  const LayersRecorded layers = cell.config.config.record.layers;
  const auto epochs = static_cast<double>(cell.config.config.train.epochs);
  Proxy proxy(cell);
  TimeEstimate estimate;
  estimate.start_seconds = proxy.start() * proxy.scale();
  const double probe_seconds =
      layers == LayersRecorded::none ? 0.0 : proxy.make_probe() * proxy.scale();
  const Index batch = batched ? cell.plan.members_at_once : 1;
  estimate.epoch_seconds = proxy.epoch() * proxy.scale() * static_cast<double>(batch) /
                           static_cast<double>(proxy.members());
  if (layers == LayersRecorded::all) {
    estimate.record_seconds = proxy.measurement() * proxy.scale();
  }
  if (is_reduced(cell.config.config)) {
    estimate.start_seconds = reduction_seconds(cell, estimate.epoch_seconds);
  }
  estimate.start_seconds += probe_seconds;
  const auto lanes =
      batched ? 1.0 : static_cast<double>(cell.plan.members_at_once * cell.plan.threads_per_member);
  const auto members = static_cast<double>(cell.plan.members);
  const double trained = batched ? static_cast<double>(cell.plan.waves) : members;
  const double measuring = estimate.record_seconds * static_cast<double>(cell.plan.records);
  estimate.cell_seconds =
      ((estimate.start_seconds + measuring) * members + estimate.epoch_seconds * trained * epochs) /
      lanes;
  return estimate;
}

}  // namespace polypath
