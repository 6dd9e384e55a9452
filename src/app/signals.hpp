#pragma once

#include <memory>
#include <stop_token>

namespace polypath {

/// Opens /dev/null for each of the descriptors 0, 1 and 2 that is closed, as cron and daemons leave
/// them: the next file or pipe opened would take its number, and be written to as a log.
void open_standard_descriptors();

/// SIGXFSZ and SIGPIPE are ignored from here on, so that a full disk and a closed pipe become
/// errors that can be reported.
void ignore_failed_writes();

/// While it lives, the first signal of those that end a process on purpose (SIGINT, SIGTERM, and
/// what terminals and schedulers send before: SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU) requests a stop
/// and a second one ends the process at once. One that was ignored when the program started (a job
/// in the background of a script, nohup) stays ignored. For work that can be resumed; everything
/// else is better ended. One object at a time.
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
