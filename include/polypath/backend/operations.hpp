#pragma once

#include "polypath/core/matrix.hpp"
#include "polypath/core/normal_stream.hpp"
#include "polypath/core/types.hpp"

#include <span>

namespace polypath {

// The batched matrix operations that training is made of, in the type T of weights and activations
// (float or double). Every pointer is backend memory (Backend::allocate). Matrices are row-major:
//
//   weights W^d        units out x units in   (N_d x N_{d-1})
//   activations A^d    examples x units       (P x N_d); A^0 = x
//   deltas Delta^d     examples x units       (P x N_d), dLoss / d(pre-activation of layer d)
//   bias b^d           1 x N_d
//
// A batch runs over members and, inside a member, over the pathways of one group (equal shapes):
// index = member * pathways + pathway. Element i of every operand belongs to element i of the
// others. A NaN stays a NaN in every operation (ReLU included), so that a diverged member cannot
// look healthy. Outputs never alias inputs unless a declaration says so. An operation on an empty
// batch, or on matrices without rows or columns, does nothing (an inner length of 0 gives zeros).

/// Epochs of rank-P updates not yet added into W: the effective weights are
///   W + scale * left^T right,   left: rank x N_d, right: rank x N_{d-1},
/// with left the stacked deltas, right the stacked inputs and scale = -learning rate. rank may be
/// 0. `scratch` (at least examples x rank per matrix) holds the thin products; unused at rank 0.
template <class T>
struct LowRank {
  BatchView<const T> left;
  BatchView<const T> right;
  T scale = T(0);
  BatchView<T> scratch;

  [[nodiscard]] Index rank() const { return left.rows; }
};

/// The bias of the layer whose delta an operation makes, and what that delta does to it:
/// bias += scale * sum over examples of the delta. A bias with 0 columns means none.
template <class T>
struct BiasStep {
  BatchView<T> bias;
  T scale = T(0);
};

/// Per-member loss and its watch, arrays in backend memory, one entry per member.
struct LossWatch {
  double* loss = nullptr;          ///< out: the loss of this call
  double* limit = nullptr;         ///< a loss above it, or not finite, means divergence
  Index* stopped_epoch = nullptr;  ///< out: the first epoch that diverged; stays -1 until then
  Index* epoch = nullptr;          ///< one counter for the batch: read, then advanced by 1
};

/// What K_a = U^T Yhat_a^T Q needs (SCIENCE.md's K with Yhat_a as examples x outputs), float64.
struct ProjectionOperator {
  MatrixView<const double> U;         ///< outputs x modes, orthonormal columns
  MatrixView<const double> V;         ///< inputs x modes, orthonormal columns
  MatrixView<const double> pseudo_x;  ///< examples x inputs, X (X^T X)^+; Q = pseudo_x V
  MatrixView<const double> Q;         ///< examples x modes
};

template <class T>
class Operations {
 public:
  virtual ~Operations() = default;

  /// output = f(input (W + low rank)^T + bias). `bias` with 0 columns means none.
  virtual void forward(BatchView<const T> weights, const LowRank<T>& pending,
                       BatchView<const T> input, BatchView<const T> bias, Activation activation,
                       BatchView<T> output) = 0;

  /// residual_m = sum over all pathways' outputs of member m, minus `target` (examples x outputs,
  /// stride 0 when shared); watch.loss[m] = loss_scale * sum residual^2, accumulated in float64;
  /// then the watch is brought up to date. Each entry of `outputs` is one group: its count is
  /// members * pathways of that group.
  virtual void residual(std::span<const BatchView<const T>> outputs, BatchView<const T> target,
                        double loss_scale, BatchView<T> residual, const LossWatch& watch) = 0;

  /// delta(m, a) = scale * residual(m) * f'(output(m, a)), f' written in terms of the output
  /// (linear 1, tanh 1 - y^2, ReLU y > 0). residual.count = members.
  virtual void output_delta(BatchView<const T> residual, BatchView<const T> output,
                            Activation activation, T scale, BatchView<T> delta) = 0;

  /// input_delta = (delta (W + low rank)) * f'(input), `activation` being the f that made `input`.
  virtual void backward(BatchView<const T> weights, const LowRank<T>& pending,
                        BatchView<const T> delta, BatchView<const T> input, Activation activation,
                        BatchView<T> input_delta) = 0;

  /// backward with the old W, and W += scale * delta^T input, in one pass over W where possible.
  /// An `input_delta` with 0 columns is not wanted (layer 1).
  virtual void backward_update(BatchView<T> weights, BatchView<const T> delta,
                               BatchView<const T> input, Activation activation, T scale,
                               BatchView<T> input_delta) = 0;

  /// W += pending.scale * left^T right.
  virtual void update(BatchView<T> weights, const LowRank<T>& pending) = 0;

  /// bias += scale * sum over examples of delta.
  virtual void update_bias(BatchView<T> bias, BatchView<const T> delta, T scale) = 0;

  /// The operation of the same name and update_bias with the delta it made (`delta`,
  /// `input_delta`), in one pass over that delta where possible.
  virtual void output_delta_with_bias(BatchView<const T> residual, BatchView<const T> output,
                                      Activation activation, T scale, BatchView<T> delta,
                                      const BiasStep<T>& step) {
    output_delta(residual, output, activation, scale, delta);
    update_bias(step.bias, delta, step.scale);
  }
  virtual void backward_with_bias(BatchView<const T> weights, const LowRank<T>& pending,
                                  BatchView<const T> delta, BatchView<const T> input,
                                  Activation activation, BatchView<T> input_delta,
                                  const BiasStep<T>& step) {
    backward(weights, pending, delta, input, activation, input_delta);
    update_bias(step.bias, input_delta, step.scale);
  }
  virtual void backward_update_with_bias(BatchView<T> weights, BatchView<const T> delta,
                                         BatchView<const T> input, Activation activation, T scale,
                                         BatchView<T> input_delta, const BiasStep<T>& step) {
    backward_update(weights, delta, input, activation, scale, input_delta);
    update_bias(step.bias, input_delta, step.scale);
  }

  /// K (modes x modes per pathway output) = U^T output^T Q, and
  /// outside = || output^T pseudo_x - U K V^T ||_F, both accumulated in float64.
  /// `K` is dense: output.count matrices one after the other; `outside` has output.count entries.
  virtual void project(BatchView<const T> output, const ProjectionOperator& projection, double* K,
                       double* outside) = 0;

  /// target(r, c) = sigma * z(stream, r, c), the portable standard normal of normal_stream.hpp.
  virtual void fill_normal(MatrixView<T> target, const NormalStream& stream, T sigma) = 0;
};

}  // namespace polypath
