#include "polypath/analysis/ensemble.hpp"
#include "polypath/core/error.hpp"
#include "polypath/record/run_lock.hpp"
#include "polypath/run/reports.hpp"

#include "output_directory.hpp"
#include "run_directory.hpp"

#include <fmt/format.h>

namespace polypath {
namespace {

/// The index is a by-product of this command: not being able to write it is worth a line, no more.
void refresh_index(const std::filesystem::path& directory) {
  if (index_is_current(directory)) {
    return;
  }
  try {
    const RunLock lock(directory);
    analysis::rebuild_index_with_metrics(directory);
  } catch (const Error& failure) {
    fmt::print(stderr, "index.h5 is left as it is: {}\n", failure.what());
  }
}

void check_outputs(const AnalyseOptions& options) {
  for (const auto& output : {options.csv, options.json}) {
    if (!output.empty()) {
      refuse_output(output, options.directory);
      refuse_unwritable(output);
    }
  }
  if (!options.csv.empty() && options.csv == options.json) {
    throw CannotCreate(
        fmt::format("--csv and --json both name {}; choose two files", options.csv.string()));
  }
}

/// What DIR/resolved.toml asks for; nothing where it cannot be read.
std::string planned_text(const analysis::Coverage& coverage) {
  return coverage.cells_planned > 0
             ? fmt::format("; {} cell{} with {} member{} {} planned, none of which can be read",
                           coverage.cells_planned, coverage.cells_planned == 1 ? "" : "s",
                           coverage.members_planned, coverage.members_planned == 1 ? "" : "s",
                           coverage.cells_planned == 1 ? "is" : "are")
             : "";
}

}  // namespace

void analyse(const AnalyseOptions& options) {
  require_run_directory(options.directory, "an output directory");
  check_outputs(options);
  const analysis::Ensemble ensemble = analysis::analyse_directory(options.directory);
  if (ensemble.cells.empty()) {
    throw MissingInput(fmt::format(
        "{} holds no cell that can be read, so there is nothing to analyse{}. Wait for the run's "
        "first records (polypath info shows how far it is), or start it: polypath run{}{}",
        options.directory.string(), planned_text(ensemble.coverage),
        ensemble.notes.empty() ? "" : "\n", fmt::join(ensemble.notes, "\n")));
  }
  if (!ensemble.coverage.is_complete()) {
    fmt::print(stderr, "note: {}\n", coverage_text(ensemble.coverage, "in these statistics"));
  }
  const auto members = options.learned ? analysis::Members::learned : analysis::Members::all;
  fmt::print("{}", analysis::text_table(ensemble, members));
  if (!options.csv.empty()) {
    replace_text_file(options.csv, analysis::csv_table(ensemble, members));
  }
  if (!options.json.empty()) {
    replace_text_file(options.json, analysis::json_text(ensemble));
  }
  refresh_index(options.directory);
}

}  // namespace polypath
