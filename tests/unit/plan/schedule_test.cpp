#include "polypath/plan/schedule.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace polypath {
namespace {

TEST(Schedule, RecordsEveryNthEpochAndTheLast) {
  EXPECT_EQ(recorded_epochs(25, 10), (std::vector<Index>{0, 10, 20, 25}));
  EXPECT_EQ(recorded_epochs(20, 10), (std::vector<Index>{0, 10, 20}));
  EXPECT_EQ(recorded_epochs(3, 1), (std::vector<Index>{0, 1, 2, 3}));
  EXPECT_EQ(recorded_epochs(3, 100), (std::vector<Index>{0, 3}));
}

TEST(Schedule, CountsWithoutListing) {
  for (const Index every : {0, 1, 3, 10, 1000}) {
    for (const Index epochs : {0, 1, 9, 10, 11, 1000, 1001}) {
      EXPECT_EQ(record_count(epochs, every),
                static_cast<Index>(recorded_epochs(epochs, every).size()))
          << epochs << " epochs, every " << every;
    }
  }
  EXPECT_EQ(record_count(1'000'000'000'000, 1), 1'000'000'000'001);
}

TEST(Schedule, LogEndsAtTheLargestNumberOfEpochs) {
  EXPECT_EQ(recorded_epochs(1'000'000'000'000, 0).back(), 1'000'000'000'000);
}

TEST(Schedule, ZeroEpochsIsTheInitialStateAlone) {
  EXPECT_EQ(recorded_epochs(0, 10), (std::vector<Index>{0}));
  EXPECT_EQ(recorded_epochs(0, 0), (std::vector<Index>{0}));
}

TEST(Schedule, LogGivesTwentyPerDecade) {
  const auto recorded = recorded_epochs(20000, 0);
  EXPECT_EQ(recorded.front(), 0);
  EXPECT_EQ(recorded[1], 1);
  EXPECT_EQ(recorded.back(), 20000);
  EXPECT_TRUE(std::is_sorted(recorded.begin(), recorded.end()));
  EXPECT_EQ(std::adjacent_find(recorded.begin(), recorded.end()), recorded.end());
  const auto in_decade = std::count_if(recorded.begin(), recorded.end(),
                                       [](Index e) { return e >= 1000 && e < 10000; });
  EXPECT_EQ(in_decade, 20);
}

}  // namespace
}  // namespace polypath
