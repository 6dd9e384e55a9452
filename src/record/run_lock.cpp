#include "polypath/record/run_lock.hpp"

#include "polypath/core/error.hpp"
#include "polypath/core/host_name.hpp"

#include "timestamp.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace polypath {
namespace {

constexpr std::size_t longest_note = 512;

std::string reason(int number) { return std::generic_category().message(number); }

/// What the holder wrote; it may be between taking the lock and writing.
std::string holder(int descriptor) {
  std::array<char, longest_note> text{};
  const auto length = ::pread(descriptor, text.data(), text.size(), 0);
  if (length <= 0) {
    return "another process";
  }
  const std::string note(text.data(), static_cast<std::size_t>(length));
  return note.substr(0, note.find('\n'));
}

void sign(int descriptor, const std::filesystem::path& path) {
  const std::string note =
      fmt::format("process {} on host {} since {}\n", ::getpid(), host_name(), utc_timestamp());
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, note.data(), note.size(), 0) != static_cast<ssize_t>(note.size())) {
    throw IoError(fmt::format("cannot write '{}' ({})", path.string(), reason(errno)));
  }
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& directory) {
  const auto path = directory / ".lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0) {
    throw CannotCreate(
        fmt::format("cannot create '{}' ({}); check the directory and its permissions",
                    path.string(), reason(errno)));
  }
  struct stat status {};
  if (::fstat(descriptor, &status) == 0) {
    changed_ = status.st_mtim;
  }
  try {
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      const int number = errno;
      throw CannotCreate(
          number == EWOULDBLOCK
              ? fmt::format("'{}' is being written by {}; two writers would spoil it: wait for it, "
                            "stop it, or choose another directory",
                            directory.string(), holder(descriptor))
              : fmt::format("cannot lock '{}' ({}); choose a directory on a file system with locks",
                            path.string(), reason(number)));
    }
    sign(descriptor, path);
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  descriptor_ = descriptor;
}

bool is_locked(const std::filesystem::path& directory) {
  const int descriptor = ::open((directory / ".lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return false;
  }
  const bool locked = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(descriptor);
  return locked;
}

RunLock::~RunLock() {
  // Emptied, not removed: removing it would let two others lock two different files of one name.
  [[maybe_unused]] const int emptied = ::ftruncate(descriptor_, 0);
  // Its time too: a finished directory that was only looked through is as it was.
  const struct timespec times[] = {{0, UTIME_OMIT}, changed_};
  [[maybe_unused]] const int restored = ::futimens(descriptor_, times);
  ::close(descriptor_);
}

}  // namespace polypath
