// The reference backend on numbers that can be checked by hand.
#include "polypath/core/error.hpp"

#include "src/backend/reference/reference_backend.hpp"

#include <cmath>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath {
namespace {

using ::testing::ElementsAre;
using Values = std::vector<double>;

/// Host memory is the reference's memory, so vectors serve as operands.
class ReferenceTest : public ::testing::Test {
 protected:
  static BatchView<double> batch(Values& values, Index rows, Index columns, Index count = 1) {
    return {values.data(), rows, columns, columns, count, rows * columns};
  }

  std::unique_ptr<Backend> backend_ = make_reference_backend();
  Operations<double>& operations_ = backend_->operations(0.0);
  Values weights_ = {1, 2, 3, 4};  // rows (1 2), (3 4)
  Values none_;
};

TEST_F(ReferenceTest, RefusesFloat32) {
  try {
    static_cast<void>(backend_->operations(0.0F));
    FAIL() << "the reference has no float32";
  } catch (const BackendUnavailable& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("float64 only"));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("set train.precision"));
  }
}

TEST_F(ReferenceTest, ForwardAddsBiasThenActivates) {
  Values input = {1, 1, -1, 0};
  Values bias = {0.5, -10};
  Values output(4);
  operations_.forward(batch(weights_, 2, 2), {}, batch(input, 2, 2), batch(bias, 1, 2),
                      Activation::linear, batch(output, 2, 2));
  EXPECT_THAT(output, ElementsAre(3.5, -3, -0.5, -13));
  operations_.forward(batch(weights_, 2, 2), {}, batch(input, 2, 2), batch(bias, 1, 2),
                      Activation::relu, batch(output, 2, 2));
  EXPECT_THAT(output, ElementsAre(3.5, 0, 0, 0));
  operations_.forward(batch(weights_, 2, 2), {}, batch(input, 2, 2), batch(none_, 1, 0),
                      Activation::tanh, batch(output, 2, 2));
  EXPECT_THAT(output,
              ElementsAre(std::tanh(3.0), std::tanh(7.0), std::tanh(-1.0), std::tanh(-3.0)));
}

TEST_F(ReferenceTest, PendingUpdatesCountAsWeights) {
  Values left = {1, 0};   // one epoch: delta of the two outputs
  Values right = {2, 4};  // and the input that made it
  const LowRank<double> pending{batch(left, 1, 2), batch(right, 1, 2), -0.5, {}};
  Values input = {1, 1};
  Values output(2);  // effective weights (0 0), (3 4)
  operations_.forward(batch(weights_, 2, 2), pending, batch(input, 1, 2), batch(none_, 1, 0),
                      Activation::linear, batch(output, 1, 2));
  EXPECT_THAT(output, ElementsAre(0, 7));
  Values delta = {1, 10};
  Values input_delta(2);
  operations_.backward(batch(weights_, 2, 2), pending, batch(delta, 1, 2), batch(input, 1, 2),
                       Activation::linear, batch(input_delta, 1, 2));
  EXPECT_THAT(input_delta, ElementsAre(30, 40));
  operations_.update(batch(weights_, 2, 2), pending);
  EXPECT_THAT(weights_, ElementsAre(0, 0, 3, 4));
}

TEST_F(ReferenceTest, BackwardMultipliesByTheSlopeAtTheInput) {
  Values delta = {1, 10};
  Values input = {0.5, -0.5};
  Values input_delta(2);  // delta W = (31, 42)
  operations_.backward(batch(weights_, 2, 2), {}, batch(delta, 1, 2), batch(input, 1, 2),
                       Activation::tanh, batch(input_delta, 1, 2));
  EXPECT_THAT(input_delta, ElementsAre(31 * 0.75, 42 * 0.75));
  operations_.backward(batch(weights_, 2, 2), {}, batch(delta, 1, 2), batch(input, 1, 2),
                       Activation::relu, batch(input_delta, 1, 2));
  EXPECT_THAT(input_delta, ElementsAre(31, 0));
}

TEST_F(ReferenceTest, BackwardUpdateReadsTheWeightsBeforeItChangesThem) {
  Values delta = {1, 10};
  Values input = {2, 1};
  Values input_delta(2);
  operations_.backward_update(batch(weights_, 2, 2), batch(delta, 1, 2), batch(input, 1, 2),
                              Activation::linear, -1.0, batch(input_delta, 1, 2));
  EXPECT_THAT(input_delta, ElementsAre(31, 42));
  EXPECT_THAT(weights_, ElementsAre(1 - 2, 2 - 1, 3 - 20, 4 - 10));
}

TEST_F(ReferenceTest, UpdateBiasSumsOverExamples) {
  Values bias = {1, 2};
  Values delta = {1, 10, 2, 20, 3, 30};
  operations_.update_bias(batch(bias, 1, 2), batch(delta, 3, 2), -0.5);
  EXPECT_THAT(bias, ElementsAre(1 - 3, 2 - 30));
}

TEST_F(ReferenceTest, ResidualSumsThePathwaysOfAllGroups) {
  Values first = {1, 2, 3, 4};  // two members, two pathways, one example and output
  Values second = {10, 20};     // two members, one pathway
  Values target = {5};
  Values residual(2);
  Values loss(2);
  Values limit = {1e3, 2e2};
  std::vector<Index> stopped = {-1, -1};
  Index epoch = 7;
  const std::vector<BatchView<const double>> outputs = {batch(first, 1, 1, 4),
                                                        batch(second, 1, 1, 2)};
  operations_.residual(outputs, {target.data(), 1, 1, 1, 2, 0}, 0.5, batch(residual, 1, 1, 2),
                       {loss.data(), limit.data(), stopped.data(), &epoch});
  EXPECT_THAT(residual, ElementsAre(1 + 2 + 10 - 5, 3 + 4 + 20 - 5));
  EXPECT_THAT(loss, ElementsAre(32, 242));
  EXPECT_THAT(stopped, ElementsAre(-1, 7));
  EXPECT_EQ(epoch, 8);
}

TEST_F(ReferenceTest, OutputDeltaGivesEveryPathwayItsMembersResidual) {
  Values residual = {1, -2};
  Values output = {0.5, -0.5, 0, 2};  // two members, two pathways
  Values delta(4);
  operations_.output_delta(batch(residual, 1, 1, 2), batch(output, 1, 1, 4), Activation::relu, 2.0,
                           batch(delta, 1, 1, 4));
  EXPECT_THAT(delta, ElementsAre(2, 0, 0, -4));
}

TEST_F(ReferenceTest, ProjectSplitsTheResponseIntoModesAndRest) {
  Values output = {1, 2, 3, 4, 5, 6};  // two examples, three outputs; x is the identity
  Values U = {1, 0, 0};                // one mode: the first output, the second input
  Values V = {0, 1};
  Values pseudo_x = {1, 0, 0, 1};
  Values Q = {0, 1};
  double K = 0.0;
  double outside = 0.0;
  operations_.project(
      batch(output, 2, 3),
      {{U.data(), 3, 1, 1}, {V.data(), 2, 1, 1}, {pseudo_x.data(), 2, 2, 2}, {Q.data(), 2, 1, 1}},
      &K, &outside);
  EXPECT_EQ(K, 4);  // output 1 of example 2
  EXPECT_DOUBLE_EQ(outside, std::sqrt(1 + 4 + 9 + 25 + 36));
}

}  // namespace
}  // namespace polypath
