#include "src/backend/reference/reference_operations.hpp"

#include "kernels/functor/normal.hpp"

#include <algorithm>
#include <cmath>

namespace polypath {
namespace {

double activate(Activation activation, double x) {
  switch (activation) {
    case Activation::tanh:
      return std::tanh(x);
    case Activation::relu:
      return x <= 0.0 ? 0.0 : x;  // NaN stays NaN
    case Activation::linear:
      break;
  }
  return x;
}

/// f' where f took the value y.
double derivative(Activation activation, double y) {
  switch (activation) {
    case Activation::tanh:
      return 1.0 - y * y;
    case Activation::relu:
      return y > 0.0 ? 1.0 : 0.0;
    case Activation::linear:
      break;
  }
  return 1.0;
}

/// left^T right: rows of both are summed over.
Matrix<double> transposed_product(MatrixView<const double> left, MatrixView<const double> right) {
  Matrix<double> product(left.columns, right.columns);
  for (Index i = 0; i < left.columns; ++i) {
    for (Index j = 0; j < right.columns; ++j) {
      for (Index p = 0; p < left.rows; ++p) {
        product(i, j) += left(p, i) * right(p, j);
      }
    }
  }
  return product;
}

/// W += scale left^T right.
void add_product(MatrixView<double> weights, double scale, MatrixView<const double> left,
                 MatrixView<const double> right) {
  const Matrix<double> product = transposed_product(left, right);
  for (Index o = 0; o < weights.rows; ++o) {
    for (Index i = 0; i < weights.columns; ++i) {
      weights(o, i) += scale * product(o, i);
    }
  }
}

/// W + scale left^T right of matrix b; the batch itself stays as it is.
Matrix<double> effective_weights(BatchView<const double> weights, const LowRank<double>& pending,
                                 Index b) {
  Matrix<double> effective(weights.rows, weights.columns);
  for (Index o = 0; o < weights.rows; ++o) {
    for (Index i = 0; i < weights.columns; ++i) {
      effective(o, i) = weights[b](o, i);
    }
  }
  if (pending.rank() > 0) {
    add_product(effective.view(), pending.scale, pending.left[b], pending.right[b]);
  }
  return effective;
}

/// || omega - U K V^T ||_F, K dense, modes x modes.
double outside_norm(const Matrix<double>& omega, const ProjectionOperator& projection,
                    const double* K) {
  const Index modes = projection.U.columns;
  double sum = 0.0;
  for (Index o = 0; o < omega.rows(); ++o) {
    for (Index i = 0; i < omega.columns(); ++i) {
      double rest = omega(o, i);
      for (Index a = 0; a < modes; ++a) {
        for (Index b = 0; b < modes; ++b) {
          rest -= projection.U(o, a) * K[a * modes + b] * projection.V(i, b);
        }
      }
      sum += rest * rest;
    }
  }
  return std::sqrt(sum);
}

/// Every loss of the call is known: say who diverged, and count the epoch.
void update_watch(const LossWatch& watch, Index members) {
  for (Index m = 0; m < members; ++m) {
    const bool diverged = !std::isfinite(watch.loss[m]) || watch.loss[m] > watch.limit[m];
    if (diverged && watch.stopped_epoch[m] == -1) {
      watch.stopped_epoch[m] = *watch.epoch;
    }
  }
  ++*watch.epoch;
}

}  // namespace

void ReferenceOperations::forward(BatchView<const double> weights, const LowRank<double>& pending,
                                  BatchView<const double> input, BatchView<const double> bias,
                                  Activation activation, BatchView<double> output) {
  for (Index b = 0; b < output.count; ++b) {
    const Matrix<double> effective = effective_weights(weights, pending, b);
    for (Index p = 0; p < output.rows; ++p) {
      for (Index o = 0; o < output.columns; ++o) {
        double sum = bias.columns > 0 ? bias[b](0, o) : 0.0;
        for (Index i = 0; i < input.columns; ++i) {
          sum += input[b](p, i) * effective(o, i);
        }
        output[b](p, o) = activate(activation, sum);
      }
    }
  }
}

void ReferenceOperations::residual(std::span<const BatchView<const double>> outputs,
                                   BatchView<const double> target, double loss_scale,
                                   BatchView<double> residual, const LossWatch& watch) {
  if (residual.empty()) {
    return;
  }
  for (Index m = 0; m < residual.count; ++m) {
    double sum_squares = 0.0;
    for (Index p = 0; p < residual.rows; ++p) {
      for (Index o = 0; o < residual.columns; ++o) {
        double prediction = 0.0;
        for (const BatchView<const double>& group : outputs) {
          const Index pathways = group.count / residual.count;
          for (Index a = 0; a < pathways; ++a) {
            prediction += group[m * pathways + a](p, o);
          }
        }
        const double difference = prediction - target[m](p, o);
        residual[m](p, o) = difference;
        sum_squares += difference * difference;
      }
    }
    watch.loss[m] = loss_scale * sum_squares;
  }
  update_watch(watch, residual.count);
}

void ReferenceOperations::output_delta(BatchView<const double> residual,
                                       BatchView<const double> output, Activation activation,
                                       double scale, BatchView<double> delta) {
  if (delta.empty()) {
    return;
  }
  const Index pathways = delta.count / residual.count;
  for (Index b = 0; b < delta.count; ++b) {
    for (Index p = 0; p < delta.rows; ++p) {
      for (Index o = 0; o < delta.columns; ++o) {
        const double slope = derivative(activation, output[b](p, o));
        delta[b](p, o) = scale * residual[b / pathways](p, o) * slope;
      }
    }
  }
}

void ReferenceOperations::backward(BatchView<const double> weights, const LowRank<double>& pending,
                                   BatchView<const double> delta, BatchView<const double> input,
                                   Activation activation, BatchView<double> input_delta) {
  for (Index b = 0; b < input_delta.count; ++b) {
    const Matrix<double> effective = effective_weights(weights, pending, b);
    for (Index p = 0; p < input_delta.rows; ++p) {
      for (Index i = 0; i < input_delta.columns; ++i) {
        double sum = 0.0;
        for (Index o = 0; o < weights.rows; ++o) {
          sum += delta[b](p, o) * effective(o, i);
        }
        input_delta[b](p, i) = sum * derivative(activation, input[b](p, i));
      }
    }
  }
}

void ReferenceOperations::backward_update(BatchView<double> weights, BatchView<const double> delta,
                                          BatchView<const double> input, Activation activation,
                                          double scale, BatchView<double> input_delta) {
  if (!input_delta.empty()) {
    backward(weights, {}, delta, input, activation, input_delta);
  }
  for (Index b = 0; b < weights.count; ++b) {
    add_product(weights[b], scale, delta[b], input[b]);
  }
}

void ReferenceOperations::update(BatchView<double> weights, const LowRank<double>& pending) {
  if (pending.rank() == 0) {
    return;
  }
  for (Index b = 0; b < weights.count; ++b) {
    add_product(weights[b], pending.scale, pending.left[b], pending.right[b]);
  }
}

void ReferenceOperations::update_bias(BatchView<double> bias, BatchView<const double> delta,
                                      double scale) {
  for (Index b = 0; b < bias.count; ++b) {
    for (Index o = 0; o < bias.columns; ++o) {
      double sum = 0.0;
      for (Index p = 0; p < delta.rows; ++p) {
        sum += delta[b](p, o);
      }
      bias[b](0, o) += scale * sum;
    }
  }
}

void ReferenceOperations::project(BatchView<const double> output,
                                  const ProjectionOperator& projection, double* K,
                                  double* outside) {
  const Index modes = projection.U.columns;
  for (Index b = 0; b < output.count; ++b, K += modes * modes) {
    const Matrix<double> response = transposed_product(output[b], projection.Q);
    const Matrix<double> gains = transposed_product(projection.U, response.view());
    std::copy(gains.elements().begin(), gains.elements().end(), K);
    const Matrix<double> omega = transposed_product(output[b], projection.pseudo_x);
    outside[b] = outside_norm(omega, projection, K);
  }
}

void ReferenceOperations::fill_normal(MatrixView<double> target, const NormalStream& stream,
                                      double sigma) {
  for (Index r = 0; r < target.rows; ++r) {
    for (Index c = 0; c < target.columns; ++c) {
      target(r, c) = sigma * normal_at(stream, r, c);
    }
  }
}

}  // namespace polypath
