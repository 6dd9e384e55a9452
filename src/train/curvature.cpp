#include "polypath/train/curvature.hpp"

#include "polypath/core/linalg.hpp"
#include "polypath/train/loss.hpp"

#include "weight_products.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

namespace polypath {
namespace {

using Skinny = Matrix<double>;

void add(Skinny& target, const Skinny& more) {
  std::transform(target.elements().begin(), target.elements().end(), more.data(), target.data(),
                 std::plus<>());
}

void subtract(Skinny& target, const Skinny& less) {
  std::transform(target.elements().begin(), target.elements().end(), less.data(), target.data(),
                 std::minus<>());
}

Skinny entrywise(const Skinny& a, const Skinny& b) {
  Skinny result(a.rows(), a.columns());
  std::transform(a.elements().begin(), a.elements().end(), b.data(), result.data(),
                 std::multiplies<>());
  return result;
}

template <class Function>
Skinny map(const Skinny& a, const Function& function) {
  Skinny result(a.rows(), a.columns());
  std::transform(a.elements().begin(), a.elements().end(), result.data(), function);
  return result;
}

/// An orthonormal basis, one vector a row, of a space that holds the rows of `matrix`.
Skinny row_basis(const Skinny& matrix) {
  if (matrix.rows() < matrix.columns()) {
    return transpose(qr_orthonormal(transpose(matrix.view()).view()).view());
  }
  Skinny all(matrix.columns(), matrix.columns());
  for (Index i = 0; i < matrix.columns(); ++i) {
    all(i, i) = 1.0;
  }
  return all;
}

/// f' in terms of the output.
Skinny slope(const Skinny& output, Activation activation) {
  return map(output, [activation](double y) {
    switch (activation) {
      case Activation::linear:
        return 1.0;
      case Activation::tanh:
        return 1.0 - y * y;
      case Activation::relu:
        break;
    }
    return y > 0.0 ? 1.0 : 0.0;
  });
}

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

}  // namespace

/// Names as in the header: a layer turns A (its inputs) into Z = A W^T + b and f(Z).
class HessianOperator::Impl {
 public:
  Impl(Backend& backend, const AnyMemberWeights& weights, const TrainerSettings& settings,
       const Dataset& data)
      : products_(make_weight_products(backend, weights, data.examples())),
        gradient_(loss_factors(settings.loss, data.examples(), data.outputs()).gradient),
        examples_(data.examples()) {
    lay_out(weights, settings, data);
    find_deltas(find_residual(data));
    number();
  }

  [[nodiscard]] Index size() const { return size_; }
  [[nodiscard]] bool finite() const { return finite_; }
  void project(std::span<double> vector) const;
  void apply(std::span<const double> vector, std::span<double> result);
  [[nodiscard]] Direction direction(std::span<const double> vector) const;

 private:
  struct Layer {
    Activation activation = Activation::linear;
    Index inputs = 0;
    Index outputs = 0;
    bool bias = false;
    Skinny A;       ///< examples x inputs
    Skinny output;  ///< examples x outputs, f(Z)
    Skinny slope;   ///< likewise, f'(Z)
    Skinny delta;   ///< likewise, dLoss/dZ
    Skinny bend;    ///< dLoss/df(Z) f''(Z); empty where f'' = 0
    Skinny Q;       ///< basis of A's rows
    Skinny A_in_Q;  ///< A Q^T
    Skinny P;       ///< basis of delta's rows; none in layer 1, whose A nothing moves
    Skinny delta_in_P;
    Index start = 0;  ///< of its coordinates: X (Q's rows x outputs), Y (P's x inputs), bias
  };
  /// What a vector holds for a layer.
  struct Coordinates {
    Skinny X;
    Skinny Y;
    Skinny bias;  ///< 1 x outputs
  };
  /// How a layer moves along a vector.
  struct Motion {
    Coordinates along;
    Skinny A;
    Skinny Z;
  };
  using Pathway = std::vector<Layer>;

  void lay_out(const AnyMemberWeights& weights, const TrainerSettings& settings,
               const Dataset& data);
  Skinny find_residual(const Dataset& data);
  void find_deltas(const Skinny& residual);
  void number();
  [[nodiscard]] Coordinates read(const Layer& layer, std::span<const double> vector) const;
  static void write(const Layer& layer, const Coordinates& coordinates, std::span<double> vector);
  std::vector<Motion> move_forward(std::size_t a, std::span<const double> vector, Skinny& output);
  void move_back(std::size_t a, const std::vector<Motion>& motions, Skinny output_error,
                 std::span<double> result);
  /// R{delta} from the motion of dLoss/df(Z).
  static Skinny moved_delta(const Layer& layer, const Motion& motion, const Skinny& error);

  std::unique_ptr<WeightProducts> products_;
  double gradient_;
  Index examples_;
  std::vector<Pathway> pathways_;
  Index size_ = 0;
  bool finite_ = true;
};

void HessianOperator::Impl::lay_out(const AnyMemberWeights& weights,
                                    const TrainerSettings& settings, const Dataset& data) {
  std::visit(
      [&](const auto& member) {
        for (const auto& layers : member.pathways) {
          Pathway pathway;
          for (const auto& source : layers) {
            Layer layer;
            const bool active = &source != &layers.back() || settings.activation_after_output;
            layer.activation = active ? settings.activation : Activation::linear;
            layer.inputs = source.weights.columns;
            layer.outputs = source.weights.rows;
            layer.bias = source.bias.columns > 0;
            pathway.push_back(std::move(layer));
          }
          pathway.front().A = data.x;
          pathways_.push_back(std::move(pathway));
        }
      },
      weights);
}

Skinny HessianOperator::Impl::find_residual(const Dataset& data) {
  Skinny residual = map(data.y, std::negate<>());
  for (std::size_t a = 0; a < pathways_.size(); ++a) {
    Pathway& pathway = pathways_[a];
    for (std::size_t d = 0; d < pathway.size(); ++d) {
      Layer& layer = pathway[d];
      layer.A = d == 0 ? data.x : pathway[d - 1].output;
      layer.output = products_->outputs(a, d, layer.A, layer.activation);
      layer.slope = polypath::slope(layer.output, layer.activation);
      if (!std::isfinite(max_abs(layer.output.view()))) {
        finite_ = false;
        return residual;
      }
      layer.Q = row_basis(layer.A);
      layer.A_in_Q = multiply_transposed_right(layer.A.view(), layer.Q.view());
    }
    add(residual, pathway.back().output);
  }
  return residual;
}

void HessianOperator::Impl::find_deltas(const Skinny& residual) {
  if (!finite_) {
    return;
  }
  for (std::size_t a = 0; a < pathways_.size(); ++a) {
    Pathway& pathway = pathways_[a];
    Skinny error = map(residual, [this](double r) { return gradient_ * r; });
    for (std::size_t d = pathway.size(); d-- > 0;) {
      Layer& layer = pathway[d];
      layer.delta = entrywise(error, layer.slope);
      if (layer.activation == Activation::tanh) {  // f'' = -2 f f'
        layer.bend = entrywise(layer.delta, map(layer.output, [](double y) { return -2.0 * y; }));
      }
      layer.output = {};
      if (!std::isfinite(max_abs(layer.delta.view()))) {
        finite_ = false;
        return;
      }
      if (d > 0) {
        layer.P = row_basis(layer.delta);
        layer.delta_in_P = multiply_transposed_right(layer.delta.view(), layer.P.view());
        error = products_->backward(a, d, layer.delta);
      }
    }
  }
}

void HessianOperator::Impl::number() {
  for (auto& pathway : pathways_) {
    for (auto& layer : pathway) {
      layer.start = size_;
      size_ += layer.Q.rows() * layer.outputs + layer.P.rows() * layer.inputs +
               (layer.bias ? layer.outputs : 0);
    }
  }
}

HessianOperator::Impl::Coordinates HessianOperator::Impl::read(
    const Layer& layer, std::span<const double> vector) const {
  const double* next = vector.data() + layer.start;
  const auto take = [&next](Index rows, Index columns) {
    Skinny matrix(rows, columns);
    std::copy_n(next, rows * columns, matrix.data());
    next += rows * columns;
    return matrix;
  };
  Coordinates result;
  result.X = take(layer.Q.rows(), layer.outputs);
  result.Y = take(layer.P.rows(), layer.inputs);
  result.bias = take(1, layer.bias ? layer.outputs : 0);
  return result;
}

void HessianOperator::Impl::write(const Layer& layer, const Coordinates& coordinates,
                                  std::span<double> vector) {
  double* next = vector.data() + layer.start;
  for (const Skinny* matrix : {&coordinates.X, &coordinates.Y, &coordinates.bias}) {
    next = std::copy(matrix->elements().begin(), matrix->elements().end(), next);
  }
}

std::vector<HessianOperator::Impl::Motion> HessianOperator::Impl::move_forward(
    std::size_t a, std::span<const double> vector, Skinny& output) {
  std::vector<Motion> motions;
  Skinny moved;  // R{A}; none of the data
  for (std::size_t d = 0; d < pathways_[a].size(); ++d) {
    const Layer& layer = pathways_[a][d];
    Motion motion;
    motion.along = read(layer, vector);
    motion.A = std::move(moved);
    motion.Z = multiply(layer.A_in_Q.view(), motion.along.X.view());
    if (d > 0) {
      add(motion.Z, products_->forward(a, d, motion.A));
    }
    for (Index p = 0; p < examples_ && layer.bias; ++p) {
      for (Index i = 0; i < layer.outputs; ++i) {
        motion.Z(p, i) += motion.along.bias(0, i);
      }
    }
    moved = entrywise(layer.slope, motion.Z);
    motions.push_back(std::move(motion));
  }
  add(output, moved);
  return motions;
}

Skinny HessianOperator::Impl::moved_delta(const Layer& layer, const Motion& motion,
                                          const Skinny& error) {
  Skinny result = entrywise(error, layer.slope);
  if (!layer.bend.empty()) {
    add(result, entrywise(layer.bend, motion.Z));
  }
  return result;
}

void HessianOperator::Impl::move_back(std::size_t a, const std::vector<Motion>& motions,
                                      Skinny error, std::span<double> result) {
  for (std::size_t d = motions.size(); d-- > 0;) {
    const Layer& layer = pathways_[a][d];
    const Motion& motion = motions[d];
    const Skinny delta = moved_delta(layer, motion, error);
    Coordinates out;
    out.X = multiply_transposed_left(layer.A_in_Q.view(), delta.view());
    if (layer.bias) {
      out.bias = Skinny(1, layer.outputs);
      for (Index p = 0; p < examples_; ++p) {
        for (Index i = 0; i < layer.outputs; ++i) {
          out.bias(0, i) += delta(p, i);
        }
      }
    }
    if (d > 0) {
      const Skinny moved_in_Q = multiply_transposed_right(motion.A.view(), layer.Q.view());
      add(out.X, multiply_transposed_left(moved_in_Q.view(), layer.delta.view()));
      Skinny outside = motion.A;
      subtract(outside, multiply(moved_in_Q.view(), layer.Q.view()));
      out.Y = multiply_transposed_left(layer.delta_in_P.view(), outside.view());
      error = products_->backward(a, d, delta);
      const Skinny delta_X = multiply_transposed_right(layer.delta.view(), motion.along.X.view());
      add(error, multiply(delta_X.view(), layer.Q.view()));
      add(error, multiply(layer.delta_in_P.view(), motion.along.Y.view()));
    }
    write(layer, out, result);
  }
}

void HessianOperator::Impl::apply(std::span<const double> vector, std::span<double> result) {
  Skinny output(examples_, pathways_.front().back().outputs);
  std::vector<std::vector<Motion>> motions;
  for (std::size_t a = 0; a < pathways_.size(); ++a) {
    motions.push_back(move_forward(a, vector, output));
  }
  const Skinny error = map(output, [this](double moved) { return gradient_ * moved; });
  for (std::size_t a = 0; a < pathways_.size(); ++a) {
    move_back(a, motions[a], error, result);
  }
}

void HessianOperator::Impl::project(std::span<double> vector) const {
  for (const auto& pathway : pathways_) {
    for (const auto& layer : pathway) {
      Coordinates at = read(layer, vector);
      if (!at.Y.empty()) {
        const Skinny in_Q = multiply_transposed_right(at.Y.view(), layer.Q.view());
        subtract(at.Y, multiply(in_Q.view(), layer.Q.view()));
        write(layer, at, vector);
      }
    }
  }
}

HessianOperator::Direction HessianOperator::Impl::direction(std::span<const double> vector) const {
  Direction result;
  for (const auto& pathway : pathways_) {
    result.weights.emplace_back();
    result.biases.emplace_back();
    for (const auto& layer : pathway) {
      Coordinates at = read(layer, vector);
      Skinny W = multiply_transposed_left(at.X.view(), layer.Q.view());
      if (!at.Y.empty()) {
        add(W, multiply_transposed_left(layer.P.view(), at.Y.view()));
      }
      result.weights.back().push_back(std::move(W));
      result.biases.back().push_back(std::move(at.bias));
    }
  }
  return result;
}

HessianOperator::HessianOperator(Backend& backend, const AnyMemberWeights& weights,
                                 const TrainerSettings& settings, const Dataset& data)
    : impl_(std::make_unique<Impl>(backend, weights, settings, data)) {}
HessianOperator::~HessianOperator() = default;
HessianOperator::HessianOperator(HessianOperator&&) noexcept = default;
HessianOperator& HessianOperator::operator=(HessianOperator&&) noexcept = default;

Index HessianOperator::size() const { return impl_->size(); }
bool HessianOperator::finite() const { return impl_->finite(); }
void HessianOperator::project(std::span<double> vector) const { impl_->project(vector); }
void HessianOperator::apply(std::span<const double> vector, std::span<double> result) {
  impl_->apply(vector, result);
}
HessianOperator::Direction HessianOperator::direction(std::span<const double> vector) const {
  return impl_->direction(vector);
}

namespace {

/// The largest eigenvalue of the tridiagonal matrix, the size of the largest of either sign, and
/// how far the former is from one of the operator's: beta_k times the last entry of its vector.
struct RitzValue {
  double largest = 0.0;
  double size = 0.0;
  double residual = 0.0;
};

RitzValue ritz_value(const std::vector<double>& alpha, const std::vector<double>& beta) {
  const auto steps = static_cast<Index>(alpha.size());
  Matrix<double> tridiagonal(steps, steps);
  for (Index i = 0; i < steps; ++i) {
    tridiagonal(i, i) = alpha[static_cast<std::size_t>(i)];
    if (i + 1 < steps) {
      tridiagonal(i, i + 1) = tridiagonal(i + 1, i) = beta[static_cast<std::size_t>(i)];
    }
  }
  const SymmetricEigen eigen = symmetric_eigen(tridiagonal.view());
  return {eigen.values.front(),
          std::max(std::abs(eigen.values.front()), std::abs(eigen.values.back())),
          beta.back() * std::abs(eigen.vectors(steps - 1, 0))};
}

}  // namespace

double largest_eigenvalue(
    std::vector<double> start,
    const std::function<void(std::span<const double>, std::span<double>)>& apply) {
  constexpr double accuracy = 1e-3;
  constexpr std::size_t most_steps = 500;
  constexpr std::size_t looked_at_each = 20;
  const double length = std::sqrt(dot(start, start));
  if (length == 0.0) {
    return 0.0;
  }
  std::vector<double> now = std::move(start);
  std::transform(now.begin(), now.end(), now.begin(), [&](double v) { return v / length; });
  std::vector<double> before(now.size());
  std::vector<double> next(now.size());
  std::vector<double> alpha;
  std::vector<double> beta;
  while (alpha.size() < most_steps) {
    apply(now, next);
    const double last = beta.empty() ? 0.0 : beta.back();
    alpha.push_back(dot(now, next));
    for (std::size_t i = 0; i < next.size(); ++i) {
      next[i] -= alpha.back() * now[i] + last * before[i];
    }
    beta.push_back(std::sqrt(dot(next, next)));
    if (!std::isfinite(alpha.back()) || !std::isfinite(beta.back())) {
      break;
    }
    if (alpha.size() <= looked_at_each || alpha.size() % 5 == 0 || beta.back() == 0.0) {
      const RitzValue ritz = ritz_value(alpha, beta);
      const double wanted = std::max(ritz.largest, accuracy * ritz.size);
      if (ritz.residual <= accuracy * wanted) {
        return ritz.largest;
      }
    }
    std::swap(before, now);
    std::transform(next.begin(), next.end(), now.begin(),
                   [&](double v) { return v / beta.back(); });
  }
  return std::numeric_limits<double>::quiet_NaN();
}

double largest_hessian_eigenvalue(Backend& backend, const AnyMemberWeights& weights,
                                  const TrainerSettings& settings, const Dataset& data) {
  HessianOperator hessian(backend, weights, settings, data);
  if (!hessian.finite()) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  std::vector<double> start(static_cast<std::size_t>(hessian.size()));
  std::mt19937_64 bits(1);
  std::generate(start.begin(), start.end(),
                [&] { return static_cast<double>(bits() >> 11U) * 0x1p-53 - 0.5; });
  hessian.project(start);
  return largest_eigenvalue(std::move(start),
                            [&](std::span<const double> vector, std::span<double> result) {
                              hessian.apply(vector, result);
                            });
}

}  // namespace polypath
