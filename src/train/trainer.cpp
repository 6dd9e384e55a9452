#include "polypath/train/trainer.hpp"

#include "polypath/core/error.hpp"
#include "polypath/train/loss.hpp"

#include "epoch_blocks.hpp"
#include "network.hpp"
#include "record_ring.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace polypath {
namespace {

/// A loss this many times the larger of the initial loss and the zero network's means divergence.
constexpr double divergence_factor = 1e6;

/// About the bytes that an epoch of all members moves: every weight four times.
double epoch_bytes(const ArenaRequest& request) {
  const Index size = request.precision == Precision::float32 ? 4 : 8;
  return 4.0 * static_cast<double>(size) * static_cast<double>(request.members) *
         static_cast<double>(request.shape.weights());
}

template <class T>
class TrainerOf final : public Trainer {
 public:
  TrainerOf(Backend& backend, const TrainerSettings& settings, const Dataset& data,
            const Modes& modes)
      : backend_(backend),
        settings_(settings),
        arena_(plan_arena(settings.request)),
        memory_(backend, arena_.bytes),
        network_(backend, settings, arena_, memory_.data()),
        ring_(backend, arena_, memory_.data(), settings.request.members),
        blocks_(backend, settings.request.delay, epoch_bytes(settings.request)) {
    upload_data(data, modes);
  }

  AnyMemberWeights weights(Index member) override;
  void run(const std::vector<Index>& recorded, Observer& observer,
           const std::stop_token& stop) override;
  Index allocated_bytes() const override { return memory_.bytes(); }

 private:
  void upload_data(const Dataset& data, const Modes& modes);
  void reset_watch();
  void set_limits(const std::vector<double>& initial_loss);
  void deliver(const Snapshot& snapshot, Observer& observer);
  void show_weights(Index epoch, Observer& observer);
  void show_losses(Index epoch, Observer& observer);
  template <class TrainEpoch>
  void advance(Index from, Index to, Index first_watched, const TrainEpoch& train_epoch,
               Observer& observer, const std::stop_token& stop);
  void send_ends(Index last_epoch, Observer& observer) const;
  [[nodiscard]] bool all_stopped() const;

  template <class Element>
  void upload_array(const BatchExtent& extent, const std::vector<Element>& values) {
    backend_.upload(memory_.data() + extent.offset, values.data(),
                    static_cast<Index>(values.size() * sizeof(Element)));
  }

  Backend& backend_;
  TrainerSettings settings_;
  Arena arena_;
  Buffer memory_;
  Network<T> network_;
  RecordRing ring_;
  EpochBlocks blocks_;
  double zero_network_loss_ = 0.0;
  std::vector<double> last_loss_;     ///< member; at its last record, or the first that diverged
  std::vector<Index> stopped_epoch_;  ///< likewise; -1 while the member goes on
};

template <class T>
void TrainerOf<T>::upload_data(const Dataset& data, const Modes& modes) {
  std::byte* memory = memory_.data();
  upload_matrix<T>(backend_, data.x, arena_.x.in<T>(memory)[0]);
  upload_matrix<T>(backend_, data.y, arena_.y.in<T>(memory)[0]);
  upload_matrix<double>(backend_, modes.U, arena_.U.in<double>(memory)[0]);
  upload_matrix<double>(backend_, modes.V, arena_.V.in<double>(memory)[0]);
  upload_matrix<double>(backend_, modes.pseudo_x, arena_.pseudo_x.in<double>(memory)[0]);
  upload_matrix<double>(backend_, modes.Q, arena_.Q.in<double>(memory)[0]);
  zero_network_loss_ = polypath::zero_network_loss(settings_.loss, data);
}

template <class T>
AnyMemberWeights TrainerOf<T>::weights(Index member) {
  MemberWeights<T> result;
  result.pathways.resize(settings_.request.shape.pathways.size());
  for (const auto& group : arena_.groups) {
    const auto pathways = static_cast<Index>(group.group.pathways.size());
    for (Index a = 0; a < pathways; ++a) {
      const Index element = member * pathways + a;
      auto& layers = result.pathways[static_cast<std::size_t>(
          group.group.pathways[static_cast<std::size_t>(a)])];
      for (const auto& layer : group.layers) {
        layers.push_back({layer.weights.in<T>(memory_.data())[element],
                          layer.bias.in<T>(memory_.data())[element]});
      }
    }
  }
  return result;
}

template <class T>
void TrainerOf<T>::reset_watch() {
  const auto members = static_cast<std::size_t>(settings_.request.members);
  upload_array(arena_.limit, std::vector<double>(members, std::numeric_limits<double>::max()));
  last_loss_.assign(members, std::numeric_limits<double>::quiet_NaN());
  stopped_epoch_.assign(members, -1);
  upload_array(arena_.stopped_epoch, stopped_epoch_);
  upload_array(arena_.epoch, std::vector<Index>(1, 0));
}

template <class T>
void TrainerOf<T>::set_limits(const std::vector<double>& initial_loss) {
  std::vector<double> limits;
  for (const double loss : initial_loss) {
    const double limit = divergence_factor * std::fmax(loss, zero_network_loss_);
    limits.push_back(limit > 0.0 ? limit : std::numeric_limits<double>::max());
  }
  upload_array(arena_.limit, limits);
}

template <class T>
void TrainerOf<T>::deliver(const Snapshot& snapshot, Observer& observer) {
  const Index members = settings_.request.members;
  for (std::size_t i = 0; i < stopped_epoch_.size(); ++i) {
    if (stopped_epoch_[i] < 0) {  // however many records a device was ahead when it diverged
      last_loss_[i] = snapshot.loss[i];
    }
  }
  stopped_epoch_ = snapshot.stopped_epoch;
  const auto k_length = snapshot.K.size() / static_cast<std::size_t>(members);
  const auto pathways = snapshot.outside.size() / static_cast<std::size_t>(members);
  for (Index m = 0; m < members; ++m) {
    const auto i = static_cast<std::size_t>(m);
    if (snapshot.stopped_epoch[i] < 0) {
      observer.record({m, snapshot.record, snapshot.epoch, snapshot.loss[i],
                       std::span(snapshot.K).subspan(i * k_length, k_length),
                       std::span(snapshot.outside).subspan(i * pathways, pathways)});
    }
  }
  observer.progress(snapshot.epoch);
}

template <class T>
void TrainerOf<T>::show_weights(Index epoch, Observer& observer) {
  if (!observer.wants_weights()) {
    return;
  }
  if (settings_.request.delay != 1) {
    throw InternalError(
        "an observer wants the weights of a trainer that delays updates; they would lack those of "
        "the last epochs. Ask for a delay of 1");
  }
  for (Index m = 0; m < settings_.request.members; ++m) {
    if (stopped_epoch_[static_cast<std::size_t>(m)] < 0) {
      observer.weights(m, epoch, weights(m));
    }
  }
}

template <class T>
void TrainerOf<T>::show_losses(Index epoch, Observer& observer) {
  std::vector<double> losses(static_cast<std::size_t>(settings_.request.members));
  backend_.download(losses.data(), memory_.data() + arena_.loss.offset,
                    static_cast<Index>(losses.size() * sizeof(double)));
  for (Index m = 0; m < settings_.request.members; ++m) {
    observer.watched(m, epoch, losses[static_cast<std::size_t>(m)]);
  }
}

/// Trains the epochs [from, to), from `first_watched` on one by one.
template <class T>
template <class TrainEpoch>
void TrainerOf<T>::advance(Index from, Index to, Index first_watched, const TrainEpoch& train_epoch,
                           Observer& observer, const std::stop_token& stop) {
  const Index unwatched = std::clamp(first_watched, from, to);
  blocks_.run(from, unwatched, train_epoch, stop);
  for (Index epoch = unwatched; epoch < to; ++epoch) {
    if (epoch == first_watched) {
      show_losses(epoch, observer);
    }
    blocks_.run(epoch, epoch + 1, train_epoch, stop);
    show_losses(epoch + 1, observer);
  }
}

template <class T>
void TrainerOf<T>::send_ends(Index last_epoch, Observer& observer) const {
  for (Index m = 0; m < settings_.request.members; ++m) {
    const auto i = static_cast<std::size_t>(m);
    const Index stopped = stopped_epoch_[i];
    const bool diverged = stopped >= 0;
    observer.member_done(m, diverged ? MemberStatus::diverged : MemberStatus::finished,
                         diverged ? stopped : last_epoch, last_loss_[i]);
  }
}

template <class T>
bool TrainerOf<T>::all_stopped() const {
  for (const Index stopped : stopped_epoch_) {
    if (stopped < 0) {
      return false;
    }
  }
  return true;
}

template <class T>
void TrainerOf<T>::run(const std::vector<Index>& recorded, Observer& observer,
                       const std::stop_token& stop) {
  reset_watch();
  network_.forward(0);
  Index epoch = 0;
  // The loss watch's limits and the slots of delayed updates are the only state that depends on the
  // epoch: what an epoch does depends on its slot only, and so can be replayed.
  const auto train_epoch = [this](Index e) {
    network_.backward(e);
    network_.forward(e + 1);
  };
  const Index first_watched =
      recorded.empty() ? 0 : std::max<Index>(0, recorded.back() - observer.epochs_watched());
  for (std::size_t r = 0; r < recorded.size(); ++r) {
    advance(epoch, recorded[r], first_watched, train_epoch, observer, stop);
    epoch = recorded[r];
    network_.project();
    show_weights(epoch, observer);
    if (ring_.full()) {
      deliver(ring_.pop(), observer);
    }
    ring_.push(static_cast<Index>(r), epoch);
    while (!ring_.empty() && (r == 0 || ring_.arrived())) {
      deliver(ring_.pop(), observer);
    }
    if (r == 0) {
      set_limits(last_loss_);
    }
    if (all_stopped()) {
      break;
    }
  }
  while (!ring_.empty()) {
    deliver(ring_.pop(), observer);
  }
  network_.flush(epoch);
  send_ends(epoch, observer);
}

}  // namespace

TrainerSettings trainer_settings(const Config& config, const ArenaRequest& request) {
  return {request, config.network.activation, config.network.activation_after_output,
          config.train.loss, config.train.learning_rate};
}

std::unique_ptr<Trainer> make_trainer(Backend& backend, const TrainerSettings& settings,
                                      const Dataset& data, const Modes& modes) {
  if (settings.request.precision == Precision::float32) {
    return std::make_unique<TrainerOf<float>>(backend, settings, data, modes);
  }
  return std::make_unique<TrainerOf<double>>(backend, settings, data, modes);
}

}  // namespace polypath
