// Compares the trajectories K of two output directories of the same settings, as
// tools/compare_runs.py does, where there is no Python: for gpu_check.
//
//   polypath_compare_runs DIR DIR [--tolerance 2e-3]
#include "polypath/analysis/run_cells.hpp"
#include "polypath/core/error.hpp"
#include "polypath/record/cell_reader.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace polypath {
namespace {

using Cells = std::map<Index, std::filesystem::path>;
constexpr double infinite = std::numeric_limits<double>::infinity();

/// Of the cells' files that hold anything.
Cells cells_of(const std::filesystem::path& directory) {
  if (!std::filesystem::is_directory(directory / "cells")) {
    throw MissingInput(directory.string() +
                       ": not an output directory of polypath (it has no cells/); give the DIR of "
                       "`polypath run -o DIR`");
  }
  Cells found;
  for (const auto& file : analysis::find_cell_files(directory).files) {
    if (std::filesystem::file_size(file) > 0) {
      found.emplace(read_cell(file).cell, file);
    }
  }
  return found;
}

/// The largest difference of a member's K where it is known; infinite where it is known in one
/// only.
double difference_of_members(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) {
    return infinite;
  }
  double largest = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isfinite(a[i]) != std::isfinite(b[i])) {
      return infinite;
    }
    if (std::isfinite(a[i])) {
      largest = std::max(largest, std::abs(a[i] - b[i]));
    }
  }
  return largest;
}

/// The largest difference of K, relative to the largest target; infinite where the cells do not
/// match.
double difference_of_cells(const CellContents& a, const CellContents& b) {
  if (a.members() != b.members() || a.records() != b.records() || a.pathways != b.pathways ||
      a.modes() != b.modes() || a.diagonal != b.diagonal || a.status != b.status) {
    return infinite;
  }
  double target = 0.0;
  for (const double value : a.target.elements()) {
    target = std::max(target, std::abs(value));
  }
  double worst = 0.0;
  for (Index member = 0; member < a.members(); ++member) {
    worst = std::max(worst, difference_of_members(a.read_K(member), b.read_K(member)) / target);
  }
  return worst;
}

std::string numbers_of(const Cells& cells) {
  std::string text;
  for (const auto& [number, file] : cells) {
    text += (text.empty() ? "" : ", ") + std::to_string(number);
  }
  return "[" + text + "]";
}

/// 0 where all cells agree to the tolerance.
int compare(const std::vector<std::string>& directories, double tolerance) {
  const Cells first = cells_of(directories[0]);
  const Cells second = cells_of(directories[1]);
  if (numbers_of(first) != numbers_of(second) || first.empty()) {
    throw UsageError(fmt::format(
        "the directories hold cells {} and {}; runs of the same config can be compared, when both "
        "are finished",
        numbers_of(first), numbers_of(second)));
  }
  int bad = 0;
  for (const auto& [number, file] : first) {
    const double found = difference_of_cells(read_cell(file), read_cell(second.at(number)));
    bad += found <= tolerance ? 0 : 1;
    fmt::print("cell {}: {:.2e} of the largest target{}\n", number, found,
               found <= tolerance ? "" : ", MORE THAN ALLOWED");
  }
  return bad == 0 ? 0 : 1;
}

}  // namespace
}  // namespace polypath

int main(int argc, char** argv) {
  CLI::App app("Compares K of two output directories.", "polypath_compare_runs");
  std::vector<std::string> directories;
  double tolerance = 2e-3;
  app.add_option("DIR", directories, "two output directories")->required()->expected(2);
  app.add_option("--tolerance", tolerance, "relative to the largest target (for float32)");
  CLI11_PARSE(app, argc, argv);
  try {
    return polypath::compare(directories, tolerance);
  } catch (const polypath::Error& error) {
    fmt::print(stderr, "polypath_compare_runs: {}\n", error.what());
    return static_cast<int>(error.code());
  }
}
