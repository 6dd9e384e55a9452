#include "epoch_timer.hpp"

#include "polypath/backend/machine_limits.hpp"
#include "polypath/init/initial_weights.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <future>

namespace polypath {
namespace {

/// Rows of the paper's task, leaves of a tree with 4 levels.
constexpr Index examples = 8;

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Times the epochs between the first and the last record.
class Stopwatch final : public Observer {
 public:
  void record(const Record& record) override {
    const EpochTime now{thread_seconds(), wall_seconds()};
    if (record.epoch == 0) {
      start_ = now;
    }
    elapsed_ = {now.processor - start_.processor, now.wall - start_.wall};
  }
  void progress(Index /*epoch*/) override {}
  void member_done(Index /*member*/, MemberStatus /*status*/, Index /*stopped_epoch*/,
                   double /*final_loss*/) override {}
  [[nodiscard]] const EpochTime& elapsed() const { return elapsed_; }

 private:
  EpochTime start_;
  EpochTime elapsed_;
};

EpochTime time_epochs(Trainer& trainer, Index epochs) {
  Stopwatch watch;
  trainer.run({0, epochs}, watch, {});
  return watch.elapsed();
}

NetworkConfig timed_network(const TimedCase& timed) {
  NetworkConfig network;
  network.pathways.assign(
      2, {std::vector<Index>(static_cast<std::size_t>(timed.depth - 1), timed.width)});
  network.activation = timed.activation;
  return network;
}

ArenaRequest timed_request(const TimedCase& timed, const Dataset& data) {
  return {timed_shape(timed),
          data.examples(),
          std::min(data.inputs(), data.outputs()),
          1,
          timed.precision,
          false,
          timed.delay};
}

}  // namespace

NetworkShape timed_shape(const TimedCase& timed) {
  const Dataset data = hierarchy_dataset(4, 2);
  return network_shape(timed_network(timed), data.inputs(), data.outputs());
}

Index timed_bytes(const TimedCase& timed) {
  return timed.members * plan_arena(timed_request(timed, hierarchy_dataset(4, 2))).bytes;
}

EpochFloor epoch_floor(const TimedCase& timed, double bandwidth, double peak) {
  const NetworkShape shape = timed_shape(timed);
  double first = 0.0;
  for (const auto& pathway : shape.pathways) {
    first += static_cast<double>(pathway.units[0] * pathway.units[1]);
  }
  const auto all = static_cast<double>(shape.weights());
  const auto element = static_cast<double>(bytes_of(timed.precision));
  const double operations = 2.0 * static_cast<double>(examples);
  const auto phase = [&](double read_weights, double used_weights) {
    return std::max(element * read_weights / bandwidth, operations * used_weights / peak);
  };
  EpochFloor floor;
  floor.bytes = element * 2.0 * all;
  floor.operations = operations * (3.0 * all - first);
  floor.forward = phase(all, all);
  floor.backward = phase(all - first, all - first);
  floor.update = phase(first, all);
  return floor;
}

EpochTimer::EpochTimer(const TimedCase& timed, double block_seconds) : threads_(timed.threads) {
  const Dataset data = hierarchy_dataset(4, 2);
  const Modes modes = find_modes(data, CorrelationKind::sum);
  TrainerSettings settings;
  settings.request = timed_request(timed, data);
  settings.activation = timed.activation;
  settings.learning_rate = 1e-6;  // the weights stay about where they start, however many epochs
  InitConfig init;
  init.sigma = std::sqrt(0.1 / static_cast<double>(timed.width));
  const auto weights = gaussian_weights(init, settings.request.shape);
  for (Index m = 0; m < timed.members; ++m) {
    Member member{make_backend({BackendKind::cpu, 1}), nullptr};
    member.trainer = make_trainer(*member.backend, settings, data, modes);
    weights->write(m, *member.backend, member.trainer->weights(0));
    members_.push_back(std::move(member));
  }
  Trainer& trainer = *members_.front().trainer;
  (void)time_epochs(trainer, 2);
  const double once = time_epochs(trainer, 4).processor / 4;
  const double each = static_cast<double>(timed.members) / static_cast<double>(timed.threads);
  const double wanted = block_seconds / std::max(once * each, 1e-7);
  // Whole rounds of delayed updates; one block covers at least one round.
  epochs_ = round_up(std::max<Index>(2, static_cast<Index>(wanted)), timed.delay);
}

EpochTime EpochTimer::share(Index thread) {
  EpochTime sum;
  for (auto m = static_cast<std::size_t>(thread); m < members_.size();
       m += static_cast<std::size_t>(threads_)) {
    const EpochTime time = time_epochs(*members_[m].trainer, epochs_);
    sum.processor += time.processor;
    sum.wall += time.wall;
  }
  return sum;
}

EpochTime EpochTimer::block() {
  std::vector<std::future<EpochTime>> others;
  for (Index thread = 1; thread < threads_; ++thread) {
    others.push_back(std::async(std::launch::async, [this, thread] { return share(thread); }));
  }
  EpochTime sum = share(0);
  for (auto& other : others) {
    const EpochTime time = other.get();
    sum.processor += time.processor;
    sum.wall = std::max(sum.wall, time.wall);
  }
  const auto total = static_cast<double>(epochs_) * static_cast<double>(members_.size());
  return {sum.processor / total, sum.wall / total};
}

}  // namespace polypath
