#pragma once

#include "polypath/core/types.hpp"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

namespace polypath {

/// A queue between several producers and one consumer that holds at most `limit` bytes: a producer
/// ahead of the disk waits. An item larger than the limit passes when the queue is empty.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(Index limit) : limit_(limit) {}

  /// Waits for room. False when the queue was closed or abandoned: the item is dropped.
  bool push(T item, Index bytes) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return closed_ || items_.empty() || bytes_ + bytes <= limit_; });
    if (closed_) {
      return false;
    }
    bytes_ += bytes;
    items_.emplace_back(std::make_unique<T>(std::move(item)), bytes);
    ready_.notify_one();
    return true;
  }

  /// Waits for an item; null when the queue is closed and empty.
  std::unique_ptr<T> pop() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return closed_ || !items_.empty(); });
    if (items_.empty()) {
      return nullptr;
    }
    std::unique_ptr<T> item = std::move(items_.front().first);
    bytes_ -= items_.front().second;
    items_.pop_front();
    room_.notify_all();
    return item;
  }

  /// Takes no more; what is queued is still handed out.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    wake_all();
  }

  /// Takes no more and drops what is queued.
  void abandon() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    items_.clear();
    bytes_ = 0;
    wake_all();
  }

  [[nodiscard]] Index bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  void wake_all() {
    ready_.notify_all();
    room_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable ready_;
  std::deque<std::pair<std::unique_ptr<T>, Index>> items_;
  Index limit_;
  Index bytes_ = 0;
  bool closed_ = false;
};

}  // namespace polypath
