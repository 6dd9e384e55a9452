// The closed form of the edge of stability against the Hessian of networks that are at the solution
// it speaks of, and what is foreseen of a run.
#include "polypath/analysis/foresight.hpp"

#include "polypath/core/linalg.hpp"
#include "polypath/train/curvature.hpp"
#include "polypath/train/loss.hpp"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace polypath::analysis {
namespace {

Matrix<double> random_matrix(Index rows, Index columns, std::uint64_t seed) {
  std::mt19937_64 bits(seed);
  Matrix<double> result(rows, columns);
  for (Index i = 0; i < rows * columns; ++i) {
    result.data()[i] = static_cast<double>(bits() >> 11U) * 0x1p-53 - 0.5;
  }
  return result;
}

/// A network of width 8 whose pathway `winner` alone is the map y = M x, in balanced layers.
double curvature_at_solution(const Dataset& data, const Modes& modes,
                             const std::vector<Index>& depths, std::size_t winner, Loss loss) {
  constexpr Index width = 8;
  Config config;
  config.train.loss = loss;
  config.network.pathways.clear();
  for (const Index depth : depths) {
    config.network.pathways.push_back(
        {std::vector<Index>(static_cast<std::size_t>(depth - 1), width)});
  }
  const NetworkShape shape = network_shape(config.network, data.inputs(), data.outputs());
  const ArenaRequest request{
      shape, data.examples(), static_cast<Index>(modes.S.size()), 1, Precision::float64, false, 1};
  const auto backend = make_backend({BackendKind::cpu, 1});
  const TrainerSettings settings = trainer_settings(config, request);
  const auto trainer = make_trainer(*backend, settings, data, modes);
  const AnyMemberWeights weights = trainer->weights(0);
  const ThinSvd map =
      thin_svd(multiply_transposed_left(data.y.view(), modes.pseudo_x.view()).view());
  const Index depth = depths[winner];
  for (Index d = 1; d <= depth; ++d) {
    const auto& layer = std::get<MemberWeights<double>>(weights)
                            .pathways[winner][static_cast<std::size_t>(d - 1)]
                            .weights;
    Matrix<double> W(layer.rows, layer.columns);
    for (Index b = 0; b < static_cast<Index>(map.S.size()); ++b) {
      const double root =
          std::pow(map.S[static_cast<std::size_t>(b)], 1.0 / static_cast<double>(depth));
      for (Index r = 0; r < W.rows(); ++r) {
        for (Index c = 0; c < W.columns(); ++c) {
          const double left = d == depth ? map.U(r, b) : static_cast<double>(r == b);
          const double right = d == 1 ? map.V(c, b) : static_cast<double>(c == b);
          W(r, c) += left * root * right;
        }
      }
    }
    upload_matrix<double>(*backend, W, layer);
  }
  return largest_hessian_eigenvalue(*backend, weights, settings, data);
}

/// y = M x for random M; x white or not, inputs that no mode sees among them.
Dataset solvable(bool white) {
  Dataset data;
  data.x = random_matrix(9, 5, 1);
  if (white) {
    data.x = qr_orthonormal(data.x.view());
  } else {
    for (Index p = 0; p < 9; ++p) {
      data.x(p, 4) *= 3.0;  // the input of most variance is one that no mode sees
    }
  }
  Matrix<double> M = random_matrix(3, 5, 2);
  for (Index o = 0; o < 3; ++o) {
    M(o, 4) = 0.0;
  }
  data.y = multiply_transposed_right(data.x.view(), M.view());
  return data;
}

class ClosedForm : public ::testing::TestWithParam<std::tuple<bool, std::vector<Index>, Loss>> {};

TEST_P(ClosedForm, IsTheSharpestSingleWinner) {
  const auto& [white, depths, loss] = GetParam();
  const Dataset data = solvable(white);
  const Modes modes = find_modes(data, CorrelationKind::sum);
  double sharpest = 0.0;
  for (std::size_t winner = 0; winner < depths.size(); ++winner) {
    sharpest = std::max(sharpest, curvature_at_solution(data, modes, depths, winner, loss));
  }
  const double c = loss_factors(loss, data.examples(), data.outputs()).gradient;
  // Both are found to a thousandth.
  EXPECT_NEAR(c * single_winner_curvature(data, modes, depths), sharpest, 2e-3 * sharpest);
}

INSTANTIATE_TEST_SUITE_P(
    Everything, ClosedForm,
    ::testing::Combine(::testing::Bool(),
                       ::testing::Values(std::vector<Index>{2, 2}, std::vector<Index>{3, 3},
                                         std::vector<Index>{7, 7}, std::vector<Index>{2, 4},
                                         std::vector<Index>{1, 3}, std::vector<Index>{1, 1, 1}),
                       ::testing::Values(Loss::sum_squares, Loss::mean_squares)));

TEST(Foresight, WhiteInputsLeaveTheLargestTarget) {
  const Dataset data = hierarchy_dataset(5, 2);
  const Modes modes = find_modes(data, CorrelationKind::sum);
  for (const Index depth : {1, 2, 3, 7}) {
    const auto D = static_cast<double>(depth);
    const double expected =
        depth == 1 ? 2.0 : D * std::pow(modes.S.front(), 2.0 - 2.0 / D);  // both layers of depth 1
    EXPECT_NEAR(single_winner_curvature(data, modes, {depth, depth}), expected, 1e-3 * expected);
  }
}

Config figure_config(double learning_rate) {
  Config config;
  config.network.pathways.assign(2, {std::vector<Index>(6, 100)});
  config.init.sigma = 0.0316;
  config.train.learning_rate = learning_rate;
  config.train.epochs = 2000;
  return config;
}

Foresight foresee_hierarchy(const Config& config, Index levels) {
  const Dataset data = hierarchy_dataset(levels, 2);
  return foresee(config, data, find_modes(data, CorrelationKind::sum));
}

TEST(Foresight, ADefaultRateBeyondTheEdgeIsSeen) {
  // s_1^2 = 31 with five levels: edge 2 / (2 * 7 * 31^(6/7)) = 0.00753.
  const EdgeForecast beyond = foresee_hierarchy(figure_config(0.01), 5).edge;
  EXPECT_NEAR(beyond.ratio, 7.0 * 0.01 * std::pow(31.0, 6.0 / 7.0), 1e-3 * beyond.ratio);
  EXPECT_TRUE(beyond.near());
  EXPECT_FALSE(foresee_hierarchy(figure_config(0.0025), 5).edge.near());
  // The published task has 15, and its default rate is within.
  EXPECT_NEAR(foresee_hierarchy(figure_config(0.01), 4).edge.ratio, 0.71, 0.005);
}

TEST(Foresight, WhereNoClosedFormHoldsItSaysWhy) {
  Config config = figure_config(0.01);
  config.network.activation = Activation::tanh;
  EXPECT_EQ(foresee_hierarchy(config, 4).edge.unknown, "network.activation = \"tanh\"");
  EXPECT_TRUE(std::isnan(foresee_hierarchy(config, 4).edge.ratio));
  EXPECT_FALSE(foresee_hierarchy(config, 4).edge.near());
  config = figure_config(0.01);
  config.network.bias = true;
  EXPECT_EQ(foresee_hierarchy(config, 4).edge.unknown, "network.bias = true");
  config = figure_config(0.01);
  config.init.sigma = 0.2;  // gains of 2
  EXPECT_EQ(foresee_hierarchy(config, 4).edge.unknown, "an initial gain of 2 is not small");
}

TEST(Foresight, PlateausThatCannotEndAreSeen) {
  Config config = figure_config(0.01);
  config.init.sigma = 0.01;
  config.train.epochs = 20000;
  const Foresight linear = foresee_hierarchy(config, 4);
  ASSERT_EQ(linear.late.size(), 8U);
  EXPECT_NEAR(linear.late.front().escape_epoch, 3.5e5, 0.05e5);
  EXPECT_NEAR(linear.late.back().escape_epoch, 1.4e6, 0.05e6);
  EXPECT_NE(late_modes_text(linear, 20000).find("modes 1 to 8 will not be learned"),
            std::string::npos);
  config.network.activation = Activation::tanh;  // linear to first order
  EXPECT_EQ(foresee_hierarchy(config, 4).late.size(), 8U);
  config.network.bias = true;  // biases need no plateau
  EXPECT_TRUE(foresee_hierarchy(config, 4).late.empty());
  config = figure_config(0.01);  // modes 5 to 8: about epoch 4300
  EXPECT_EQ(foresee_hierarchy(config, 4).late.size(), 4U);
  config.train.epochs = 8000;
  EXPECT_TRUE(foresee_hierarchy(config, 4).late.empty());
  EXPECT_EQ(late_modes_text(foresee_hierarchy(config, 4), 8000), "");
}

}  // namespace
}  // namespace polypath::analysis
