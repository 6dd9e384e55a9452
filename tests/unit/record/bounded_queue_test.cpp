#include "src/record/bounded_queue.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace polypath {
namespace {

using namespace std::chrono_literals;

TEST(BoundedQueue, NeverHoldsMoreThanItsLimitBeforeASlowConsumer) {
  constexpr Index limit = 100;
  constexpr Index item_bytes = 30;
  constexpr int producers = 3;
  constexpr int items = 20;
  BoundedQueue<int> queue(limit);
  std::vector<std::jthread> team;
  for (int p = 0; p < producers; ++p) {
    team.emplace_back([&queue, p] {
      for (int i = 0; i < items; ++i) {
        ASSERT_TRUE(queue.push(p * items + i, item_bytes));
      }
    });
  }
  std::vector<int> seen;
  Index most = 0;
  while (static_cast<int>(seen.size()) < producers * items) {
    std::this_thread::sleep_for(500us);
    most = std::max(most, queue.bytes());
    seen.push_back(*queue.pop());
  }
  EXPECT_LE(most, limit);
  EXPECT_GE(most, 2 * item_bytes) << "the producers never ran ahead: nothing was tested";
  for (int p = 0; p < producers; ++p) {
    std::vector<int> mine;
    std::copy_if(seen.begin(), seen.end(), std::back_inserter(mine),
                 [p](int item) { return item / items == p; });
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end())) << "order lost for producer " << p;
    EXPECT_EQ(mine.size(), static_cast<std::size_t>(items));
  }
}

TEST(BoundedQueue, AnOversizedItemPassesAlone) {
  BoundedQueue<int> queue(10);
  EXPECT_TRUE(queue.push(1, 1000));
  EXPECT_EQ(*queue.pop(), 1);
  EXPECT_EQ(queue.bytes(), 0);
}

TEST(BoundedQueue, ClosingHandsOutTheRest) {
  BoundedQueue<int> queue(10);
  EXPECT_TRUE(queue.push(1, 1));
  queue.close();
  EXPECT_FALSE(queue.push(2, 1));
  EXPECT_EQ(*queue.pop(), 1);
  EXPECT_EQ(queue.pop(), nullptr);
}

TEST(BoundedQueue, AbandoningFreesAProducerThatWaits) {
  BoundedQueue<int> queue(10);
  EXPECT_TRUE(queue.push(1, 10));
  std::atomic<bool> accepted = true;
  {
    const std::jthread producer([&] { accepted = queue.push(2, 10); });
    std::this_thread::sleep_for(5ms);
    queue.abandon();
  }
  EXPECT_FALSE(accepted);
  EXPECT_EQ(queue.pop(), nullptr);
}

}  // namespace
}  // namespace polypath
