#include "polypath/run/run.hpp"

#include "polypath/analysis/foresight.hpp"
#include "polypath/analysis/member.hpp"
#include "polypath/core/build_info.hpp"
#include "polypath/plan/memory.hpp"
#include "polypath/record/file_names.hpp"

#include "cell_runner.hpp"
#include "finished_cell.hpp"
#include "output_directory.hpp"
#include "progress.hpp"
#include "run_directory.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>

#include <fmt/format.h>

namespace polypath {
namespace {

std::string describe(const PreparedCell& cell) {
  std::string text = fmt::format("cell {}", cell.number);
  for (const auto& swept : cell.config.swept) {
    text += fmt::format("{}{} = {}", &swept == &cell.config.swept.front() ? ": " : ", ", swept.key,
                        swept.value);
  }
  return text;
}

void announce(const PreparedRun& run, const std::filesystem::path& directory, Log& log) {
  Index members = 0;
  for (const auto& cell : run.cells) {
    members += cell.plan.members;
  }
  log.note(
      "run_started",
      fmt::format("polypath {} ({}) on {}: {}, SIMD {}, {}, {} thread{}; {} cell{}, {} "
                  "member{} -> {}",
                  build_info().version, build_info().git_revision, run.backend.name,
                  run.backend.device, run.backend.simd_target, run.backend.libraries, run.threads,
                  run.threads == 1 ? "" : "s", run.cells.size(), run.cells.size() == 1 ? "" : "s",
                  members, members == 1 ? "" : "s", directory.string()),
      {{"version", build_info().version},
       {"git_revision", build_info().git_revision},
       {"backend", run.backend.name},
       {"device", run.backend.device},
       {"simd_target", run.backend.simd_target},
       {"libraries", run.backend.libraries},
       {"threads", run.threads},
       {"cells", static_cast<Index>(run.cells.size())},
       {"members", members},
       {"directory", directory.string()}});
  if (!run.why_not_cuda.empty()) {
    log.note("cuda_unavailable", "no GPU is used: " + run.why_not_cuda,
             {{"reason", run.why_not_cuda}});
  }
  for (const auto& text : data_descriptions(run)) {
    log.note("data", "data: " + text);
  }
  if (const std::string text = math_overrides_warning(run.backend); !text.empty()) {
    log.warning("math_overrides", text, {{"math_overrides", run.backend.math_overrides}});
  }
  for (const auto& note : run.document.notes) {
    log.note("config_note", "note: " + note);
  }
}

/// "seed 4", or "12 of 64 members (seeds 4, 7, 8, ...)".
std::string name_members(const PreparedCell& cell, const std::vector<Index>& members) {
  constexpr std::size_t shown = 8;
  std::string seeds;
  for (std::size_t i = 0; i < std::min(shown, members.size()); ++i) {
    seeds += fmt::format("{}{}", i == 0 ? "" : ", ",
                         cell.config.config.init.seed + static_cast<std::uint64_t>(members[i]));
  }
  return members.size() == 1
             ? "seed " + seeds
             : fmt::format("{} of {} members (seeds {}{})", members.size(), cell.plan.members,
                           seeds, members.size() > shown ? ", ..." : "");
}

void report_inexact(const PreparedCell& cell, const CellOutcome& outcome, Log& log) {
  const double tolerance = cell.config.config.init.tolerance;
  std::vector<Index> members;
  double worst = 0.0;
  for (Index m = 0; m < cell.plan.members; ++m) {
    const auto& reduction = outcome.members[static_cast<std::size_t>(m)].reduction;
    if (reduction && reduction->estimate > tolerance) {
      members.push_back(m);
      worst = std::max(worst, reduction->estimate);
    }
  }
  if (!members.empty()) {
    log.warning("reduction_inexact",
                fmt::format("{}: {}: the narrow network is good to {:.2g}, not to init.tolerance = "
                            "{:.2g}",
                            describe(cell), name_members(cell, members), worst, tolerance),
                {{"cell", cell.number},
                 {"members", static_cast<Index>(members.size())},
                 {"estimate", worst}});
  }
}

/// One line, however many they are.
void report_diverged(const PreparedCell& cell, const CellOutcome& outcome, Log& log) {
  std::vector<Index> members;
  Index first = std::numeric_limits<Index>::max();
  Index last = 0;
  for (Index m = 0; m < cell.plan.members; ++m) {
    const auto& member = outcome.members[static_cast<std::size_t>(m)];
    if (member.status == MemberStatus::diverged) {
      members.push_back(m);
      first = std::min(first, member.stopped_epoch);
      last = std::max(last, member.stopped_epoch);
    }
  }
  if (members.empty()) {
    return;
  }
  log.warning(
      "member_diverged",
      fmt::format("{}: {} diverged at epoch {}{}; later records are NaN. {}", describe(cell),
                  name_members(cell, members), first,
                  last > first ? fmt::format(" to {}", last) : "",
                  first == 0 ? "The initial loss is not a finite number: a smaller init.sigma or "
                               "scaled data may help"
                             : "A smaller train.learning_rate or init.sigma may help"),
      {{"cell", cell.number}, {"members", static_cast<Index>(members.size())}, {"epoch", first}});
}

/// Says before hours are spent what is known before training: each thing once, with its cells.
void announce_foresight(const PreparedRun& run, Log& log) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<const PreparedCell*>> warned;
  std::map<std::string, std::string> events;
  const auto warn = [&](const std::string& event, const std::string& text,
                        const PreparedCell& cell) {
    if (warned[text].empty()) {
      order.push_back(text);
      events[text] = event;
    }
    warned[text].push_back(&cell);
  };
  double least = std::numeric_limits<double>::infinity();
  double most = 0.0;
  Index unknown = 0;
  for (const auto& cell : run.cells) {
    const Config& config = cell.config.config;
    const auto foresight = analysis::foresee(config, cell.data->data, cell.data->modes);
    if (foresight.edge.unknown.empty()) {
      least = std::min(least, foresight.edge.ratio);
      most = std::max(most, foresight.edge.ratio);
    } else {
      ++unknown;
    }
    if (foresight.edge.near()) {
      warn("edge_of_stability",
           analysis::edge_warning(config.train.learning_rate, foresight.edge.ratio), cell);
    }
    const std::string late = analysis::late_modes_text(foresight, config.train.epochs);
    if (!late.empty()) {
      warn("late_modes", late, cell);
    }
  }
  std::string told = most == 0.0     ? ""
                     : least == most ? analysis::ratio_text(most)
                                     : fmt::format("{} to {}", analysis::ratio_text(least),
                                                   analysis::ratio_text(most));
  told = told.empty() ? "known after training"
                      : told + (unknown > 0 ? fmt::format("; of {} cell{} known after training",
                                                          unknown, unknown == 1 ? "" : "s")
                                            : "");
  log.note("edge_foreseen", "learning rate over the edge of stability: " + told);
  for (const auto& text : order) {
    const auto& cells = warned[text];
    log.warning(
        events[text],
        fmt::format("{}{}: {}", describe(*cells.front()),
                    cells.size() > 1 ? fmt::format(" and {} more", cells.size() - 1) : "", text),
        {{"cell", cells.front()->number}, {"cells", static_cast<Index>(cells.size())}});
  }
}

/// How the members of a cell ended beside the edge of stability, and those that had not settled.
void report_stability(const PreparedCell& cell, const CellOutcome& outcome, Log& log) {
  const Config& config = cell.config.config;
  Index finished = 0;
  Index near = 0;
  Index unsettled = 0;
  double largest = 0.0;
  for (const auto& member : outcome.members) {
    finished += member.status == MemberStatus::finished ? 1 : 0;
    near += member.edge_ratio >= analysis::near_the_edge ? 1 : 0;
    unsettled += member.settled == Settled::no ? 1 : 0;
    largest = std::isnan(member.edge_ratio) ? largest : std::max(largest, member.edge_ratio);
  }
  if (near > 0) {
    log.warning("edge_of_stability",
                fmt::format("{}: {} of {} members ended near the edge of stability. {}",
                            describe(cell), near, finished,
                            analysis::measured_edge_warning(config.train.learning_rate, largest)),
                {{"cell", cell.number}, {"members", near}, {"edge_ratio", largest}});
  }
  if (unsettled > 0) {
    log.warning("not_settled",
                fmt::format("{}: {} of {} members are not settled: their loss still rose now and "
                            "then over the last tenth of the epochs. A smaller "
                            "train.learning_rate helps",
                            describe(cell), unsettled, finished),
                {{"cell", cell.number}, {"members", unsettled}});
  }
}

void report_cell(const PreparedCell& cell, const CellOutcome& outcome, Log& log) {
  const Index epochs = cell.config.config.train.epochs;
  const double member_seconds =
      outcome.train_seconds *
      static_cast<double>(std::min(cell.plan.members_at_once, cell.plan.members)) /
      static_cast<double>(cell.plan.members);
  const double per_epoch = epochs > 0 ? 1e3 * member_seconds / static_cast<double>(epochs) : 0.0;
  log.note("cell_finished",
           fmt::format("{}: {} member{}, {} epochs in {} ({:.3g} ms per epoch and member)",
                       describe(cell), cell.plan.members, cell.plan.members == 1 ? "" : "s", epochs,
                       format_seconds(outcome.train_seconds), per_epoch),
           {{"cell", cell.number},
            {"members", cell.plan.members},
            {"members_at_once", cell.plan.members_at_once},
            {"threads_per_member", cell.plan.threads_per_member},
            {"epochs", epochs},
            {"diverged", outcome.diverged()},
            {"train_seconds", outcome.train_seconds}});
  report_stability(cell, outcome, log);
  report_inexact(cell, outcome, log);
  report_diverged(cell, outcome, log);
}

/// Members of all cells, those trained before included.
struct Tally {
  Index members = 0;
  Index diverged = 0;
};

/// Keeps index.h5 young without spending a noticeable share of the run on it.
class IndexKeeper {
 public:
  explicit IndexKeeper(std::filesystem::path directory) : directory_(std::move(directory)) {}

  void cell_finished() {
    constexpr double interval = 5.0;
    constexpr double least_ratio = 20.0;
    if (seconds_since(last_) > std::max(interval, least_ratio * cost_)) {
      rebuild();
    }
  }
  void rebuild() {
    const auto start = Clock::now();
    analysis::rebuild_index_with_metrics(directory_);
    last_ = Clock::now();
    cost_ = seconds_since(start);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  }
  std::filesystem::path directory_;
  Clock::time_point last_ = Clock::now();
  double cost_ = 0.0;
};

/// Cells computed in different places are valid side by side, but not equal bit for bit.
class PlaceWatch {
 public:
  explicit PlaceWatch(Log& log) : log_(log) {}
  void finished_before(const PreparedCell& cell, const std::string& place) {
    const std::string now = cell.backend.info.name + ": " + cell.backend.info.device;
    if (place != now && told_.insert(place).second) {
      log_.note("other_backend",
                fmt::format("note: cells finished before were computed by {}, this command uses "
                            "{}; both are kept, each cell file says which",
                            place, now),
                {{"before", place}, {"now", now}});
    }
  }

 private:
  Log& log_;
  std::set<std::string> told_;
};

Tally run_cells(const PreparedRun& run, const OutputDirectory& directory, Progress& progress,
                Log& log, const std::stop_token& stop) {
  Tally tally;
  IndexKeeper index(directory.path());
  PlaceWatch places(log);
  for (const auto& cell : run.cells) {
    if (const auto finished = find_finished_cell(directory, cell, log)) {
      log.note("cell_skipped", describe(cell) + ": finished before", {{"cell", cell.number}});
      places.finished_before(cell, finished->computed_by);
      progress.cell_finished(cell, true);
      tally.members += finished->members;
      tally.diverged += finished->diverged;
      continue;
    }
    progress.cell_started(cell);
    const CellOutcome outcome = run_cell(run, cell, directory.cells(), progress, stop);
    index.cell_finished();
    progress.cell_finished(cell, false);
    report_cell(cell, outcome, log);
    tally.members += cell.plan.members;
    tally.diverged += outcome.diverged();
  }
  return tally;
}

std::string how_to_go_on(const PreparedRun& run, const OutputDirectory& directory) {
  Index finished = 0;
  for (const auto& cell : run.cells) {
    finished += std::filesystem::exists(cell_path(directory.cells(), cell.number)) ? 1 : 0;
  }
  return fmt::format(
      "{} of {} cells are finished and kept in {}; the same command goes on from "
      "there",
      finished, run.cells.size(), directory.path().string());
}

}  // namespace

ExitCode run(const RunOptions& options, Log& log, const std::stop_token& stop) {
  const PreparedRun prepared = prepare_run(options);
  const OutputDirectory directory(options.directory, prepared.document, options.restart);
  announce(prepared, directory.path(), log);
  announce_foresight(prepared, log);
  Progress progress(prepared, directory.path(), log);
  Tally tally;
  try {
    tally = run_cells(prepared, directory, progress, log, stop);
    if (!index_is_current(directory.path())) {
      analysis::rebuild_index_with_metrics(directory.path());
    }
  } catch (const Interrupted&) {
    progress.end("interrupted");
    analysis::rebuild_index_with_metrics(directory.path());
    throw Interrupted("interrupted; " + how_to_go_on(prepared, directory));
  } catch (const IoError& failure) {
    progress.end("failed");
    throw IoError(fmt::format("{}\n{}", failure.what(), how_to_go_on(prepared, directory)));
  } catch (...) {
    progress.end("failed");
    throw;
  }
  progress.end("finished");
  if (tally.members > 0 && tally.diverged == tally.members) {
    log.write(LogLevel::error, "all_diverged",
              "every member diverged; choose a smaller train.learning_rate or init.sigma");
    return ExitCode::internal;
  }
  log.note("run_finished", fmt::format("done; results in {}", directory.path().string()));
  return ExitCode::ok;
}

}  // namespace polypath
