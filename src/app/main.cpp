#include "polypath/core/blas.hpp"
#include "polypath/core/error.hpp"

#include "command_line.hpp"
#include "signals.hpp"

#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>
#include <sstream>

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
  if (line.command != CommandLine::Command::doctor && line.command != CommandLine::Command::info) {
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
  } catch (const std::bad_alloc&) {
    return report(log, ExitCode::out_of_memory,
                  "out of memory; use fewer threads or a smaller network.width");
  } catch (const std::exception& error) {
    return report(
        log, ExitCode::internal,
        fmt::format("internal error: {}; please report this with the config", error.what()));
  }
}

}  // namespace

int main(int argc, char** argv) {
  ignore_failed_writes();
  Log start_log(stderr, LogFormat::text, false);
  CommandLine line;
  bool finished = false;
  const int parsed = guarded(start_log, [&] {
    line = parse_command_line(argc, argv, finished);
    return 0;
  });
  if (parsed != 0 || finished) {
    return parsed;
  }
  Log log(stderr, line.log, line.quiet);
  return guarded(log, [&] { return execute(line, log); });
}
