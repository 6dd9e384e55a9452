#include "polypath/backend/backend.hpp"
#include "polypath/core/linalg.hpp"
#include "polypath/init/initial_weights.hpp"
#include "polypath/train/trainer.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace polypath {
namespace {

/// The initial weights of one member, in host memory: [pathway][layer].
using HostWeights = std::vector<std::vector<Matrix<double>>>;

template <class T>
HostWeights initial(const InitConfig& init, const NetworkShape& shape, Index member = 0) {
  const auto backend = make_backend({BackendKind::cpu, 1});
  HostWeights result;
  MemberWeights<T> target;
  std::vector<Buffer> memory;
  for (const auto& pathway : shape.pathways) {
    target.pathways.emplace_back();
    for (std::size_t d = 1; d < pathway.units.size(); ++d) {
      const Index rows = pathway.units[d];
      const Index columns = pathway.units[d - 1];
      memory.emplace_back(*backend, rows * columns * Index{sizeof(T)});
      target.pathways.back().push_back(
          {{reinterpret_cast<T*>(memory.back().data()), rows, columns, columns}, {}});
    }
  }
  gaussian_weights(init, shape)->write(member, *backend, target);
  for (const auto& pathway : target.pathways) {
    result.emplace_back();
    for (const auto& layer : pathway) {
      result.back().push_back(download_matrix<T>(*backend, layer.weights));
    }
  }
  return result;
}

NetworkShape shape_of(std::vector<std::vector<Index>> units) {
  NetworkShape shape;
  for (auto& pathway : units) {
    shape.pathways.push_back({std::move(pathway)});
  }
  return shape;
}

double root_mean_square(const Matrix<double>& matrix) {
  return frobenius_norm(matrix.view()) /
         std::sqrt(static_cast<double>(matrix.rows() * matrix.columns()));
}

TEST(GaussianWeights, HaveTheStandardDeviationOfTheScheme) {
  InitConfig init;
  init.sigma = 0.03;
  const NetworkShape shape = shape_of({{8, 400, 250, 15}});
  for (const auto scheme : {InitScheme::fixed, InitScheme::scaled}) {
    init.scheme = scheme;
    const auto weights = initial<double>(init, shape);
    for (const auto& matrix : weights[0]) {
      const double expected =
          scheme == InitScheme::fixed ? 0.03 : 0.03 / std::sqrt(static_cast<double>(matrix.rows()));
      // Five standard errors of a root mean square of n normals, 1 / sqrt(2 n).
      const double tolerance =
          5.0 / std::sqrt(2.0 * static_cast<double>(matrix.rows() * matrix.columns()));
      EXPECT_NEAR(root_mean_square(matrix) / expected, 1.0, tolerance);
    }
  }
}

TEST(GaussianWeights, ANarrowNetworkIsACornerOfAWideOne) {
  const InitConfig init;
  const auto wide = initial<float>(init, shape_of({{8, 101, 77, 15}, {8, 101, 77, 15}}));
  const auto narrow = initial<float>(init, shape_of({{8, 13, 9, 15}, {8, 13, 9, 15}}));
  for (std::size_t a = 0; a < 2; ++a) {
    for (std::size_t d = 0; d < 3; ++d) {
      for (Index r = 0; r < narrow[a][d].rows(); ++r) {
        for (Index c = 0; c < narrow[a][d].columns(); ++c) {
          ASSERT_EQ(narrow[a][d](r, c), wide[a][d](r, c));
        }
      }
    }
  }
}

TEST(GaussianWeights, DifferBetweenSeedsPathwaysAndLayers) {
  InitConfig init;
  const NetworkShape shape = shape_of({{20, 20, 20}, {20, 20, 20}});
  const auto first = initial<float>(init, shape, 0);
  const auto second = initial<float>(init, shape, 1);
  EXPECT_NE(first[0][0].elements(), second[0][0].elements());
  EXPECT_NE(first[0][0].elements(), first[1][0].elements());
  EXPECT_NE(first[0][0].elements(), first[0][1].elements());
  init.seed = 2;
  EXPECT_EQ(initial<float>(init, shape, 0)[1][1].elements(), second[1][1].elements());
}

TEST(GaussianWeights, AreTheSameNormalsInBothPrecisions) {
  InitConfig init;
  init.sigma = 1.0;
  const NetworkShape shape = shape_of({{8, 33, 15}});
  EXPECT_EQ(initial<float>(init, shape)[0][0].elements(),
            initial<double>(init, shape)[0][0].elements());
}

/// max |W^T W - gain^2 I| (or W W^T where wider), relative to gain^2.
double distance_from_isometry(const Matrix<double>& weights, double gain) {
  const bool tall = weights.rows() >= weights.columns();
  Matrix<double> gram = tall ? multiply_transposed_left(weights.view(), weights.view())
                             : multiply_transposed_right(weights.view(), weights.view());
  for (Index i = 0; i < gram.rows(); ++i) {
    gram(i, i) -= gain * gain;
  }
  return max_abs(gram.view()) / (gain * gain);
}

TEST(GaussianWeights, OrthogonalLayersAreIsometries) {
  InitConfig init;
  init.scheme = InitScheme::orthogonal;
  init.sigma = 0.02;
  const NetworkShape shape = shape_of({{8, 60, 60, 40, 90, 15}, {8, 15}});
  const auto weights = initial<double>(init, shape);
  for (std::size_t d = 0; d + 1 < weights[0].size(); ++d) {
    const auto& matrix = weights[0][d];
    const auto side = static_cast<double>(std::max(matrix.rows(), matrix.columns()));
    EXPECT_LT(distance_from_isometry(matrix, 0.02 * std::sqrt(side)), 1e-13) << "layer " << d + 1;
  }
  init.scheme = InitScheme::fixed;
  const auto fixed = initial<double>(init, shape);
  EXPECT_EQ(weights[0].back().elements(), fixed[0].back().elements());
  EXPECT_EQ(weights[1][0].elements(), fixed[1][0].elements());
}

}  // namespace
}  // namespace polypath
