#include "unit/init/kolmogorov_smirnov.hpp"
#include "unit/init/reduction_cases.hpp"

#include <cstdlib>
#include <map>
#include <string>

#include <gtest/gtest.h>

namespace polypath::testing {
namespace {

/// The figure's learning rate doubled, and the epochs by which every mode has escaped.
struct LawCase {
  Index depth;
  Index width;
  Index epochs;
};

void PrintTo(const LawCase& one, std::ostream* stream) {
  *stream << "depth " << one.depth << ", width " << one.width;
}

/// Per statistic one value a member.
using Statistics = std::map<std::string, std::vector<double>>;

double mode_entry(const std::vector<double>& K, std::size_t pathway, std::size_t mode) {
  return K[pathway * 64 + mode * 9];
}

double escape_epoch(const KHistory& history, std::size_t mode, double target) {
  double before = 0.0;
  for (std::size_t r = 0; r < history.K.size(); ++r) {
    const double now = mode_entry(history.K[r], 0, mode) + mode_entry(history.K[r], 1, mode);
    if (now > target / 2) {
      const double part = r > 0 ? (target / 2 - before) / (now - before) : 0.0;
      return static_cast<double>(r) - 1.0 + part;
    }
    before = now;
  }
  return static_cast<double>(history.K.size());
}

void add_member(const KHistory& history, const Modes& modes, Statistics& statistics) {
  const auto& last = history.K.back();
  for (const std::size_t mode : {0U, 1U, 7U}) {
    const double target = modes.S[mode];
    const std::string name = std::to_string(mode + 1);
    statistics["dominance of mode " + name].push_back(
        (mode_entry(last, 0, mode) - mode_entry(last, 1, mode)) / target);
    statistics["escape of mode " + name].push_back(escape_epoch(history, mode, target));
    statistics["K(0) of mode " + name].push_back(mode_entry(history.K.front(), 0, mode));
  }
  statistics["size of the dominance of mode 1"].push_back(
      std::abs(statistics["dominance of mode 1"].back()));
}

void compare_laws(const LawCase& asked, std::uint64_t members) {
  const Task task;
  ReductionCase one = equal_widths({asked.depth, asked.depth}, asked.width, asked.epochs);
  one.train.learning_rate = 0.02;
  Statistics full;
  Statistics sampled;
  for (std::uint64_t member = 0; member < members; ++member) {
    const ReductionProblem problem = one.problem(task, 1000 + member);
    add_member(train_full(problem, 1), task.modes, full);
    const ReducedNetwork network = reduce(problem, tolerance_of(2e-2, WideWeights::sampled));
    add_member(train_narrow(problem, network, 1), task.modes, sampled);
  }
  for (const auto& [name, values] : full) {
    EXPECT_GT(ks_probability(values, sampled[name]), 1e-3) << name;
  }
}

class SampledLaw : public ::testing::TestWithParam<LawCase> {};

TEST_P(SampledLaw, IsThatOfTheFullNetwork) { compare_laws(GetParam(), 200); }

TEST_P(SampledLaw, NightlyIsThatOfTheFullNetwork) {
  if (std::getenv("POLYPATH_NIGHTLY") == nullptr) {  // NOLINT(concurrency-mt-unsafe)
    GTEST_SKIP() << "takes many minutes; set POLYPATH_NIGHTLY to run it";
  }
  compare_laws(GetParam(), 1000);
}

INSTANTIATE_TEST_SUITE_P(DepthsAndWidths, SampledLaw,
                         ::testing::Values(LawCase{2, 50, 40}, LawCase{2, 100, 40},
                                           LawCase{3, 50, 90}, LawCase{3, 100, 90},
                                           LawCase{4, 50, 190}, LawCase{4, 100, 190}),
                         [](const auto& param_info) {
                           return "depth" + std::to_string(param_info.param.depth) + "_width" +
                                  std::to_string(param_info.param.width);
                         });

/// One member of the sampled law at a width that no full network could have.
ReducedNetwork sample(const Task& task, Index depth, Index width, double tolerance,
                      std::uint64_t seed) {
  const ReductionCase one = equal_widths({depth, depth}, width, depth == 3 ? 710 : 860);
  return reduce(one.problem(task, seed), tolerance_of(tolerance, WideWeights::sampled));
}

TEST(SampledWidth, NumberOfDirectionsDoesNotDependOnIt) {
  const Task task;
  double narrow = 0.0;
  double wide = 0.0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    narrow += static_cast<double>(largest_k(sample(task, 3, 1000, 1e-3, seed)));
    wide += static_cast<double>(largest_k(sample(task, 3, 1000000000, 1e-3, seed)));
  }
  EXPECT_NEAR(wide / narrow, 1.0, 0.1);
}

TEST(SampledWidth, DifferenceOfPathwaysFallsWithItsRoot) {
  // sqrt(N) rms |K_1 - K_2| / S was 3.1 to 3.5 for N = 10^3 to 10^9 in an independent program.
  const Task task;
  for (const Index width : {Index{1000}, Index{1000000}, Index{1000000000}}) {
    const ReductionCase one = equal_widths({3, 3}, width, 710);
    double squares = 0.0;
    constexpr int members = 10;
    for (std::uint64_t seed = 1; seed <= members; ++seed) {
      const ReductionProblem problem = one.problem(task, seed);
      const ReducedNetwork network = reduce(problem, tolerance_of(1e-4, WideWeights::sampled));
      const KHistory history = train_narrow(problem, network, 710);
      for (std::size_t mode = 0; mode < 8; ++mode) {
        const double difference =
            (mode_entry(history.K.back(), 0, mode) - mode_entry(history.K.back(), 1, mode)) /
            task.modes.S[mode];
        squares += difference * difference / 8.0;
      }
    }
    const double scaled = std::sqrt(static_cast<double>(width) * squares / members);
    EXPECT_GT(scaled, 2.7) << "width " << width;
    EXPECT_LT(scaled, 4.0) << "width " << width;
  }
}

}  // namespace
}  // namespace polypath::testing
