#include "polypath/core/linalg.hpp"
#include "polypath/core/sizes.hpp"
#include "polypath/init/initial_weights.hpp"

#include <algorithm>
#include <cmath>

namespace polypath {
namespace {

/// Standard deviation of the entries of layer d (from 1), N_d x N_{d-1}.
double entry_deviation(const InitConfig& init, Index rows) {
  return init.scheme == InitScheme::scaled ? init.sigma / std::sqrt(static_cast<double>(rows))
                                           : init.sigma;
}

/// The matrix with orthonormal columns (or rows) next to a Gaussian one.
Matrix<double> orthonormal_factor(const Matrix<double>& gaussian) {
  if (gaussian.rows() >= gaussian.columns()) {
    return qr_orthonormal(gaussian.view());
  }
  const Matrix<double> tall = transpose(gaussian.view());
  const Matrix<double> factor = qr_orthonormal(tall.view());
  return transpose(factor.view());
}

class GaussianWeights final : public InitialWeights {
 public:
  GaussianWeights(const InitConfig& init, const NetworkShape& shape) : init_(init), shape_(shape) {}

  void write(Index member, Backend& backend, const AnyMemberWeights& target) const override {
    std::visit([&](const auto& weights) { write_pathways(member, backend, weights); }, target);
  }

 private:
  template <class T>
  void write_pathways(Index member, Backend& backend, const MemberWeights<T>& target) const {
    for (std::size_t a = 0; a < target.pathways.size(); ++a) {
      for (std::size_t d = 1; d <= target.pathways[a].size(); ++d) {
        const NormalStream stream{init_.seed + static_cast<std::uint64_t>(member),
                                  static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(d), 0};
        write_layer(backend, stream, d == target.pathways[a].size(),
                    target.pathways[a][d - 1].weights);
      }
    }
  }

  template <class T>
  void write_layer(Backend& backend, const NormalStream& stream, bool last,
                   MatrixView<T> target) const {
    if (init_.scheme == InitScheme::orthogonal && !last) {
      backend.operations(T()).fill_normal(target, stream, T(1));
      Matrix<double> factor = orthonormal_factor(download_matrix<T>(backend, target));
      const double gain =
          init_.sigma * std::sqrt(static_cast<double>(std::max(target.rows, target.columns)));
      for (Index i = 0; i < factor.rows() * factor.columns(); ++i) {
        factor.data()[i] *= gain;
      }
      upload_matrix<T>(backend, factor, target);
    } else {
      backend.operations(T()).fill_normal(target, stream,
                                          static_cast<T>(entry_deviation(init_, target.rows)));
    }
  }

  InitConfig init_;
  NetworkShape shape_;
};

}  // namespace

std::unique_ptr<InitialWeights> gaussian_weights(const InitConfig& init,
                                                 const NetworkShape& shape) {
  return std::make_unique<GaussianWeights>(init, shape);
}

Index initial_weights_bytes(const InitConfig& init, const NetworkShape& shape) {
  if (init.method == InitMethod::file) {
    return size_product(8, shape.weights());
  }
  if (init.method != InitMethod::gaussian || init.scheme != InitScheme::orthogonal) {
    return 0;
  }
  Index largest = 0;
  for (const auto& pathway : shape.pathways) {
    for (std::size_t d = 1; d + 1 < pathway.units.size(); ++d) {
      largest = std::max(largest, size_product(pathway.units[d], pathway.units[d - 1]));
    }
  }
  constexpr Index copies = 3;  // the Gaussian matrix, its factor, and LAPACK's transposed copy
  return size_product(copies, 8, largest);
}

}  // namespace polypath
