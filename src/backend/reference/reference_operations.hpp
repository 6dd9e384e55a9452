#pragma once

#include "polypath/backend/operations.hpp"

namespace polypath {

/// Each operation as the loops that define it, in the order of operations.hpp, where the shapes
/// are.
class ReferenceOperations final : public Operations<double> {
 public:
  void forward(BatchView<const double> weights, const LowRank<double>& pending,
               BatchView<const double> input, BatchView<const double> bias, Activation activation,
               BatchView<double> output) override;
  void residual(std::span<const BatchView<const double>> outputs, BatchView<const double> target,
                double loss_scale, BatchView<double> residual, const LossWatch& watch) override;
  void output_delta(BatchView<const double> residual, BatchView<const double> output,
                    Activation activation, double scale, BatchView<double> delta) override;
  void backward(BatchView<const double> weights, const LowRank<double>& pending,
                BatchView<const double> delta, BatchView<const double> input, Activation activation,
                BatchView<double> input_delta) override;
  void backward_update(BatchView<double> weights, BatchView<const double> delta,
                       BatchView<const double> input, Activation activation, double scale,
                       BatchView<double> input_delta) override;
  void update(BatchView<double> weights, const LowRank<double>& pending) override;
  void update_bias(BatchView<double> bias, BatchView<const double> delta, double scale) override;
  void project(BatchView<const double> output, const ProjectionOperator& projection, double* K,
               double* outside) override;
  void fill_normal(MatrixView<double> target, const NormalStream& stream, double sigma) override;
};

}  // namespace polypath
