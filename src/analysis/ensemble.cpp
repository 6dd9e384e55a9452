#include "polypath/analysis/ensemble.hpp"

#include <utility>

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

Ensemble analyse_directory(const fs::path& directory) {
  Ensemble ensemble;
  ensemble.directory = directory;
  RunSurvey survey = visit_cells(directory, [&](const CellContents& contents) {
    ensemble.cells.push_back(analyse_cell(contents));
    if (ensemble.provenance.empty()) {
      ensemble.provenance = contents.attributes;
    }
    note_what_is_missing(ensemble.cells.back(), ensemble.notes);
  });
  ensemble.notes.insert(ensemble.notes.end(), survey.notes.begin(), survey.notes.end());
  ensemble.coverage = std::move(survey.coverage);
  ensemble.fits = fit_dominance(ensemble.cells, survey.planned);
  ensemble.learned_fits = fit_dominance(ensemble.cells, survey.planned, Members::learned);
  return ensemble;
}

}  // namespace polypath::analysis
