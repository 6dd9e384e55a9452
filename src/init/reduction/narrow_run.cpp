#include "src/init/reduction/narrow_run.hpp"

#include "polypath/backend/backend.hpp"
#include "polypath/core/error.hpp"
#include "polypath/core/linalg.hpp"
#include "polypath/train/trainer.hpp"

#include "src/init/reduction/blocks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace polypath::reduction {
namespace {

/// Everything is learned when no entry of E exceeds this part of the largest singular value.
constexpr double learned = 2.5e-8;
/// Watched epochs are never further apart: escapes of deep networks take tens of epochs.
constexpr Index widest_spacing = 5;
constexpr Index usual_watched = 1000;

std::vector<Index> watched_epochs(Index epochs, Index spacing) {
  std::vector<Index> result;
  for (Index epoch = 0; epoch < epochs; epoch += spacing) {
    result.push_back(epoch);
  }
  result.push_back(epochs);
  return result;
}

/// Takes K and the weights at every watched epoch and asks to stop when all is learned.
class Watcher final : public Observer {
 public:
  Watcher(Trainer& trainer, const ReducedNetwork& network, const ModeBasis& basis,
          std::stop_source& source)
      : trainer_(trainer), network_(network), basis_(basis), source_(source) {}

  void record(const Record& record) override {
    history_.K.emplace_back(record.K.begin(), record.K.end());
    store_.add(make_snapshot(record.epoch, current_factors(), basis_));
    if (store_.latest().largest_error < learned) {
      source_.request_stop();
    }
  }
  void progress(Index /*epoch*/) override {}
  void member_done(Index /*member*/, MemberStatus status, Index /*stopped_epoch*/,
                   double /*final_loss*/) override {
    history_.diverged = status == MemberStatus::diverged;
  }

  [[nodiscard]] NarrowHistory take() {
    history_.snapshots = store_.take();
    return std::move(history_);
  }

 private:
  /// Of the weights as they are now. The cpu backend's memory is the host's: nothing is copied.
  [[nodiscard]] std::vector<Factors> current_factors() {
    const auto weights = std::get<MemberWeights<double>>(trainer_.weights(0));
    std::vector<Factors> pathways;
    for (std::size_t a = 0; a < weights.pathways.size(); ++a) {
      std::vector<MatrixView<const double>> layers;
      const auto& k = network_.k[a];
      for (std::size_t d = 0; d < weights.pathways[a].size(); ++d) {
        MatrixView<const double> layer = weights.pathways[a][d].weights;
        layer.rows = d < k.size() ? k[d] : layer.rows;
        layer.columns = d > 0 ? k[d - 1] : layer.columns;
        layers.push_back(layer);
      }
      pathways.push_back(make_factors(layers, basis_));
    }
    return pathways;
  }

  Trainer& trainer_;
  const ReducedNetwork& network_;
  const ModeBasis& basis_;
  std::stop_source& source_;
  SnapshotStore store_;
  NarrowHistory history_;
};

}  // namespace

double largest_difference(const NarrowHistory& a, const NarrowHistory& b, const Modes& modes) {
  if (a.diverged || b.diverged) {
    return std::numeric_limits<double>::infinity();
  }
  double largest = 0.0;
  for (std::size_t r = 0; r < std::max(a.K.size(), b.K.size()); ++r) {
    const auto& first = a.K[std::min(r, a.K.size() - 1)];
    const auto& second = b.K[std::min(r, b.K.size() - 1)];
    for (std::size_t i = 0; i < first.size(); ++i) {
      largest = std::max(largest, std::abs(first[i] - second[i]));
    }
  }
  double target = 0.0;
  for (Index j = 0; j < modes.rank; ++j) {
    target = std::max(target, std::abs(modes.target(j, j)));
  }
  return target > 0.0 ? largest / target : largest;
}

NarrowTraining::NarrowTraining(const ReductionProblem& problem, const ModeBasis& basis,
                               std::stop_token stop)
    : problem_(problem),
      basis_(basis),
      stop_(std::move(stop)),
      backend_(make_backend({BackendKind::cpu, 1})) {}

NarrowHistory NarrowTraining::run(const ReducedNetwork& network) {
  TrainerSettings settings;
  settings.request = {network.shape,
                      problem_.data.examples(),
                      static_cast<Index>(problem_.modes.S.size()),
                      1,
                      Precision::float64,
                      false,
                      1};
  settings.loss = problem_.train.loss;
  settings.learning_rate = problem_.train.learning_rate;
  const auto trainer = make_trainer(*backend_, settings, problem_.data, problem_.modes);
  write_reduced(network, *backend_, trainer->weights(0));

  std::stop_source source;
  const std::stop_callback forward(stop_, [&source] { source.request_stop(); });
  Watcher watcher(*trainer, network, basis_, source);
  const Index spacing = std::clamp(problem_.train.epochs / usual_watched, Index{1}, widest_spacing);
  try {
    trainer->run(watched_epochs(problem_.train.epochs, spacing), watcher, source.get_token());
  } catch (const Interrupted&) {
    if (stop_.stop_requested()) {
      throw;
    }
  }
  NarrowHistory history = watcher.take();
  history.spacing = spacing;
  return history;
}

}  // namespace polypath::reduction
