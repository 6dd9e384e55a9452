#include "polypath/analysis/run_cells.hpp"

#include "polypath/core/error.hpp"
#include "polypath/record/file_names.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include <fmt/format.h>

namespace polypath::analysis {
namespace fs = std::filesystem;
namespace {

/// What of one cell is in the numbers.
struct CellUse {
  Index members = 0;
  Index used = 0;
  std::string missing;  ///< why not all of it is used; empty: it is
};
using CellUses = std::map<Index, CellUse>;

CellUse use_of(const CellContents& cell) {
  const auto count = [&](MemberStatus status) {
    return std::count(cell.status.begin(), cell.status.end(), status);
  };
  CellUse use{cell.members(), count(MemberStatus::finished), ""};
  if (use.used < use.members) {
    use.missing =
        fmt::format("{} diverged and {} unfinished of {} members", count(MemberStatus::diverged),
                    count(MemberStatus::unfinished), use.members);
  }
  return use;
}

/// Throws as read_cell, and BadData for a file under another cell's name, which would count twice.
CellContents read_own_cell(const fs::path& file) {
  CellContents cell = read_cell(file);
  if (cell.cell != cell_number(file)) {
    throw BadData(
        fmt::format("it holds cell {}, which its name does not say; a renamed copy?", cell.cell));
  }
  return cell;
}

Coverage coverage_of(const std::vector<PlannedCell>& planned, CellUses uses) {
  if (!planned.empty()) {
    // A stray file that is of no use takes nothing away from the run.
    const auto last = static_cast<Index>(planned.size());
    std::erase_if(uses, [&](const auto& use) { return use.first >= last && use.second.used == 0; });
  }
  for (const auto& cell : planned) {
    CellUse& use = uses.try_emplace(cell.number, CellUse{0, 0, "no file"}).first->second;
    use.members = use.members > 0 ? use.members : cell.settings.config.sweep.seeds;
  }
  Coverage result;
  for (const auto& [number, use] : uses) {
    ++result.cells_planned;
    result.cells += use.used > 0 ? 1 : 0;
    result.members_planned += use.members;
    result.members += use.used;
    if (!use.missing.empty()) {
      result.missing.push_back(fmt::format("cell {} ({})", number, use.missing));
    }
  }
  return result;
}

}  // namespace

std::vector<PlannedCell> planned_cells(const fs::path& directory) {
  std::ifstream file(directory / "resolved.toml", std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  std::vector<PlannedCell> planned;
  if (!file) {
    return planned;
  }
  try {
    for (const auto& cell : parse_config(text.str(), "resolved.toml", "").cells) {
      planned.push_back({static_cast<Index>(planned.size()), cell_settings(cell.config)});
    }
  } catch (const Error&) {
    // Of another version, say: what the files hold is all that is known then.
    planned.clear();
  }
  return planned;
}

CellFiles find_cell_files(const fs::path& directory) {
  CellFiles found;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(directory / "cells", missing)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("cell-") && (name.ends_with(".h5") || name.ends_with(".h5.part"))) {
      found.files.push_back(entry.path());
    }
  }
  std::sort(found.files.begin(), found.files.end());
  // A finished file comes right before the leftover of the same number.
  const auto is_leftover = [&](const fs::path& file) {
    return file.extension() == ".part" && std::binary_search(found.files.begin(), found.files.end(),
                                                             fs::path(file).replace_extension());
  };
  std::vector<fs::path> kept;
  for (const auto& file : found.files) {
    if (is_leftover(file)) {
      found.notes.push_back(
          fmt::format("{} is passed over: the cell is finished, and this is a leftover of an "
                      "earlier attempt",
                      file.filename().string()));
    } else {
      kept.push_back(file);
    }
  }
  found.files = std::move(kept);
  return found;
}

std::string listed(const std::vector<std::string>& items) {
  constexpr std::size_t most = 8;
  const std::size_t shown = std::min(items.size(), most);
  const std::vector<std::string> named(items.begin(),
                                       items.begin() + static_cast<std::ptrdiff_t>(shown));
  return fmt::format("{}{}", fmt::join(named, ", "),
                     items.size() > shown ? fmt::format(" and {} more", items.size() - shown) : "");
}

std::string coverage_text(const Coverage& coverage, const std::string& what) {
  return fmt::format("{} of {} cells and {} of {} members are {}{}{}", coverage.cells,
                     coverage.cells_planned, coverage.members, coverage.members_planned, what,
                     coverage.missing.empty() ? "" : "; missing: ", listed(coverage.missing));
}

RunSurvey visit_cells(const fs::path& directory, const std::function<void(CellContents)>& visit) {
  RunSurvey survey;
  survey.planned = planned_cells(directory);
  const CellFiles found = find_cell_files(directory);
  survey.notes = found.notes;
  CellUses uses;
  for (const auto& file : found.files) {
    const Index number = cell_number(file);
    if (number < 0) {
      survey.notes.push_back(
          fmt::format("{} is passed over: no cell has that name", file.filename().string()));
      continue;
    }
    try {
      CellContents cell = read_own_cell(file);
      const CellUse use = use_of(cell);
      visit(std::move(cell));
      uses.insert_or_assign(number, use);
    } catch (const Error& failure) {
      uses.insert_or_assign(number, CellUse{0, 0, "left out"});
      survey.notes.push_back(
          fmt::format("{} left out: {}", file.filename().string(), failure.what()));
    }
  }
  survey.coverage = coverage_of(survey.planned, std::move(uses));
  return survey;
}

}  // namespace polypath::analysis
