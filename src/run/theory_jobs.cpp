#include "theory_jobs.hpp"

#include "polypath/core/error.hpp"
#include "polypath/data/dataset.hpp"

#include "output_directory.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace polypath {
namespace {

/// Data of the cells that agree on [data].
struct PreparedTask {
  DataConfig config;
  Dataset data;
  Modes modes;
};

}  // namespace

Index TheoryJob::finished() const {
  return contents
             ? std::count(contents->status.begin(), contents->status.end(), MemberStatus::finished)
             : 0;
}

Index TheoryJobs::finished() const {
  return std::accumulate(jobs.begin(), jobs.end(), Index{0},
                         [](Index sum, const auto& job) { return sum + job.finished(); });
}

TheoryJobs jobs_of_config(const std::filesystem::path& file) {
  const ConfigDocument document = load_config(file.string());
  TheoryJobs result;
  result.resolved = document.resolved;
  std::unique_ptr<PreparedTask> task;
  for (std::size_t i = 0; i < document.cells.size(); ++i) {
    const CellConfig& cell = document.cells[i];
    const Config& config = cell.config;
    if (!task || !(task->config == config.data)) {
      Dataset data = make_dataset(config.data);
      Modes modes = find_modes(data, config.data.correlation);
      task = std::make_unique<PreparedTask>(
          PreparedTask{config.data, std::move(data), std::move(modes)});
    }
    const auto number = static_cast<Index>(i);
    try {
      result.jobs.push_back({number, analysis::theory_cell(config, task->modes, task->data),
                             cell.swept, settings_hash(cell.resolved), std::nullopt});
    } catch (const BadData& failure) {
      result.notes.push_back(fmt::format("cell {} left out: {}", number, failure.what()));
    }
  }
  return result;
}

TheoryJobs jobs_of_directory(const std::filesystem::path& directory) {
  TheoryJobs result;
  result.resolved = read_text_file(directory / "resolved.toml");
  analysis::RunSurvey survey = analysis::visit_cells(directory, [&](CellContents cell) {
    analysis::TheoryCell theory = analysis::theory_cell(cell);
    TheoryJob job{cell.cell, std::move(theory), cell.swept, cell.attribute("settings_hash", ""),
                  std::nullopt};
    job.contents = std::move(cell);
    result.jobs.push_back(std::move(job));
  });
  result.coverage = std::move(survey.coverage);
  result.notes = std::move(survey.notes);
  return result;
}

}  // namespace polypath
