#include "network.hpp"

#include "polypath/train/loss.hpp"

namespace polypath {
namespace {

MatrixView<const double> matrix_in(const BatchExtent& extent, std::byte* memory) {
  return extent.in<const double>(memory)[0];
}

}  // namespace

template <class T>
Network<T>::Network(Backend& backend, const TrainerSettings& settings, const Arena& arena,
                    std::byte* memory)
    : operations_(backend.operations(T())),
      examples_(arena.x.rows),
      step_(static_cast<T>(-settings.learning_rate)),
      x_(arena.x.in<T>(memory)),
      y_(arena.y.in<T>(memory)),
      residual_(arena.residual.in<T>(memory)),
      watch_{arena.loss.in<double>(memory).data, arena.limit.in<double>(memory).data,
             arena.stopped_epoch.in<Index>(memory).data, arena.epoch.in<Index>(memory).data},
      projection_{matrix_in(arena.U, memory), matrix_in(arena.V, memory),
                  matrix_in(arena.pseudo_x, memory), matrix_in(arena.Q, memory)} {
  const LossFactors factors = loss_factors(settings.loss, arena.y.rows, arena.y.columns);
  gradient_scale_ = static_cast<T>(factors.gradient);
  y_.count = residual_.count;
  y_.stride = 0;
  loss_scale_ = factors.loss;
  for (const auto& extents : arena.groups) {
    Group group{{}, extents.K.in<double>(memory), extents.outside.in<double>(memory)};
    for (const auto& layer : extents.layers) {
      const bool last = &layer == &extents.layers.back();
      const bool active = !last || settings.activation_after_output;
      group.layers.push_back({layer.delay, active ? settings.activation : Activation::linear,
                              layer.weights.in<T>(memory), layer.bias.in<T>(memory),
                              layer.activation.in<T>(memory), layer.delta.in<T>(memory),
                              layer.scratch.in<T>(memory)});
    }
    groups_.push_back(std::move(group));
  }
}

template <class T>
BatchView<T> Network<T>::slot(BatchView<T> slots, Index delay, Index epoch) const {
  return slots.row_block(epoch % delay * examples_, examples_);
}

template <class T>
BatchView<const T> Network<T>::inputs(const Group& group, std::size_t d) const {
  if (d > 0) {
    return group.layers[d - 1].activations;
  }
  BatchView<const T> shared = x_;
  shared.count = group.layers[0].weights.count;
  shared.stride = 0;
  return shared;
}

template <class T>
BatchView<const T> Network<T>::current_input(const Group& group, std::size_t d, Index epoch) const {
  const Index delay = group.layers[d].delay;
  return inputs(group, d).row_block(epoch % delay * examples_, examples_);
}

template <class T>
LowRank<T> Network<T>::pending(const Group& group, std::size_t d, Index epochs) const {
  const Layer& layer = group.layers[d];
  const Index rank = epochs * examples_;
  return {layer.deltas.row_block(0, rank), inputs(group, d).row_block(0, rank), step_,
          layer.scratch};
}

template <class T>
void Network<T>::forward(Index epoch) {
  std::vector<BatchView<const T>> outputs;
  for (const auto& group : groups_) {
    forward(group, epoch);
    outputs.push_back(group.layers.back().activations);
  }
  operations_.residual(outputs, y_, loss_scale_, residual_, watch_);
}

template <class T>
void Network<T>::forward(const Group& group, Index epoch) {
  for (std::size_t d = 0; d < group.layers.size(); ++d) {
    const Layer& layer = group.layers[d];
    const Index output_delay = d + 1 < group.layers.size() ? group.layers[d + 1].delay : 1;
    operations_.forward(layer.weights, pending(group, d, epoch % layer.delay),
                        current_input(group, d, epoch), layer.bias, layer.activation,
                        slot(layer.activations, output_delay, epoch));
  }
}

template <class T>
void Network<T>::backward(Index epoch) {
  for (const auto& group : groups_) {
    backward(group, epoch);
  }
}

template <class T>
void Network<T>::backward(const Group& group, Index epoch) {
  const Layer& output = group.layers.back();
  operations_.output_delta_with_bias(residual_, output.activations, output.activation,
                                     gradient_scale_, slot(output.deltas, output.delay, epoch),
                                     {output.bias, step_});
  for (std::size_t d = group.layers.size(); d-- > 0;) {
    backward_layer(group, d, epoch);
  }
}

template <class T>
void Network<T>::backward_layer(const Group& group, std::size_t d, Index epoch) {
  const Layer& layer = group.layers[d];
  const BatchView<T> delta = slot(layer.deltas, layer.delay, epoch);
  const BatchView<const T> input = current_input(group, d, epoch);
  BatchView<T> input_delta;
  BiasStep<T> bias_below;
  Activation below = Activation::linear;
  if (d > 0) {
    const Layer& lower = group.layers[d - 1];
    input_delta = slot(lower.deltas, lower.delay, epoch);
    bias_below = {lower.bias, step_};
    below = lower.activation;
  }
  if (layer.delay == 1) {
    operations_.backward_update_with_bias(layer.weights, delta, input, below, step_, input_delta,
                                          bias_below);
  } else {
    const Index position = epoch % layer.delay;
    operations_.backward_with_bias(layer.weights, pending(group, d, position), delta, input, below,
                                   input_delta, bias_below);
    if (position + 1 == layer.delay) {
      operations_.update(layer.weights, pending(group, d, layer.delay));
    }
  }
}

template <class T>
void Network<T>::project() {
  for (const auto& group : groups_) {
    operations_.project(group.layers.back().activations, projection_, group.K.data,
                        group.outside.data);
  }
}

template <class T>
void Network<T>::flush(Index epoch) {
  for (const auto& group : groups_) {
    for (std::size_t d = 0; d < group.layers.size(); ++d) {
      const Index position = epoch % group.layers[d].delay;
      operations_.update(group.layers[d].weights, pending(group, d, position));
    }
  }
}

template class Network<float>;
template class Network<double>;

}  // namespace polypath
