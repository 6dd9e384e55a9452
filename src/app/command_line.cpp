#include "command_line.hpp"

#include "polypath/core/build_info.hpp"
#include "polypath/core/error.hpp"

#include <map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace polypath {
namespace {

void add_run(CLI::App& app, CommandLine& line) {
  CLI::App* run = app.add_subcommand("run", "train what a config describes; resumes DIR");
  run->add_option("CONFIG", line.run.config, "config file (TOML)")->required();
  run->add_option("-o,--output", line.run.directory, "output directory");
  run->add_option("--set", line.run.overrides, "override a setting: key=value (repeatable)")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);
  const std::map<std::string, BackendKind> backends{{"auto", BackendKind::automatic},
                                                    {"cpu", BackendKind::cpu},
                                                    {"cuda", BackendKind::cuda},
                                                    {"reference", BackendKind::reference}};
  run->add_option("--backend", line.run.backend, "auto, cpu, cuda or reference")
      ->transform(CLI::CheckedTransformer(backends).description(""));
  run->add_option("--threads", line.run.threads, "processors to use (default: all)")
      ->check(CLI::Range(1, 4096));
  run->add_flag("--dry-run", line.dry_run, "say what would be done; write nothing");
  const std::map<std::string, LogFormat> formats{{"text", LogFormat::text},
                                                 {"json", LogFormat::json}};
  run->add_option("--log", line.log, "text, or json: one object a line")
      ->transform(CLI::CheckedTransformer(formats).description(""));
  run->add_flag("--quiet", line.quiet, "only warnings and errors");
  run->add_flag("--restart", line.run.restart, "empty DIR first, if polypath made it");
  run->callback([&line] { line.command = CommandLine::Command::run; });
}

void add_others(CLI::App& app, CommandLine& line) {
  CLI::App* info = app.add_subcommand("info", "what ran in DIR, how far, the main numbers");
  info->add_option("DIR", line.directory, "output directory")->required();
  info->callback([&line] { line.command = CommandLine::Command::info; });
  CLI::App* analyse = app.add_subcommand("analyse", "ensemble statistics of every cell in DIR");
  analyse->add_option("DIR", line.analyse.directory, "output directory")->required();
  analyse->add_option("--csv", line.analyse.csv, "write one row per cell and quantity");
  analyse->add_option("--json", line.analyse.json, "write everything, for programs");
  analyse->add_flag("--learned", line.analyse.learned,
                    "in table and CSV, leave out members that learned less than 99 % of a mode");
  analyse->callback([&line] { line.command = CommandLine::Command::analyse; });
  CLI::App* theory =
      app.add_subcommand("theory", "reduced equations: phase portraits, predictions beside a run");
  theory->add_option("SOURCE", line.theory.source, "config file, or output directory")->required();
  theory->add_option("-o,--output", line.theory.output, "HDF5 file to write")->required();
  theory->callback([&line] { line.command = CommandLine::Command::theory; });
  CLI::App* doctor = app.add_subcommand("doctor", "what this machine offers, and what to mend");
  doctor->callback([&line] { line.command = CommandLine::Command::doctor; });
  CLI::App* bench = app.add_subcommand("bench", "how fast this machine trains, and could train");
  bench->add_option("--json", line.bench.json, "write everything, for bench/compare.py");
  bench->add_flag("--quick", line.bench.quick, "widths 100 and 1000 only, about half a minute");
  bench->add_option("--threads", line.bench.threads, "processors to use (default: all)")
      ->check(CLI::Range(1, 4096));
  bench->callback([&line] { line.command = CommandLine::Command::bench; });
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv, bool& finished) {
  finished = false;
  CommandLine line;
  CLI::App app(
      "Trains ensembles of deep multi-pathway networks and records how the singular modes "
      "of the data distribute over the pathways.",
      "polypath");
  app.set_version_flag("--version", fmt::format("polypath {} ({})", build_info().version,
                                                build_info().git_revision));
  app.require_subcommand(1);
  add_run(app, line);
  add_others(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& outcome) {
    if (outcome.get_exit_code() == 0) {
      app.exit(outcome);
      finished = true;
      return line;
    }
    throw UsageError(fmt::format("{}; see polypath {}--help", outcome.what(),
                                 app.got_subcommand("run") ? "run " : ""));
  }
  if (line.command == CommandLine::Command::run && !line.dry_run && line.run.directory.empty()) {
    throw UsageError(
        "run: where should the results go? Give -o DIR (or --dry-run to write nothing)");
  }
  return line;
}

}  // namespace polypath
