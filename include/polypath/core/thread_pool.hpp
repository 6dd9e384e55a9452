#pragma once

#include "polypath/core/types.hpp"

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace polypath {

/// A fixed team of threads that runs the same function over a range of indices. The calling
/// thread is one of the team, so ThreadPool(1) starts no thread at all.
class ThreadPool {
 public:
  /// `threads` >= 1 in total.
  explicit ThreadPool(Index threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] Index threads() const { return static_cast<Index>(workers_.size()) + 1; }

  /// Calls `work(i)` once for every i in [0, count), each index taken by whichever thread is free
  /// next, and returns when all are done. The first exception thrown is rethrown here, and indices
  /// not yet begun are then left out. Not reentrant: one call at a time, never from `work` itself.
  void run(Index count, const std::function<void(Index)>& work);

 private:
  void serve(const std::stop_token& stop);
  void take_indices();

  std::mutex mutex_;
  std::condition_variable_any start_;
  std::condition_variable finished_;
  const std::function<void(Index)>* work_ = nullptr;
  Index count_ = 0;
  Index next_ = 0;
  Index running_ = 0;
  std::uint64_t generation_ = 0;
  std::exception_ptr failure_;
  std::vector<std::jthread> workers_;
};

}  // namespace polypath
