#include "frame.hpp"

#include "polypath/core/linalg.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <functional>
#include <numeric>

namespace polypath {
namespace {

constexpr double shortest_residual = 1e-6;

double norm(const std::vector<double>& vector) {
  return std::sqrt(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0));
}

}  // namespace

void Frame::subtract_projection(std::vector<double>& vector) const {
  const MatrixView<const double> column{vector.data(), vectors_.columns(), 1, 1};
  const Matrix<double> components = multiply(vectors(), column);
  const Matrix<double> projection = multiply_transposed_left(vectors(), components.view());
  std::transform(vector.begin(), vector.end(), projection.data(), vector.begin(), std::minus<>());
}

bool Frame::append(const std::vector<double>& candidate) {
  assert(size_ < vectors_.rows());
  assert(static_cast<Index>(candidate.size()) == vectors_.columns());
  std::vector<double> residual = candidate;
  subtract_projection(residual);
  if (!(norm(residual) >= shortest_residual)) {
    return false;
  }
  // A short residual has lost digits; a second pass restores orthogonality to rounding.
  subtract_projection(residual);
  const double length = norm(residual);
  std::transform(residual.begin(), residual.end(), vectors_.view().row(size_),
                 [length](double v) { return v / length; });
  ++size_;
  return true;
}

void Frame::complete() {
  std::vector<double> unit(static_cast<std::size_t>(vectors_.columns()));
  for (std::size_t i = 0; i < unit.size() && size_ < vectors_.rows(); ++i) {
    unit[i] = 1.0;
    append(unit);
    unit[i] = 0.0;
  }
}

}  // namespace polypath
