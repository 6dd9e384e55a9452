#include "unit/init/reduction_cases.hpp"

#include <gtest/gtest.h>

namespace polypath::testing {
namespace {

struct EstimateCase {
  const char* name;
  std::vector<Index> depths;
  Index width;
  Index epochs;
  double tolerance;
};

/// A test's name and not its bytes.
void PrintTo(const EstimateCase& one, std::ostream* stream) { *stream << one.name; }

class ReductionEstimate : public ::testing::TestWithParam<EstimateCase> {};

TEST_P(ReductionEstimate, IsMetAndNeverFarBelowTheError) {
  const Task task;
  const auto& asked = GetParam();
  const ReductionCase one = equal_widths(asked.depths, asked.width, asked.epochs);
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const ReductionProblem problem = one.problem(task, seed);
    const ReducedNetwork network = reduce(problem, tolerance_of(asked.tolerance));
    const double error =
        trajectory_error(train_narrow(problem, network), train_full(problem), task.modes);
    EXPECT_LE(error, asked.tolerance) << "seed " << seed;
    EXPECT_GE(network.estimate, error / 3.0) << "seed " << seed;
    EXPECT_LE(network.estimate, asked.tolerance) << "seed " << seed;
    const Index sweeps = network.iterations;  // none where depth 2 is exact from the start
    EXPECT_EQ(network.passes, sweeps > 0 ? 2 * (sweeps + 1) : 0) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Seeds, ReductionEstimate,
    ::testing::Values(EstimateCase{"depth2", {2, 2}, 120, 200, 1e-3},
                      EstimateCase{"depth3", {3, 3}, 150, 710, 1e-3},
                      EstimateCase{"depth3_tight", {3, 3}, 150, 710, 1e-5},
                      EstimateCase{"depth4", {4, 4}, 150, 860, 1e-3},
                      EstimateCase{"three_pathways", {3, 3, 3}, 120, 710, 1e-3},
                      EstimateCase{"unequal_depths", {2, 3, 4}, 120, 860, 1e-3}),
    [](const auto& param_info) { return std::string(param_info.param.name); });

}  // namespace
}  // namespace polypath::testing
