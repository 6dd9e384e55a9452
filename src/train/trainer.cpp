#include "polypath/train/trainer.hpp"

#include "polypath/core/error.hpp"

#include "network.hpp"

#include <cmath>
#include <limits>
#include <optional>

namespace polypath {
namespace {

/// A loss this many times the larger of the initial loss and the zero network's means divergence.
constexpr double divergence_factor = 1e6;

/// Loss, K and `outside` of every member after a recorded epoch, in host memory.
struct Snapshot {
  std::vector<double> loss;          ///< member
  std::vector<Index> stopped_epoch;  ///< member; -1 while it goes on
  std::vector<double> K;             ///< member x pathway x mode x mode_in
  std::vector<double> outside;       ///< member x pathway
};

template <class T>
class TrainerOf final : public Trainer {
 public:
  TrainerOf(Backend& backend, const TrainerSettings& settings, const Dataset& data,
            const Modes& modes)
      : backend_(backend),
        settings_(settings),
        arena_(plan_arena(settings.request)),
        memory_(backend, arena_.bytes),
        network_(backend, settings, arena_, memory_.data()) {
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
  void advance(Index from, Index to, const std::stop_token& stop);
  void take_snapshot();
  void send_records(Index record, Index epoch, Observer& observer);
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
  double zero_network_loss_ = 0.0;
  Snapshot snapshot_;
  std::vector<double> group_values_;  ///< one group's K or `outside`, before reordering
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
  double squares = 0.0;
  for (const double y : data.y.elements()) {
    squares += y * y;
  }
  zero_network_loss_ = loss_factors(settings_.loss, data.examples(), data.outputs()).loss * squares;
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
  upload_array(arena_.stopped_epoch, std::vector<Index>(members, -1));
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
void TrainerOf<T>::advance(Index from, Index to, const std::stop_token& stop) {
  // The loss watch's limits and the slots of delayed updates are the only state that depends on
  // the epoch, so blocks that start in the same slot and are equally long can be replayed.
  backend_.repeat(from % settings_.request.delay, to - from, [&](Index i) {
    if (stop.stop_requested()) {
      throw Interrupted("interrupted");
    }
    network_.backward(from + i);
    network_.forward(from + i + 1);
  });
}

template <class T>
void TrainerOf<T>::take_snapshot() {
  network_.project();
  const Index members = settings_.request.members;
  const auto pathways = static_cast<Index>(settings_.request.shape.pathways.size());
  const Index entries = settings_.request.modes * settings_.request.modes;
  snapshot_.loss.resize(static_cast<std::size_t>(members));
  snapshot_.stopped_epoch.resize(static_cast<std::size_t>(members));
  snapshot_.K.resize(static_cast<std::size_t>(members * pathways * entries));
  snapshot_.outside.resize(static_cast<std::size_t>(members * pathways));
  const auto fetch = [this](auto& target, const BatchExtent& extent) {
    backend_.download(target.data(), memory_.data() + extent.offset,
                      static_cast<Index>(target.size()) * 8);
  };
  fetch(snapshot_.loss, arena_.loss);
  fetch(snapshot_.stopped_epoch, arena_.stopped_epoch);
  const auto scatter = [&](std::vector<double>& target, const GroupExtents& group,
                           const BatchExtent& extent, Index length) {
    const auto in_group = static_cast<Index>(group.group.pathways.size());
    group_values_.resize(static_cast<std::size_t>(members * in_group * length));
    fetch(group_values_, extent);
    for (Index m = 0; m < members; ++m) {
      for (Index a = 0; a < in_group; ++a) {
        const Index pathway = group.group.pathways[static_cast<std::size_t>(a)];
        std::copy_n(group_values_.begin() + (m * in_group + a) * length, length,
                    target.begin() + (m * pathways + pathway) * length);
      }
    }
  };
  for (const auto& group : arena_.groups) {
    scatter(snapshot_.K, group, group.K, entries);
    scatter(snapshot_.outside, group, group.outside, 1);
  }
}

template <class T>
void TrainerOf<T>::send_records(Index record, Index epoch, Observer& observer) {
  const Index members = settings_.request.members;
  const auto k_length = snapshot_.K.size() / static_cast<std::size_t>(members);
  const auto pathways = snapshot_.outside.size() / static_cast<std::size_t>(members);
  for (Index m = 0; m < members; ++m) {
    const auto i = static_cast<std::size_t>(m);
    if (snapshot_.stopped_epoch[i] < 0) {
      observer.record({m, record, epoch, snapshot_.loss[i],
                       std::span(snapshot_.K).subspan(i * k_length, k_length),
                       std::span(snapshot_.outside).subspan(i * pathways, pathways)});
    }
  }
  observer.progress(epoch);
}

template <class T>
void TrainerOf<T>::send_ends(Index last_epoch, Observer& observer) const {
  for (Index m = 0; m < settings_.request.members; ++m) {
    const auto i = static_cast<std::size_t>(m);
    const Index stopped = snapshot_.stopped_epoch[i];
    const bool diverged = stopped >= 0;
    observer.member_done(m, diverged ? MemberStatus::diverged : MemberStatus::finished,
                         diverged ? stopped : last_epoch, snapshot_.loss[i]);
  }
}

template <class T>
bool TrainerOf<T>::all_stopped() const {
  for (const Index stopped : snapshot_.stopped_epoch) {
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
  for (std::size_t r = 0; r < recorded.size(); ++r) {
    advance(epoch, recorded[r], stop);
    epoch = recorded[r];
    take_snapshot();
    if (r == 0) {
      set_limits(snapshot_.loss);
    }
    send_records(static_cast<Index>(r), epoch, observer);
    if (all_stopped()) {
      break;
    }
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
