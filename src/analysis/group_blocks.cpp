#include "polypath/analysis/group_blocks.hpp"

#include "polypath/analysis/measures.hpp"
#include "polypath/core/linalg.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace polypath::analysis {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

Matrix<double> product(const Matrix<double>& a, const Matrix<double>& b) {
  return multiply(a.view(), b.view());
}

/// `to` + factor `other`, of equal shape.
void add(Matrix<double>& to, const Matrix<double>& other, double factor = 1) {
  double* entry = to.data();
  for (const double value : other.elements()) {
    *entry++ += factor * value;
  }
}

Matrix<double> symmetric_part(MatrixView<const double> matrix) {
  Matrix<double> result(matrix.rows, matrix.rows);
  for (Index r = 0; r < matrix.rows; ++r) {
    for (Index c = 0; c < matrix.rows; ++c) {
      result(r, c) = (matrix(r, c) + matrix(c, r)) / 2;
    }
  }
  return result;
}

Matrix<double> identity(Index side, double factor) {
  Matrix<double> result(side, side);
  for (Index i = 0; i < side; ++i) {
    result(i, i) = factor;
  }
  return result;
}

double trace(const Matrix<double>& matrix) {
  double sum = 0;
  for (Index i = 0; i < matrix.rows(); ++i) {
    sum += matrix(i, i);
  }
  return sum;
}

/// R^-1/2 of a positive definite R.
Matrix<double> inverse_root(const Matrix<double>& R) {
  const SymmetricEigen eigen = symmetric_eigen(R.view());
  Matrix<double> scaled = eigen.vectors;
  for (Index r = 0; r < R.rows(); ++r) {
    for (Index c = 0; c < R.rows(); ++c) {
      const double value =
          std::max(eigen.values[static_cast<std::size_t>(c)], std::numeric_limits<double>::min());
      scaled(r, c) /= std::sqrt(value);
    }
  }
  return multiply_transposed_right(scaled.view(), eigen.vectors.view());
}

/// max sum_a tr(E_a P_a) over E_a >= 0, sum_a E_a = 1, for positive definite P_a: the measurement
/// that tells states apart best, by the iteration of Jezek, Rehacek and Fiurasek (2002), which
/// never lowers the sum. With Z = sum_a P_a E_a, Z + excess is an upper bound where it is not below
/// any P_a, which tells how far the end is. To `accuracy`; NaN when that is not reached.
class BestDivision {
 public:
  explicit BestDivision(std::vector<Matrix<double>> P)
      : P_(std::move(P)), E_(P_.size(), identity(side(), 1 / static_cast<double>(P_.size()))) {}

  [[nodiscard]] double find(double accuracy) {
    constexpr int patience = 20000;
    for (int i = 0; i < patience; ++i) {
      const Matrix<double> Z = held();
      if (excess(Z) * static_cast<double>(side()) <= accuracy) {
        return trace(Z);
      }
      improve();
    }
    return undefined;
  }

 private:
  [[nodiscard]] Index side() const { return P_.front().rows(); }

  [[nodiscard]] Matrix<double> held() const {
    Matrix<double> Z(side(), side());
    for (std::size_t a = 0; a < P_.size(); ++a) {
      add(Z, product(P_[a], E_[a]));
    }
    return symmetric_part(Z.view());
  }
  /// By how much some P_a is above Z in some direction.
  [[nodiscard]] double excess(const Matrix<double>& Z) const {
    double most = 0;
    for (const auto& P : P_) {
      Matrix<double> above = P;
      add(above, Z, -1);
      most = std::max(most, symmetric_eigen(above.view()).values.front());
    }
    return most;
  }
  void improve() {
    Matrix<double> R(side(), side());
    for (std::size_t a = 0; a < P_.size(); ++a) {
      E_[a] = product(product(P_[a], E_[a]), P_[a]);
      add(R, E_[a]);
    }
    const Matrix<double> G = inverse_root(symmetric_part(R.view()));
    for (auto& E : E_) {
      E = symmetric_part(product(product(G, E), G).view());
    }
  }

  std::vector<Matrix<double>> P_;
  std::vector<Matrix<double>> E_;
};

/// max sum_a tr(E_a B_a) / tr A of blocks that add up to A, to 1e-6.
double best_held(const std::vector<Matrix<double>>& blocks, double whole) {
  double lowest = 0;
  for (const auto& block : blocks) {
    lowest = std::min(lowest, symmetric_eigen(block.view()).values.back());
  }
  // As much more in every pathway changes the sum by what it adds, and the division not at all; it
  // makes the blocks positive definite.
  const auto side = blocks.front().rows();
  const double raised = 1e-3 * whole / static_cast<double>(side) - lowest;
  std::vector<Matrix<double>> positive = blocks;
  for (auto& block : positive) {
    add(block, identity(side, raised));
  }
  constexpr double accuracy = 1e-6;
  const double held = BestDivision(std::move(positive)).find(accuracy * whole);
  return (held - raised * static_cast<double>(side)) / whole;
}

}  // namespace

GroupBlocks::GroupBlocks(const std::vector<MatrixView<const double>>& blocks, double target)
    : least_learned_(undefined) {
  if (blocks.empty() || !(target > 0)) {
    return;
  }
  Matrix<double> total = symmetric_part(blocks.front());
  for (std::size_t a = 1; a < blocks.size(); ++a) {
    add(total, symmetric_part(blocks[a]));
  }
  const SymmetricEigen eigen = symmetric_eigen(total.view());
  least_learned_ = eigen.values.back() / target;
  std::copy_if(eigen.values.begin(), eigen.values.end(), std::back_inserter(strengths_),
               [&](double value) { return value >= share_from * target; });
  Matrix<double> Q(total.rows(), learned());
  for (Index r = 0; r < total.rows(); ++r) {
    std::copy_n(eigen.vectors.view().row(r), learned(), Q.view().row(r));
  }
  for (const auto& block : blocks) {
    const Matrix<double> symmetric = symmetric_part(block);
    blocks_.push_back(
        symmetric_part(product(multiply_transposed_left(Q.view(), symmetric.view()), Q).view()));
  }
}

std::vector<double> GroupBlocks::shares(Index pathway) const {
  if (learned() == 0) {
    return {};
  }
  Matrix<double> scaled = blocks_[static_cast<std::size_t>(pathway)];
  for (Index r = 0; r < learned(); ++r) {
    for (Index c = 0; c < learned(); ++c) {
      scaled(r, c) /= std::sqrt(strengths_[static_cast<std::size_t>(r)] *
                                strengths_[static_cast<std::size_t>(c)]);
    }
  }
  return symmetric_eigen(scaled.view()).values;
}

double GroupBlocks::split() const {
  const auto count = static_cast<double>(blocks_.size());
  if (learned() == 0 || blocks_.size() < 2) {
    return undefined;
  }
  const double whole = std::accumulate(strengths_.begin(), strengths_.end(), 0.0);
  if (blocks_.size() == 2) {
    Matrix<double> difference = blocks_[0];
    add(difference, blocks_[1], -1);
    const auto values = symmetric_eigen(difference.view()).values;
    return std::accumulate(values.begin(), values.end(), 0.0,
                           [](double sum, double value) { return sum + std::abs(value); }) /
           whole;
  }
  return (count * best_held(blocks_, whole) - 1) / (count - 1);
}

}  // namespace polypath::analysis
