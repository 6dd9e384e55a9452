#pragma once

#include "polypath/backend/backend.hpp"
#include "polypath/plan/arena.hpp"
#include "polypath/train/trainer.hpp"

#include <vector>

namespace polypath {

/// The forward and backward passes of a batch of networks, as calls of backend operations on the
/// ranges of an arena. Knows nothing of epochs beyond the slot that delayed updates are in.
template <class T>
class Network {
 public:
  Network(Backend& backend, const TrainerSettings& settings, const Arena& arena, std::byte* memory);

  /// Outputs, residual and loss at the weights of `epoch`; brings the loss watch up to date.
  void forward(Index epoch);
  /// One gradient step from the state that forward(epoch) left.
  void backward(Index epoch);
  /// Projects every pathway's outputs of the last forward pass on the modes.
  void project();
  /// Adds pending low-rank updates into W; `epoch` as in the next forward. Only once, at the end.
  void flush(Index epoch);

 private:
  struct Layer {
    Index delay;
    Activation activation;
    BatchView<T> weights;
    BatchView<T> bias;
    BatchView<T> activations;
    BatchView<T> deltas;
    BatchView<T> scratch;
  };
  struct Group {
    std::vector<Layer> layers;
    BatchView<double> K;
    BatchView<double> outside;
  };

  /// The inputs of layer d (index from 0): x, or the activations of the layer below.
  [[nodiscard]] BatchView<const T> inputs(const Group& group, std::size_t d) const;
  [[nodiscard]] BatchView<T> slot(BatchView<T> slots, Index delay, Index epoch) const;
  [[nodiscard]] BatchView<const T> current_input(const Group& group, std::size_t d,
                                                 Index epoch) const;
  [[nodiscard]] LowRank<T> pending(const Group& group, std::size_t d, Index epochs) const;
  void forward(const Group& group, Index epoch);
  void backward(const Group& group, Index epoch);
  void backward_layer(const Group& group, std::size_t d, Index epoch);

  Operations<T>& operations_;
  Index examples_;
  T step_;            ///< -learning rate
  T gradient_scale_;  ///< c
  double loss_scale_;
  std::vector<Group> groups_;
  BatchView<T> x_;
  BatchView<T> y_;
  BatchView<T> residual_;
  LossWatch watch_;
  ProjectionOperator projection_;
};

}  // namespace polypath
