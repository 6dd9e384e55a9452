#include "polypath/train/layer_probe.hpp"

#include "polypath/core/linalg.hpp"

#include "balance.hpp"
#include "mode_directions.hpp"
#include "weight_rows.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>

namespace polypath {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

/// W x, and W x', in one pass over W.
struct TwoProducts {
  Matrix<double> first;
  Matrix<double> second;
};

TwoProducts multiply(WeightRows& rows, const AnyLayer& W, const Matrix<double>& x,
                     const Matrix<double>& x2) {
  const Index units = sides(W).first;
  TwoProducts result{Matrix<double>(units, x.columns()), Matrix<double>(units, x2.columns())};
  rows.each(W, [&](Index first, const auto& block) {
    const auto put = [&](const Matrix<double>& operand, Matrix<double>& target) {
      const Matrix<double> product = polypath::multiply(block, operand.view());
      std::copy(product.elements().begin(), product.elements().end(), target.view().row(first));
    };
    put(x, result.first);
    put(x2, result.second);
  });
  return result;
}

/// W^T x.
Matrix<double> multiply_transposed(WeightRows& rows, const AnyLayer& W, const Matrix<double>& x) {
  Matrix<double> result(sides(W).second, x.columns());
  rows.each(W, [&](Index first, const auto& block) {
    const Matrix<double> product =
        multiply_transposed_left(block, x.view().row_block(first, block.rows));
    std::transform(product.elements().begin(), product.elements().end(), result.data(),
                   result.data(), std::plus<>());
  });
  return result;
}

}  // namespace

class LayerProbe::Impl {
 public:
  Impl(Backend& backend, const AnyMemberWeights& initial, const Modes& modes, Balance balance)
      : modes_(modes), rows_(backend), depths_(depths(initial)), directions_(depths_.size()) {
    initial_ = gains(initial);
    if (balance == Balance::watched) {
      balance_.emplace(rows_, initial);
    }
  }

  [[nodiscard]] const LayerQuantities& initial() const { return initial_; }

  LayerQuantities measure(const AnyMemberWeights& weights, Index epoch) {
    LayerQuantities result = gains(weights);
    for (std::size_t a = 0; balance_ && a < depths_.size(); ++a) {
      const auto drift = balance_->drift(a, weights, epoch);
      std::copy(drift.begin(), drift.end(),
                result.balance_drift.begin() + static_cast<std::ptrdiff_t>(a * deepest()));
    }
    return result;
  }

 private:
  [[nodiscard]] std::size_t deepest() const {
    return *std::max_element(depths_.begin(), depths_.end());
  }
  [[nodiscard]] std::size_t modes() const { return modes_.S.size(); }

  LayerQuantities gains(const AnyMemberWeights& weights) {
    const std::size_t layers = depths_.size() * deepest();
    LayerQuantities result;
    result.gain.assign(layers * modes(), undefined);
    result.p.assign(depths_.size() * modes(), undefined);
    result.forward_gain = result.gain;
    result.backward_gain = result.gain;
    result.balance_drift.assign(layers, undefined);
    for (std::size_t a = 0; a < depths_.size(); ++a) {
      measure_forward(a, weights, result);
      measure_backward(a, weights, result);
    }
    return result;
  }

  /// The numbers of layer d of pathway a, one a mode.
  [[nodiscard]] std::span<double> of_layer(std::vector<double>& values, std::size_t a,
                                           std::size_t d) const {
    return std::span(values).subspan((a * deepest() + d) * modes(), modes());
  }

  /// The first call, at the initial weights, also finds the directions.
  void measure_forward(std::size_t a, const AnyMemberWeights& weights, LayerQuantities& result) {
    auto& directions = directions_[a];
    const bool start = directions.empty();
    if (start) {
      directions.push_back(modes_.V);
    }
    Matrix<double> signal = modes_.V;
    for (std::size_t d = 0; d < depths_[a]; ++d) {
      TwoProducts product = multiply(rows_, layer_of(weights, a, d), directions[d], signal);
      normalise_columns(product.second, of_layer(result.forward_gain, a, d));
      signal = std::move(product.second);
      if (d + 1 == depths_[a]) {
        column_products(modes_.U, product.first, std::span(result.p).subspan(a * modes(), modes()));
        break;
      }
      if (start) {
        directions.push_back(orthonormal_directions(product.first));
      }
      column_products(directions[d + 1], product.first, of_layer(result.gain, a, d));
    }
  }

  void measure_backward(std::size_t a, const AnyMemberWeights& weights, LayerQuantities& result) {
    Matrix<double> signal = modes_.U;
    for (std::size_t d = depths_[a]; d-- > 0;) {
      signal = multiply_transposed(rows_, layer_of(weights, a, d), signal);
      normalise_columns(signal, of_layer(result.backward_gain, a, d));
    }
  }

  const Modes& modes_;
  WeightRows rows_;
  std::vector<std::size_t> depths_;
  std::vector<std::vector<Matrix<double>>> directions_;  ///< pathway, d: e_d, N_d x modes
  LayerQuantities initial_;
  std::optional<BalanceWatch> balance_;
};

LayerProbe::LayerProbe(Backend& backend, const AnyMemberWeights& initial, const Modes& modes,
                       Balance balance)
    : impl_(std::make_unique<Impl>(backend, initial, modes, balance)) {}

LayerProbe::~LayerProbe() = default;
LayerProbe::LayerProbe(LayerProbe&&) noexcept = default;
LayerProbe& LayerProbe::operator=(LayerProbe&&) noexcept = default;

const LayerQuantities& LayerProbe::initial() const { return impl_->initial(); }

LayerQuantities LayerProbe::measure(const AnyMemberWeights& weights, Index epoch) {
  return impl_->measure(weights, epoch);
}

}  // namespace polypath
