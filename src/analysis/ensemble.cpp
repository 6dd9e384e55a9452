#include "polypath/analysis/ensemble.hpp"

#include "polypath/core/error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace polypath::analysis {
namespace fs = std::filesystem;
namespace {

void note_what_is_missing(const CellStatistics& cell, std::vector<std::string>& notes) {
  if (cell.growing) {
    notes.push_back(fmt::format("cell {}: not finished yet", cell.cell));
  }
  if (cell.diverged + cell.unfinished > 0) {
    notes.push_back(fmt::format("cell {}: {} of {} members left out ({} diverged, {} unfinished)",
                                cell.cell, cell.diverged + cell.unfinished, cell.members,
                                cell.diverged, cell.unfinished));
  }
  if (cell.diagonal) {
    notes.push_back(
        fmt::format("cell {}: only the diagonal of K was recorded (record.modes = \"diagonal\"), "
                    "so off-diagonal energy, singular values and split are undefined",
                    cell.cell));
  }
  if (cell.pathways == 1) {
    notes.push_back(fmt::format("cell {}: one pathway, so dominance is undefined", cell.cell));
  }
}

}  // namespace

std::vector<fs::path> cell_files(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(directory / "cells", missing)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("cell-") && (name.ends_with(".h5") || name.ends_with(".h5.part"))) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

Ensemble analyse_directory(const fs::path& directory, const BootstrapSettings& settings) {
  Ensemble ensemble;
  ensemble.directory = directory;
  for (const auto& file : cell_files(directory)) {
    try {
      const CellContents contents = read_cell(file);
      ensemble.cells.push_back(analyse_cell(contents, settings));
      if (ensemble.provenance.empty()) {
        ensemble.provenance = contents.attributes;
      }
      note_what_is_missing(ensemble.cells.back(), ensemble.notes);
    } catch (const Error& failure) {
      ensemble.notes.push_back(
          fmt::format("{} left out: {}", file.filename().string(), failure.what()));
    }
  }
  std::stable_sort(ensemble.cells.begin(), ensemble.cells.end(),
                   [](const auto& a, const auto& b) { return a.cell < b.cell; });
  ensemble.fits = fit_dominance(ensemble.cells, settings);
  return ensemble;
}

}  // namespace polypath::analysis
