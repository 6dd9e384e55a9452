#include "src/backend/cpu/cpu_operations.hpp"

#include "src/backend/cpu/reductions.hpp"
#include "src/backend/cpu/tiles.hpp"

#include <algorithm>
#include <functional>

namespace polypath::cpu {
namespace {

/// result(e, c) = scale matrix(e, c), dense on `buffer`.
template <class T>
MatrixView<T> scaled_copy(MatrixView<const T> matrix, T scale, T* buffer) {
  for (Index e = 0; e < matrix.rows; ++e) {
    const T* row = matrix.row(e);
    std::transform(row, row + matrix.columns, buffer + e * matrix.columns,
                   [scale](T value) { return scale * value; });
  }
  return {buffer, matrix.rows, matrix.columns, matrix.columns};
}

/// Calls work(first, count) for the examples in groups that a kernel takes at once.
template <class Work>
void for_example_groups(Index examples, const Work& work) {
  for (Index e = 0; e < examples; e += max_examples) {
    work(e, std::min(max_examples, examples - e));
  }
}

template <class T>
bool stays_cached(const BatchView<T>& weights) {
  return weights.rows * weights.columns * static_cast<Index>(sizeof(T)) <= cached_bytes;
}

}  // namespace

template <class T>
template <class Work>
void CpuOperations<T>::for_tiles(Index count, Index tiles, Index elements, const Work& work) {
  const Index total = count * tiles;
  const auto run_tile = [&work, tiles](Index index) { work(index / tiles, index % tiles); };
  if (elements * static_cast<Index>(sizeof(T)) < least_parallel_bytes) {
    for (Index index = 0; index < total; ++index) {
      run_tile(index);
    }
  } else {
    pool_.run(total, std::ref(run_tile));  // a reference fits std::function without allocation
  }
}

template <class T>
void CpuOperations<T>::thin_product(BatchView<const T> matrix, BatchView<const T> input, T scale,
                                    BatchView<T> scratch) {
  for_tiles(input.count, tiles_of(matrix.rows, forward_rows),
            matrix.rows * matrix.columns * input.count, [&](Index i, Index tile) {
              alignas(64) T buffer[max_examples * forward_rows];
              const Index first = tile * forward_rows;
              const Index rows = std::min(forward_rows, matrix.rows - first);
              for_example_groups(input.rows, [&](Index e, Index examples) {
                const MatrixView<T> sums = zeros_on(buffer, examples, rows);
                kernels_.dot(input[i].row_block(e, examples), matrix[i].row_block(first, rows),
                             sums);
                kernels_.derive(sums, sums, Activation::linear, scale,
                                columns_of(scratch[i].row_block(e, examples), first, rows));
              });
            });
}

template <class T>
void CpuOperations<T>::forward(BatchView<const T> weights, const LowRank<T>& pending,
                               BatchView<const T> input, BatchView<const T> bias,
                               Activation activation, BatchView<T> output) {
  if (output.empty()) {
    return;
  }
  BatchView<T> scratch = pending.scratch;
  if (pending.rank() > 0) {
    scratch.rows = input.rows;
    scratch.columns = pending.rank();
    thin_product(pending.right, input, pending.scale, scratch);
  }
  if (stays_cached(weights) && weights.rows >= least_lane_rows && pending.rank() == 0) {
    forward_cached(weights, input, bias, activation, output);
    return;
  }
  for_tiles(weights.count, tiles_of(weights.rows, forward_rows),
            weights.rows * weights.columns * weights.count, [&](Index i, Index tile) {
              alignas(64) T buffer[max_examples * forward_rows];
              const Index first = tile * forward_rows;
              const Index rows = std::min(forward_rows, weights.rows - first);
              const T* bias_of_tile = bias.columns > 0 ? bias[i].data + first : nullptr;
              for_example_groups(input.rows, [&](Index e, Index examples) {
                const MatrixView<T> sums = zeros_on(buffer, examples, rows);
                if (pending.rank() > 0) {
                  kernels_.accumulate(scratch[i].row_block(e, examples),
                                      columns_of(pending.left[i], first, rows), sums);
                }
                kernels_.dot(input[i].row_block(e, examples), weights[i].row_block(first, rows),
                             sums);
                kernels_.activate(sums, bias_of_tile, activation,
                                  columns_of(output[i].row_block(e, examples), first, rows));
              });
            });
}

template <class T>
void CpuOperations<T>::forward_cached(BatchView<const T> weights, BatchView<const T> input,
                                      BatchView<const T> bias, Activation activation,
                                      BatchView<T> output) {
  const Index whole = weights.rows / 4 * 4;
  for_tiles(
      weights.count, 1, weights.rows * weights.columns * weights.count,
      [&](Index i, Index /*tile*/) {
        const MatrixView<T> sums = output[i];
        kernels_.lane_dot(input[i], weights[i].row_block(0, whole), columns_of(sums, 0, whole));
        if (whole < weights.rows) {
          const Index rows = weights.rows - whole;
          const MatrixView<T> rest = columns_of(sums, whole, rows);
          for (Index e = 0; e < rest.rows; ++e) {
            std::fill_n(rest.row(e), rows, T(0));
          }
          kernels_.dot(input[i], weights[i].row_block(whole, rows), rest);
        }
        if (bias.columns > 0 || activation != Activation::linear) {
          kernels_.activate(sums, bias.columns > 0 ? bias[i].data : nullptr, activation, sums);
        }
      });
}

template <class T>
void CpuOperations<T>::backward(BatchView<const T> weights, const LowRank<T>& pending,
                                BatchView<const T> delta, BatchView<const T> input,
                                Activation activation, BatchView<T> input_delta) {
  if (input_delta.empty()) {
    return;
  }
  BatchView<T> scratch = pending.scratch;
  if (pending.rank() > 0) {
    scratch.rows = delta.rows;
    scratch.columns = pending.rank();
    thin_product(pending.left, delta, pending.scale, scratch);
  }
  for_tiles(weights.count, tiles_of(weights.columns, strip_columns<T>),
            weights.rows * weights.columns * weights.count, [&](Index i, Index tile) {
              alignas(64) T buffer[max_examples * strip_columns<T>];
              const Index first = tile * strip_columns<T>;
              const Index columns = std::min(strip_columns<T>, weights.columns - first);
              for_example_groups(delta.rows, [&](Index e, Index examples) {
                const MatrixView<T> sums = zeros_on(buffer, examples, columns);
                if (pending.rank() > 0) {
                  kernels_.accumulate(scratch[i].row_block(e, examples),
                                      columns_of(pending.right[i], first, columns), sums);
                }
                kernels_.accumulate(delta[i].row_block(e, examples),
                                    columns_of(weights[i], first, columns), sums);
                kernels_.derive(sums, columns_of(input[i].row_block(e, examples), first, columns),
                                activation, T(1),
                                columns_of(input_delta[i].row_block(e, examples), first, columns));
              });
            });
}

template <class T>
void CpuOperations<T>::backward_update(BatchView<T> weights, BatchView<const T> delta,
                                       BatchView<const T> input, Activation activation, T scale,
                                       BatchView<T> input_delta) {
  if (stays_cached(weights)) {
    update_cached(weights, delta, input, activation, scale, input_delta);
    return;
  }
  if (input_delta.columns == 0 || delta.rows > max_examples) {
    // More examples than one visit takes: all of them need the old weights first.
    if (input_delta.columns > 0) {
      backward(weights, {}, delta, input, activation, input_delta);
    }
    update(weights, {delta, input, scale, {}});
    return;
  }
  for_tiles(weights.count, tiles_of(weights.columns, update_strip_columns<T>),
            weights.rows * weights.columns * weights.count, [&](Index i, Index tile) {
              alignas(64) T sums_buffer[max_examples * update_strip_columns<T>];
              alignas(64) T scaled_buffer[max_examples * update_strip_columns<T>];
              const Index first = tile * update_strip_columns<T>;
              const Index columns = std::min(update_strip_columns<T>, weights.columns - first);
              const MatrixView<const T> input_strip = columns_of(input[i], first, columns);
              const MatrixView<T> sums = zeros_on(sums_buffer, delta.rows, columns);
              const MatrixView<T> scaled = scaled_copy(input_strip, scale, scaled_buffer);
              kernels_.accumulate_update(delta[i], scaled, columns_of(weights[i], first, columns),
                                         sums);
              kernels_.derive(sums, input_strip, activation, T(1),
                              columns_of(input_delta[i], first, columns));
            });
}

template <class T>
void CpuOperations<T>::update_cached(BatchView<T> weights, BatchView<const T> delta,
                                     BatchView<const T> input, Activation activation, T scale,
                                     BatchView<T> input_delta) {
  for_tiles(weights.count, 1, weights.rows * weights.columns * weights.count,
            [&](Index i, Index /*tile*/) {
              const MatrixView<T> sums = input_delta[i];
              kernels_.column_update(delta[i], input[i], scale, weights[i], sums);
              if (activation != Activation::linear) {
                kernels_.derive(sums, input[i], activation, T(1), sums);
              }
            });
}

template <class T>
void CpuOperations<T>::update(BatchView<T> weights, const LowRank<T>& pending) {
  if (weights.empty() || pending.rank() == 0) {
    return;
  }
  for_tiles(weights.count, tiles_of(weights.rows, update_rows),
            weights.rows * weights.columns * weights.count, [&](Index i, Index tile) {
              const Index first = tile * update_rows;
              const Index rows = std::min(update_rows, weights.rows - first);
              kernels_.rank_update(columns_of(pending.left[i], first, rows), pending.right[i],
                                   pending.scale, weights[i].row_block(first, rows));
            });
}

template <class T>
void CpuOperations<T>::residual(std::span<const BatchView<const T>> outputs,
                                BatchView<const T> target, double loss_scale, BatchView<T> residual,
                                const LossWatch& watch) {
  residual_and_loss(outputs, target, loss_scale, residual, watch);
}

template <class T>
void CpuOperations<T>::project(BatchView<const T> output, const ProjectionOperator& projection,
                               double* K, double* outside) {
  const Index entries = projection.U.columns * projection.Q.columns;
  for (Index i = 0; i < output.count; ++i) {
    outside[i] = kernels_.project(output[i], projection, K + i * entries);
  }
}

template <class T>
void CpuOperations<T>::output_delta(BatchView<const T> residual, BatchView<const T> output,
                                    Activation activation, T scale, BatchView<T> delta) {
  if (delta.empty()) {
    return;
  }
  const Index pathways = output.count / residual.count;
  for (Index i = 0; i < output.count; ++i) {
    kernels_.derive(residual[i / pathways], output[i], activation, scale, delta[i]);
  }
}

template <class T>
void CpuOperations<T>::update_bias(BatchView<T> bias, BatchView<const T> delta, T scale) {
  for (Index i = 0; i < bias.count; ++i) {
    T* to = bias[i].data;
    for (Index c = 0; c < bias.columns; ++c) {
      T sum = T(0);
      for (Index e = 0; e < delta.rows; ++e) {
        sum += delta[i](e, c);
      }
      to[c] += scale * sum;
    }
  }
}

template <class T>
void CpuOperations<T>::fill_normal(MatrixView<T> target, const NormalStream& stream, T sigma) {
  if (target.empty()) {
    return;
  }
  for_tiles(1, tiles_of(target.rows, update_rows), target.rows * target.columns,
            [&](Index /*one*/, Index tile) {
              const Index first = tile * update_rows;
              const Index rows = std::min(update_rows, target.rows - first);
              kernels_.fill_normal(target.row_block(first, rows), first, stream, sigma);
            });
}

template class CpuOperations<float>;
template class CpuOperations<double>;

}  // namespace polypath::cpu
