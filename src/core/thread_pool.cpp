#include "polypath/core/thread_pool.hpp"

#include <cassert>

namespace polypath {

ThreadPool::ThreadPool(Index threads) {
  assert(threads >= 1);
  workers_.reserve(static_cast<std::size_t>(threads - 1));
  for (Index i = 1; i < threads; ++i) {
    workers_.emplace_back([this](const std::stop_token& stop) { serve(stop); });
  }
}

ThreadPool::~ThreadPool() {
  for (auto& worker : workers_) {
    worker.request_stop();
  }
  start_.notify_all();
}

void ThreadPool::run(Index count, const std::function<void(Index)>& work) {
  if (workers_.empty()) {
    for (Index i = 0; i < count; ++i) {
      work(i);
    }
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    work_ = &work;
    count_ = count;
    next_ = 0;
    running_ = static_cast<Index>(workers_.size());
    failure_ = nullptr;
    ++generation_;
  }
  start_.notify_all();
  take_indices();
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [this] { return running_ == 0; });
  work_ = nullptr;
  if (failure_) {
    std::rethrow_exception(failure_);
  }
}

void ThreadPool::take_indices() {
  while (true) {
    Index index = 0;
    {
      const std::lock_guard lock(mutex_);
      if (next_ >= count_) {
        return;
      }
      index = next_++;
    }
    try {
      (*work_)(index);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) {
        failure_ = std::current_exception();
      }
      next_ = count_;
    }
  }
}

void ThreadPool::serve(const std::stop_token& stop) {
  std::uint64_t seen = 0;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      start_.wait(lock, stop, [&] { return generation_ != seen; });
      if (stop.stop_requested()) {
        return;
      }
      seen = generation_;
    }
    take_indices();
    const std::lock_guard lock(mutex_);
    if (--running_ == 0) {
      finished_.notify_one();
    }
  }
}

}  // namespace polypath
