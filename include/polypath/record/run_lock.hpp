#pragma once

#include <ctime>
#include <filesystem>

namespace polypath {

/// The right to write into an output directory: flock on DIR/.lock, which names the holder. The
/// operating system releases it when the process ends, however it ends.
class RunLock {
 public:
  /// Throws CannotCreate when another process holds it (saying which, where and since when) or
  /// when the file cannot be made.
  explicit RunLock(const std::filesystem::path& directory);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int descriptor_ = -1;
  struct timespec changed_ {};  ///< of .lock, before
};

/// Whether a process holds the lock now.
[[nodiscard]] bool is_locked(const std::filesystem::path& directory);

}  // namespace polypath
