#pragma once

#include "polypath/core/log.hpp"
#include "polypath/run/bench.hpp"
#include "polypath/run/reports.hpp"
#include "polypath/run/run.hpp"

#include <string>

namespace polypath {

/// A parsed command line: the subcommand and what it was given.
struct CommandLine {
  enum class Command { run, info, analyse, theory, keys, doctor, bench };
  Command command = Command::run;
  RunOptions run;
  bool dry_run = false;
  LogFormat log = LogFormat::text;
  bool quiet = false;
  std::string directory;  ///< info
  std::string pattern;    ///< keys
  AnalyseOptions analyse;
  TheoryOptions theory;
  BenchOptions bench;
};

/// Throws UsageError; for --help and --version prints and ends in `finished` = true.
[[nodiscard]] CommandLine parse_command_line(int argc, const char* const* argv, bool& finished);

}  // namespace polypath
