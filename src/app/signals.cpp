#include "signals.hpp"

#include <atomic>
#include <csignal>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

namespace polypath {
namespace {

// A handler has no argument to carry state in; this is the one global of the program. The handler
// may run in any thread (libraries start threads of their own before main), so it does no more than
// pass the signal on to the watcher through a pipe.
std::atomic<int> handler_pipe{-1};

extern "C" void pass_on(int signal) {
  const auto byte = static_cast<unsigned char>(signal);
  const int saved = errno;
  [[maybe_unused]] const ssize_t written = write(handler_pipe.load(), &byte, 1);
  errno = saved;
}

void handle_with(void (*handler)(int), int signal) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(signal, &action, nullptr);
}

bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

constexpr int stopping_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU};

}  // namespace

/// Waits for signals in a thread of its own, where anything may be called.
class SignalStop::Watcher {
 public:
  explicit Watcher(std::stop_source source) : source_(std::move(source)) {
    if (pipe2(pipe_, O_CLOEXEC) != 0) {
      throw std::system_error(errno, std::generic_category(), "pipe2");
    }
    handler_pipe = pipe_[1];
    thread_ = std::thread([this] { watch(); });
  }
  ~Watcher() {
    pass_on(0);
    thread_.join();
    close(pipe_[0]);
    close(pipe_[1]);
  }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

 private:
  /// The first signal asks for a stop, the second ends the process; 0 ends the watch.
  void watch() {
    unsigned char signal = 0;
    while (read(pipe_[0], &signal, 1) == 1 && signal != 0) {
      if (source_.stop_requested()) {
        _exit(128 + signal);
      }
      source_.request_stop();
    }
  }

  std::stop_source source_;
  int pipe_[2] = {-1, -1};
  std::thread thread_;
};

void open_standard_descriptors() {
  int descriptor = open("/dev/null", O_RDWR);
  while (descriptor >= 0 && descriptor <= STDERR_FILENO) {
    descriptor = dup(descriptor);
  }
  if (descriptor >= 0) {
    close(descriptor);
  }
}

void ignore_failed_writes() {
  handle_with(SIG_IGN, SIGXFSZ);
  handle_with(SIG_IGN, SIGPIPE);
}

SignalStop::SignalStop() : watcher_(std::make_unique<Watcher>(source_)) {
  for (const int signal : stopping_signals) {
    if (!is_ignored(signal)) {
      handle_with(pass_on, signal);
    }
  }
}

SignalStop::~SignalStop() {
  for (const int signal : stopping_signals) {
    if (!is_ignored(signal)) {
      handle_with(SIG_DFL, signal);
    }
  }
}

}  // namespace polypath
