#include "command_line.hpp"

#include "polypath/config/nearest.hpp"
#include "polypath/core/build_info.hpp"
#include "polypath/core/error.hpp"

#include <algorithm>
#include <map>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace polypath {
namespace {

/// Words that people try, and what they get it with here.
const std::map<std::string, std::string>& other_words() {
  static const std::map<std::string, std::string> words{
      {"train", "run"},       {"fit", "run"},          {"start", "run"},
      {"resume", "run"},      {"continue", "run"},     {"sweep", "run"},
      {"simulate", "run"},    {"status", "info"},      {"show", "info"},
      {"list", "info"},       {"analysis", "analyse"}, {"statistics", "analyse"},
      {"stats", "analyse"},   {"predict", "theory"},   {"check", "doctor"},
      {"benchmark", "bench"}, {"options", "keys"},     {"settings", "keys"},
      {"config", "keys"},     {"version", "--version"}};
  return words;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

/// The command that `word` was probably meant to be; empty when none is near.
std::string intended_command(const std::string& word, const std::vector<std::string>& names) {
  std::vector<std::string> known = names;
  for (const auto& [other, command] : other_words()) {
    known.push_back(other);
  }
  const std::string near = config::nearest(word, known);
  const auto other = other_words().find(near);
  return other == other_words().end() ? near : other->second;
}

/// The first word is a command or an option, never something else.
void refuse_unknown_command(const CLI::App& app, const std::string& word) {
  const auto names = command_names(app);
  if (word.empty() || word.front() == '-' ||
      std::find(names.begin(), names.end(), word) != names.end()) {
    return;
  }
  const std::string near = intended_command(word, names);
  throw UsageError(fmt::format("there is no command `{}`. {}; see polypath --help", word,
                               near.empty()
                                   ? fmt::format("The commands are {}", fmt::join(names, ", "))
                                   : fmt::format("Did you mean polypath {}?", near)));
}

/// A second sentence for an option that does not exist.
std::string intended_option(const CLI::App& command, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  const std::string near =
      word.rfind("--", 0) == 0 ? config::nearest(word.substr(0, word.find('=')), names) : "";
  return near.empty() ? "" : fmt::format(" (did you mean {}?)", near);
}

BackendKind read_backend(const std::string& word) {
  static const std::map<std::string, BackendKind> kinds{{"auto", BackendKind::automatic},
                                                        {"cpu", BackendKind::cpu},
                                                        {"cuda", BackendKind::cuda},
                                                        {"reference", BackendKind::reference}};
  const auto found = kinds.find(word);
  if (found != kinds.end()) {
    return found->second;
  }
  const bool graphics = word == "gpu" || word == "GPU" || word == "nvidia" || word == "CUDA";
  throw UsageError(
      fmt::format("--backend {}: there is no such backend; {}auto, cpu, cuda and reference are",
                  word, graphics ? "NVIDIA cards are `--backend cuda`. " : ""));
}

CLI::Option* add_threads(CLI::App& command, Index& threads) {
  return command.add_option("--threads", threads, "processors to use (default: all)")
      ->check(CLI::Range(1, 4096));
}

void add_run(CLI::App& app, CommandLine& line) {
  CLI::App* run = app.add_subcommand("run", "train what a config describes; resumes DIR");
  run->add_option("CONFIG", line.run.config, "config file (TOML)")->required();
  run->add_option("-o,--output", line.run.directory, "output directory");
  run->add_option("--set", line.run.overrides,
                  "override a setting: key=value (repeatable; `polypath keys` lists them)")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);
  run->add_option_function<std::string>(
         "--backend", [&line](const std::string& word) { line.run.backend = read_backend(word); },
         "auto, cpu, cuda (NVIDIA cards) or reference")
      ->default_str("auto");
  add_threads(*run, line.run.threads);
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
  CLI::App* keys = app.add_subcommand("keys", "every key of a config: default, values, meaning");
  keys->add_option("PATTERN", line.pattern, "only those with this text in name or meaning");
  keys->callback([&line] { line.command = CommandLine::Command::keys; });
  CLI::App* doctor = app.add_subcommand("doctor", "what this machine offers, and what to mend");
  doctor->callback([&line] { line.command = CommandLine::Command::doctor; });
  CLI::App* bench = app.add_subcommand("bench", "how fast this machine trains, and could train");
  bench->add_option("--json", line.bench.json, "write everything, for bench/compare.py");
  bench->add_flag("--quick", line.bench.quick, "widths 100 and 1000 only, about half a minute");
  add_threads(*bench, line.bench.threads);
  bench->callback([&line] { line.command = CommandLine::Command::bench; });
}

/// `polypath help run` is `polypath run --help`.
std::vector<std::string> without_help_word(std::vector<std::string> words) {
  if (!words.empty() && words.front() == "help") {
    words.erase(words.begin());
    words.resize(std::min<std::size_t>(words.size(), 1));
    words.emplace_back("--help");
  }
  return words;
}

/// Which command the words so far belong to, and what is wrong with them.
UsageError explained(const CLI::App& app, const CLI::ParseError& mistake) {
  const auto chosen = app.get_subcommands();
  const CLI::App& command = chosen.empty() ? app : *chosen.front();
  std::string advice;
  if (dynamic_cast<const CLI::ExtrasError*>(&mistake) != nullptr) {
    for (const auto& word : app.remaining(true)) {
      advice += intended_option(command, word);
    }
  }
  return UsageError(fmt::format("{}{}; see polypath {}--help", mistake.what(), advice,
                                chosen.empty() ? "" : command.get_name() + " "));
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
  std::vector<std::string> words =
      without_help_word({argv + std::min(argc, 1), argv + std::max(argc, 1)});
  if (!words.empty()) {
    refuse_unknown_command(app, words.front());
  }
  try {
    std::reverse(words.begin(), words.end());  // as CLI11 wants them
    app.parse(words);
  } catch (const CLI::ParseError& outcome) {
    if (outcome.get_exit_code() == 0) {
      std::ostringstream text;  // printed as everything else is, so that a full disk has a reason
      app.exit(outcome, text, text);
      fmt::print("{}", text.str());
      finished = true;
      return line;
    }
    throw explained(app, outcome);
  }
  if (line.command == CommandLine::Command::run && !line.dry_run && line.run.directory.empty()) {
    throw UsageError(
        "run: where should the results go? Give -o DIR (or --dry-run to write nothing)");
  }
  return line;
}

}  // namespace polypath
