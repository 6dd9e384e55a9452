#include "weight_products.hpp"

#include <algorithm>

namespace polypath {
namespace {

template <class T>
BatchView<T> batch_of_one(const MatrixView<T>& matrix) {
  return {matrix.data, matrix.rows, matrix.columns, matrix.leading_dimension, 1, 0};
}

template <class T>
class WeightProductsOf final : public WeightProducts {
 public:
  WeightProductsOf(Backend& backend, MemberWeights<T> weights, Index examples)
      : backend_(backend),
        weights_(std::move(weights)),
        examples_(examples),
        units_(most_units(weights_)),
        input_(backend, bytes()),
        output_(backend, bytes()),
        gate_(backend, bytes()) {}

  Matrix<double> outputs(std::size_t a, std::size_t d, const Matrix<double>& input,
                         Activation activation) override {
    return forward(a, d, input, activation, batch_of_one(layer(a, d).bias));
  }
  Matrix<double> forward(std::size_t a, std::size_t d, const Matrix<double>& input) override {
    return forward(a, d, input, Activation::linear, {});
  }
  Matrix<double> backward(std::size_t a, std::size_t d, const Matrix<double>& delta) override {
    const MatrixView<T> W = layer(a, d).weights;
    const BatchView<T> result = in(output_, W.columns);
    upload_matrix<T>(backend_, delta, in(input_, W.rows)[0]);
    backend_.operations(T()).backward(batch_of_one(W), {}, in(input_, W.rows), in(gate_, W.columns),
                                      Activation::linear, result);
    return download_matrix<T>(backend_, result[0]);
  }

 private:
  static Index most_units(const MemberWeights<T>& weights) {
    Index most = 0;
    for (const auto& pathway : weights.pathways) {
      for (const auto& layer : pathway) {
        most = std::max({most, layer.weights.rows, layer.weights.columns});
      }
    }
    return most;
  }
  static Index leading(Index columns) {
    return round_up(columns, Index{64} / static_cast<Index>(sizeof(T)));
  }
  [[nodiscard]] Index bytes() const {
    return examples_ * leading(units_) * static_cast<Index>(sizeof(T));
  }
  [[nodiscard]] const typename MemberWeights<T>::Layer& layer(std::size_t a, std::size_t d) const {
    return weights_.pathways[a][d];
  }
  /// The first `columns` columns of a buffer.
  BatchView<T> in(const Buffer& buffer, Index columns) const {
    return {reinterpret_cast<T*>(buffer.data()), examples_, columns, leading(columns), 1, 0};
  }
  Matrix<double> forward(std::size_t a, std::size_t d, const Matrix<double>& input,
                         Activation activation, BatchView<T> bias) {
    const MatrixView<T> W = layer(a, d).weights;
    const BatchView<T> result = in(output_, W.rows);
    upload_matrix<T>(backend_, input, in(input_, W.columns)[0]);
    backend_.operations(T()).forward(batch_of_one(W), {}, in(input_, W.columns), bias, activation,
                                     result);
    return download_matrix<T>(backend_, result[0]);
  }

  Backend& backend_;
  MemberWeights<T> weights_;
  Index examples_;
  Index units_;
  Buffer input_;
  Buffer output_;
  Buffer
      gate_;  ///< zeros, as it starts, in place of the outputs that a linear layer does not look at
};

}  // namespace

std::unique_ptr<WeightProducts> make_weight_products(Backend& backend,
                                                     const AnyMemberWeights& weights,
                                                     Index examples) {
  return std::visit(
      [&]<class T>(const MemberWeights<T>& member) -> std::unique_ptr<WeightProducts> {
        return std::make_unique<WeightProductsOf<T>>(backend, member, examples);
      },
      weights);
}

}  // namespace polypath
