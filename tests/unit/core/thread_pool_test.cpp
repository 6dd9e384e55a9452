#include "polypath/core/thread_pool.hpp"

#include <atomic>
#include <numeric>
#include <set>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace polypath {
namespace {

TEST(ThreadPool, VisitsEveryIndexOnceWhateverTheTeam) {
  for (const Index threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (const Index count : {0, 1, 4, 1000}) {
      std::vector<std::atomic<int>> visits(static_cast<std::size_t>(count));
      pool.run(count, [&](Index i) { ++visits[static_cast<std::size_t>(i)]; });
      for (const auto& visit : visits) {
        EXPECT_EQ(visit, 1);
      }
    }
  }
}

TEST(ThreadPool, UsesSeveralThreads) {
  ThreadPool pool(2);
  std::mutex mutex;
  std::set<std::thread::id> seen;
  std::atomic<int> arrived{0};
  pool.run(2, [&](Index) {
    {
      const std::lock_guard lock(mutex);
      seen.insert(std::this_thread::get_id());
    }
    ++arrived;
    while (arrived < 2) {
      std::this_thread::yield();
    }
  });
  EXPECT_EQ(seen.size(), 2U);
}

TEST(ThreadPool, RethrowsTheFirstFailureAndStaysUsable) {
  ThreadPool pool(3);
  std::atomic<int> calls{0};
  EXPECT_THROW(pool.run(10000,
                        [&](Index) {
                          ++calls;
                          throw std::runtime_error("broken");
                        }),
               std::runtime_error);
  EXPECT_LT(calls, 10000);
  std::atomic<Index> sum{0};
  pool.run(10, [&](Index i) { sum += i; });
  EXPECT_EQ(sum, 45);
}

}  // namespace
}  // namespace polypath
