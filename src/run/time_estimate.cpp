#include "time_estimate.hpp"

#include "polypath/backend/machine_limits.hpp"
#include "polypath/init/initial_weights.hpp"
#include "polypath/train/curvature.hpp"
#include "polypath/train/layer_probe.hpp"
#include "polypath/train/trainer.hpp"

#include "member_start.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <future>
#include <numeric>
#include <optional>

namespace polypath {
namespace {

/// Weights of a network that stands in for a larger one when time is estimated, and of all those
/// that are timed side by side.
constexpr Index largest_proxy = 16'000'000;
constexpr Index largest_proxies = 64'000'000;

/// Bytes/s at which one core compresses numbers that look random (37 to 40 MB/s on a server of
/// 2023) and reads them back for the index; the file is written by one thread.
constexpr double writing_speed = 25e6;

/// Products with the Hessian until its largest eigenvalue is found.
constexpr double hessian_products = 25.0;

/// The same network with narrower hidden layers, small enough to time; hidden layers of one unit
/// are the end of it.
NetworkShape proxy_shape(NetworkShape shape, Index largest) {
  bool narrowed = true;
  while (shape.weights() > largest && narrowed) {
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
  // Of the law of wide weights: about twice as many passes as layers, from depth 3 on.
  constexpr double seconds_per_drawing = 5e-3;
  double seconds = trainings * epoch_seconds * static_cast<double>(cell.config.config.train.epochs);
  const auto depth = cell.plan.shape.pathways.front().depth();
  if (cell.config.config.init.method == InitMethod::sampled && depth > 2) {
    seconds += 2.0 * static_cast<double>(depth) * seconds_per_drawing;
  }
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

/// Where one thread does the work, the processor time that it took: what other programs take of the
/// core meanwhile does not count. Else the wall clock.
enum class Clock { thread, wall };

template <class Work>
double seconds_of(Clock clock, const Work& work) {
  const auto now = [clock] {
    return clock == Clock::thread
               ? thread_seconds()
               : std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
                     .count();
  };
  const double start = now();
  work();
  return now() - start;
}

/// A trainer of the proxy network and what a plan needs to know of its speed.
class Proxy {
 public:
  Proxy(const PreparedCell& cell, Index largest)
      : cell_(cell),
        request_(proxy_request(cell, largest)),
        backend_(make_backend({cell.backend.kind, cell.plan.threads_per_member})),
        clock_(backend_->device_memory() || cell.plan.threads_per_member > 1 ? Clock::wall
                                                                             : Clock::thread),
        settings_(at_rest(cell.config.config, request_)),
        trainer_(make_trainer(*backend_, settings_, cell.data->data, cell.data->modes)) {}

  /// Weights of the planned network over those of the proxy.
  [[nodiscard]] double scale() const {
    return static_cast<double>(cell_.plan.request.shape.weights()) /
           static_cast<double>(request_.shape.weights());
  }
  [[nodiscard]] Index members() const { return request_.members; }

  /// Seconds that drawing one member of the planned network takes.
  double start() {
    InitConfig init = cell_.config.config.init;
    init.method = InitMethod::gaussian;
    const auto weights = gaussian_weights(init, request_.shape);
    const auto draw = [&] {
      for (Index m = 0; m < request_.members; ++m) {
        weights->write(m, *backend_, trainer_->weights(m));
      }
      backend_->synchronise();
    };
    draw();  // the first time a device loads its kernels
    // An orthogonal frame takes the cube of the width, all else its square.
    const double growth = init.scheme == InitScheme::orthogonal ? 1.5 : 1.0;
    return seconds_of(clock_, draw) / static_cast<double>(request_.members) *
           std::pow(scale(), growth);
  }
  double make_probe() {
    const Balance balance = cell_.config.config.record.layers == LayersRecorded::all
                                ? Balance::watched
                                : Balance::ignored;
    return seconds_of(clock_, [&] {
      probe_.emplace(*backend_, trainer_->weights(0), cell_.data->modes, balance);
    });
  }
  /// Seconds an epoch, of all members of the proxy.
  double epoch() {
    // A device runs each kind of epoch plainly once, and records the block the second time.
    Index epochs = round_up(backend_->device_memory() ? 32 : 4, request_.delay);
    (void)train({0, epochs});
    double seconds = train({0, epochs});
    // A start that is not finite ends every training at once, however many epochs are asked for.
    while (seconds < timed_seconds && epochs < most_epochs && !backend_->device_memory()) {
      epochs *= 4;
      seconds = train({0, epochs});
    }
    return (backend_->device_memory() ? train({0, epochs}) : seconds) / static_cast<double>(epochs);
  }
  /// Seconds that one record of all members takes beside the epochs, `epoch_seconds` each.
  double record(double epoch_seconds) {
    std::vector<Index> each;
    double seconds = 0.0;
    while (seconds < timed_seconds && each.size() < 10000) {
      const std::size_t records = std::max<std::size_t>(16, each.size() * 4);
      each.resize(records);
      std::iota(each.begin(), each.end(), 0);
      seconds = train(each);
    }
    const auto records = static_cast<double>(each.size());
    return std::max(0.0, seconds - (records - 1) * epoch_seconds) / records;
  }
  /// Seconds that the layers of one member take, after make_probe.
  double measurement() {
    return seconds_of(clock_,
                      [&] { (void)probe_->measure(trainer_->weights(0), epochs_trained_); });
  }
  /// Seconds that the largest Hessian eigenvalue of one member takes.
  double curvature() {
    constexpr int products = 3;
    const auto multiply = [&] {
      HessianOperator hessian(*backend_, trainer_->weights(0), settings_, cell_.data->data);
      if (!hessian.finite()) {
        return;
      }
      std::vector<double> vector(static_cast<std::size_t>(hessian.size()), 1e-3);
      std::vector<double> result(vector.size());
      for (int i = 0; i < products; ++i) {
        hessian.apply(vector, result);
      }
    };
    multiply();
    return seconds_of(clock_, multiply) / products * hessian_products;
  }

 private:
  static constexpr double timed_seconds = 0.02;
  static constexpr Index most_epochs = 1 << 20;

  /// The settings of the run but for its learning rate: what is timed are the initial weights,
  /// whether or not training would diverge or end early.
  static TrainerSettings at_rest(Config config, const ArenaRequest& request) {
    config.train.learning_rate = 1e-12;
    return trainer_settings(config, request);
  }

  double train(const std::vector<Index>& recorded) {
    NoObserver observer;
    epochs_trained_ += recorded.back();
    return seconds_of(clock_, [&] { trainer_->run(recorded, observer, {}); });
  }

  static ArenaRequest proxy_request(const PreparedCell& cell, Index largest) {
    ArenaRequest request = cell.plan.request;
    request.shape = proxy_shape(request.shape, largest);
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
  Clock clock_;
  TrainerSettings settings_;
  std::unique_ptr<Trainer> trainer_;
  std::optional<LayerProbe> probe_;
  Index epochs_trained_ = 0;
};

/// What a proxy says of the planned network.
struct Measured {
  double start = 0.0;        ///< a member
  double epoch = 0.0;        ///< of one member, or of the batch
  double record = 0.0;       ///< likewise
  double measurement = 0.0;  ///< a member and record
  double curvature = 0.0;    ///< a member
};

Measured measure(const PreparedCell& cell, Index largest) {
  Proxy proxy(cell, largest);
  const LayersRecorded layers = cell.config.config.record.layers;
  const double members = is_batched(cell) ? static_cast<double>(cell.plan.members_at_once) /
                                                static_cast<double>(proxy.members())
                                          : 1.0;
  Measured measured;
  measured.start = proxy.start();
  if (layers != LayersRecorded::none) {
    measured.start += proxy.make_probe() * proxy.scale();
  }
  const double epoch = proxy.epoch();
  measured.epoch = epoch * proxy.scale() * members;
  measured.record = proxy.record(epoch) * members;
  if (layers == LayersRecorded::all) {
    measured.measurement = proxy.measurement() * proxy.scale();
  }
  measured.curvature = proxy.curvature() * proxy.scale();
  return measured;
}

/// The mean over members that train side by side, as they will: they share caches and bandwidth.
Measured measure_side_by_side(const PreparedCell& cell) {
  const Index lanes = is_batched(cell) ? 1 : cell.plan.members_at_once;
  const Index largest = std::min(largest_proxy, largest_proxies / lanes);
  std::vector<std::future<Measured>> others;
  for (Index lane = 1; lane < lanes; ++lane) {
    others.push_back(std::async(std::launch::async, measure, std::cref(cell), largest));
  }
  Measured sum = measure(cell, largest);
  for (auto& other : others) {
    const Measured more = other.get();
    sum.start += more.start;
    sum.epoch += more.epoch;
    sum.record += more.record;
    sum.measurement += more.measurement;
    sum.curvature += more.curvature;
  }
  const auto count = static_cast<double>(lanes);
  return {sum.start / count, sum.epoch / count, sum.record / count, sum.measurement / count,
          sum.curvature / count};
}

}  // namespace

TimeEstimate estimate_time(const PreparedCell& cell) {
  const Measured measured = measure_side_by_side(cell);
  const auto epochs = static_cast<double>(cell.config.config.train.epochs);
  const auto records = static_cast<double>(cell.plan.records);
  const auto members = static_cast<double>(cell.plan.members);
  TimeEstimate estimate;
  estimate.epoch_seconds = measured.epoch;
  estimate.start_seconds = is_reduced(cell.config.config)
                               ? reduction_seconds(cell, measured.epoch) + measured.start
                               : measured.start;
  estimate.record_seconds = measured.measurement;
  estimate.end_seconds = measured.curvature;
  estimate.writing_seconds = static_cast<double>(cell.plan.disk_bytes) / writing_speed;
  const double each = estimate.start_seconds + measured.measurement * records + measured.curvature;
  const double training = measured.epoch * epochs + measured.record * records;
  if (is_batched(cell)) {
    estimate.cell_seconds = std::max(
        each * members + training * static_cast<double>(cell.plan.waves), estimate.writing_seconds);
    return estimate;
  }
  const auto lanes = static_cast<double>(cell.plan.members_at_once);
  const auto threads = lanes * static_cast<double>(cell.plan.threads_per_member);
  // The last wave may be short; the thread that writes takes its share of the cores.
  const double work = (each + training) * static_cast<double>(cell.plan.waves);
  estimate.cell_seconds =
      std::max(estimate.writing_seconds, work + estimate.writing_seconds / threads);
  return estimate;
}

}  // namespace polypath
