#pragma once

#include <memory>
#include <stop_token>

namespace polypath {

/// SIGXFSZ and SIGPIPE are ignored from here on, so that a full disk and a closed pipe become
/// errors that can be reported.
void ignore_failed_writes();

/// While it lives, the first SIGINT or SIGTERM requests a stop and a second one ends the process at
/// once. For work that can be resumed; everything else is better ended. One object at a time.
class SignalStop {
 public:
  SignalStop();
  ~SignalStop();
  SignalStop(const SignalStop&) = delete;
  SignalStop& operator=(const SignalStop&) = delete;

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  class Watcher;
  std::stop_source source_;
  std::unique_ptr<Watcher> watcher_;
};

}  // namespace polypath
