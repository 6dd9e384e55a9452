#include "polypath/analysis/foresight.hpp"
#include "polypath/analysis/intervals.hpp"
#include "polypath/analysis/measures.hpp"
#include "polypath/analysis/member.hpp"
#include "polypath/analysis/run_cells.hpp"
#include "polypath/plan/memory.hpp"
#include "polypath/record/cell_reader.hpp"
#include "polypath/record/run_lock.hpp"

#include "output_directory.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace polypath {
namespace fs = std::filesystem;
namespace {

void print_progress(const fs::path& directory) {
  const fs::path file = directory / "progress.json";
  if (!fs::exists(file)) {
    return;
  }
  const auto json = nlohmann::json::parse(read_text_file(file), nullptr, false);
  if (json.is_discarded()) {
    return;
  }
  std::string state = json.value("state", "unknown");
  if (state == "running" && !is_locked(directory)) {
    state = "stopped without a word (killed?); the same command goes on";
  }
  fmt::print("state      {}, {:.0f} %, {} of {} cells finished", state,
             100.0 * json.value("fraction", 0.0), json.value("cells_done", 0),
             json.value("cells", 0));
  if (state == "running" && json.contains("seconds_left")) {
    fmt::print(", about {} left", format_seconds(json["seconds_left"].get<double>()));
  }
  fmt::print(" (as of {})\n", json.value("updated", "unknown"));
}

/// Who made a cell, and where it was computed.
std::string provenance(const CellContents& cell) {
  const auto known = [&cell](const char* name) { return cell.attribute(name, "unknown"); };
  return fmt::format("made by    polypath {} ({}), {}\nbackend    {}: {}, SIMD {}, {}\n",
                     known("program_version"), known("git_revision"), known("compiler"),
                     known("backend"), known("device"), known("simd_target"), known("libraries"));
}

/// What `analyse` says of modes of a few members.
class ModeMeans {
 public:
  ModeMeans(const CellContents& cell, const std::vector<Index>& members) {
    for (const Index member : members) {
      for (const auto& [quantity, value] : analysis::measure_member(cell, member)) {
        if (quantity.name == "learned" || quantity.name == "dominance") {
          values_[{quantity.name, quantity.mode}].push_back(value);
        }
      }
    }
  }
  [[nodiscard]] analysis::Summary of(const std::string& name, Index mode) const {
    return analysis::summarize(values_.at({name, mode}));
  }
  [[nodiscard]] Index learned(Index mode) const {
    const auto& values = values_.at({"learned", mode});
    return std::count_if(values.begin(), values.end(),
                         [](double part) { return part >= analysis::learned_from; });
  }

 private:
  std::map<std::pair<std::string, Index>, std::vector<double>> values_;
};

void print_mode(const CellContents& cell, Index mode, const ModeMeans& means, Index members) {
  const analysis::Summary learned = means.of("learned", mode);
  const analysis::Summary dominance = means.of("dominance", mode);
  std::string text =
      fmt::format("  mode {:<5} S = {:.4g}", mode, cell.S[static_cast<std::size_t>(mode - 1)]);
  if (learned.count > 0) {
    text += fmt::format(", learned {:.1f} %", 100.0 * learned.mean);
  }
  if (dominance.count > 0) {
    text += fmt::format(", |dominance| {:.3f}", dominance.mean);
    text += dominance.count < members ? fmt::format(" (n = {})", dominance.count) : "";
  }
  text += fmt::format(" ({} member{}", members, members == 1 ? "" : "s");
  if (means.learned(mode) < members) {
    text += fmt::format(", {} learned less than 99 %", members - means.learned(mode));
  }
  fmt::print("{})\n", text);
}

/// How near the finished members ended to the edge of stability; nothing in files that do not say.
void print_stability(const CellContents& cell, const std::vector<Index>& finished) {
  double sum = 0.0;
  double largest = 0.0;
  Index known = 0;
  Index unsettled = 0;
  for (const Index member : finished) {
    const auto m = static_cast<std::size_t>(member);
    unsettled += cell.settled[m] == Settled::no ? 1 : 0;
    if (std::isfinite(cell.edge_ratio[m])) {
      sum += cell.edge_ratio[m];
      largest = std::max(largest, cell.edge_ratio[m]);
      ++known;
    }
  }
  if (known > 0) {
    fmt::print("  stability  learning rate over the edge: {:.2f} (mean), {:.2f} (largest){}\n",
               sum / static_cast<double>(known), largest,
               largest >= analysis::near_the_edge
                   ? ": near the edge of stability, where pathways can be equalised"
                   : "");
  }
  if (unsettled > 0) {
    fmt::print("  settled    {} of {} not settled: their loss still rose at the end\n", unsettled,
               finished.size());
  }
}

void print_cell(const CellContents& cell) {
  const bool partial = cell.path.extension() == ".part";
  std::string swept;
  for (const auto& value : cell.swept) {
    swept += fmt::format("  {} = {}", value.key, value.value);
  }
  fmt::print("cell {}{}{}\n", cell.cell, swept, partial ? "  (unfinished)" : "");
  std::vector<Index> finished;
  Index diverged = 0;
  double loss = 0.0;
  for (Index m = 0; m < cell.members(); ++m) {
    const auto i = static_cast<std::size_t>(m);
    if (cell.status[i] == MemberStatus::finished) {
      finished.push_back(m);
      loss += cell.final_loss[i];
    }
    diverged += cell.status[i] == MemberStatus::diverged ? 1 : 0;
  }
  fmt::print("  members    {}: {} finished{}; {} epochs, {} records\n", cell.members(),
             finished.size(), diverged > 0 ? fmt::format(", {} diverged", diverged) : "",
             cell.epochs.back(), cell.records());
  for (Index m = 0; partial && m < cell.members(); ++m) {
    if (cell.status[static_cast<std::size_t>(m)] == MemberStatus::unfinished &&
        cell.epochs_done(m) > 0) {
      fmt::print("  seed {:<5} {} epochs so far\n", cell.seeds[static_cast<std::size_t>(m)],
                 cell.epochs_done(m));
    }
  }
  if (finished.empty()) {
    return;
  }
  fmt::print("  loss       {:.3g} (mean over finished members)\n",
             loss / static_cast<double>(finished.size()));
  print_stability(cell, finished);
  // Reading every K of a large ensemble takes long; a sample says enough here.
  constexpr std::size_t sample = 32;
  finished.resize(std::min(finished.size(), sample));
  const ModeMeans means(cell, finished);
  for (const Index mode : std::set<Index>{std::min(Index{1}, cell.rank), cell.rank}) {
    if (mode > 0) {
      print_mode(cell, mode, means, static_cast<Index>(finished.size()));
    }
  }
}

}  // namespace

void print_info(const fs::path& directory) {
  if (!is_output_directory(directory)) {
    throw MissingInput(fmt::format(
        "{} is not an output directory of polypath run (it has no resolved.toml and cells)",
        directory.string()));
  }
  fmt::print("directory  {}\n", directory.string());
  print_progress(directory);
  std::string last;  // a resumed run can have cells of several programs and machines
  for (const auto& file : analysis::find_cell_files(directory).files) {
    try {
      const CellContents cell = read_cell(file);
      const std::string made = provenance(cell);
      if (made != last) {
        fmt::print("{}", made);
        last = made;
      }
      print_cell(cell);
    } catch (const Error& failure) {
      fmt::print("{}: cannot be read now: {}\n", file.filename().string(), failure.what());
    }
  }
  if (last.empty()) {
    fmt::print("no cell can be read yet\n");
  }
}

}  // namespace polypath
