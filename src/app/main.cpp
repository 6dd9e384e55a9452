#include "polypath/config/key_listing.hpp"
#include "polypath/core/blas.hpp"
#include "polypath/core/error.hpp"
#include "polypath/plan/memory.hpp"

#include "command_line.hpp"
#include "signals.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <new>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

namespace {

using namespace polypath;

int train(const RunOptions& options, Log& log) {
  const SignalStop signals;
  return static_cast<int>(run(options, log, signals.token()));
}

/// For commands that compute.
void check_blas(Log& log) {
  require_sound_blas();
  const BlasInUse blas = blas_in_use();
  if (const std::string text = old_blas_core_text(blas); !text.empty()) {
    log.warning("old_blas_core", text, {{"core", blas.core}});
  }
}

int execute(const CommandLine& line, Log& log) {
  if (line.command != CommandLine::Command::keys) {
    require_addresses();
  }
  if (line.command == CommandLine::Command::run || line.command == CommandLine::Command::analyse ||
      line.command == CommandLine::Command::theory || line.command == CommandLine::Command::bench) {
    check_blas(log);
  }
  switch (line.command) {
    case CommandLine::Command::run:
      if (line.dry_run) {
        dry_run(line.run);
        return 0;
      }
      return train(line.run, log);
    case CommandLine::Command::info:
      print_info(line.directory);
      return 0;
    case CommandLine::Command::analyse:
      analyse(line.analyse);
      return 0;
    case CommandLine::Command::theory:
      write_theory(line.theory);
      return 0;
    case CommandLine::Command::keys:
      fmt::print("{}", key_listing(line.pattern));
      return 0;
    case CommandLine::Command::doctor:
      print_doctor();
      return 0;
    case CommandLine::Command::bench:
      bench(line.bench);
      return 0;
  }
  return static_cast<int>(ExitCode::usage);
}

/// The message with overlong lines cut in the middle: what was typed is quoted, however long.
std::string on_one_screen(const std::string& message) {
  constexpr std::size_t longest = 600;
  std::string result;
  std::istringstream lines(message);
  for (std::string line; std::getline(lines, line);) {
    if (line.size() > longest) {
      line = line.substr(0, longest / 2) + " ... " + line.substr(line.size() - longest / 2);
    }
    result += (result.empty() ? "" : "\n") + line;
  }
  return result;
}

int report(Log& log, ExitCode code, const std::string& message) {
  log.write(LogLevel::error, "failed", on_one_screen(message),
            {{"exit_code", static_cast<Index>(code)}});
  return static_cast<int>(code);
}

int report_unwritten(Log& log, int number) {
  return report(
      log, ExitCode::io,
      fmt::format(
          "cannot write to standard output ({}); free space, or send it elsewhere",
          number == 0 ? "an earlier write failed" : std::generic_category().message(number)));
}

/// Of the system, not of what is asked: no more threads, no more output.
int report_system(Log& log, const std::system_error& error) {
  const int number = error.code().value();
  if (std::ferror(stdout) != 0) {
    return number == EPIPE ? static_cast<int>(ExitCode::io) : report_unwritten(log, number);
  }
  if (error.code() == std::errc::resource_unavailable_try_again) {
    return report(log, ExitCode::out_of_memory,
                  "the system does not give another thread; use fewer --threads, or raise the "
                  "limits on processes and memory (ulimit -u, ulimit -v)");
  }
  return report(log, ExitCode::io, error.what());
}

/// Standard output is buffered: only here is it known whether all of it got where it should. A
/// reader that has gone (`| head`) has seen what it wanted, and is told nothing more.
int flushed(int status, Log& log) {
  errno = 0;
  const bool failed = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  if (!failed || status != 0) {
    return status;
  }
  return errno == EPIPE ? static_cast<int>(ExitCode::io) : report_unwritten(log, errno);
}

/// Runs `work`, turning everything thrown into a message and an exit code.
template <class Work>
int guarded(Log& log, const Work& work) {
  try {
    return work();
  } catch (const Error& error) {
    return report(log, error.code(), error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    return report(log, ExitCode::io,
                  fmt::format("{}: {}", error.path1().string(), error.code().message()));
  } catch (const std::system_error& error) {
    return report_system(log, error);
  } catch (const std::bad_alloc&) {
    return report(log, ExitCode::out_of_memory,
                  "out of memory; use fewer threads or a smaller network.width");
  } catch (const std::exception& error) {
    return report(
        log, ExitCode::internal,
        fmt::format("internal error: {}; please report this with the config", error.what()));
  }
}

int run_program(int argc, char** argv) {
  Log start_log(stderr, LogFormat::text, false);
  CommandLine line;
  bool finished = false;
  const int parsed = guarded(start_log, [&] {
    line = parse_command_line(argc, argv, finished);
    return 0;
  });
  if (parsed != 0 || finished) {
    return flushed(parsed, start_log);
  }
  Log log(stderr, line.log, line.quiet);
  return flushed(guarded(log, [&] { return execute(line, log); }), log);
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_descriptors();
  ignore_failed_writes();
  const int status = run_program(argc, argv);
  if (is_short_of_addresses()) {
    std::_Exit(status);  // exit() would wait for threads of OpenBLAS that wait for memory
  }
  return status;
}
