#include "polypath/analysis/ensemble.hpp"
#include "polypath/analysis/prediction.hpp"
#include "polypath/core/build_info.hpp"
#include "polypath/core/error.hpp"
#include "polypath/data/dataset.hpp"
#include "polypath/io/guard.hpp"
#include "polypath/record/file_names.hpp"
#include "polypath/run/reports.hpp"
#include "polypath/run/run.hpp"

#include "output_directory.hpp"
#include "portraits.hpp"
#include "theory_cells.hpp"

#include <memory>

#include <fmt/format.h>

namespace polypath {
namespace fs = std::filesystem;
namespace {

using analysis::TheoryCell;

/// A cell to predict; `contents` where it has been run.
struct TheoryJob {
  Index number = 0;
  TheoryCell theory;
  std::vector<SweptValue> swept;
  std::optional<CellContents> contents;
};

/// Cells that the theory covers; what it does not is told in `notes`.
struct TheoryJobs {
  std::vector<TheoryJob> jobs;
  std::vector<std::string> notes;
};

TheoryJobs jobs_of_config(const fs::path& file) {
  const ConfigDocument document = load_config(file.string());
  TheoryJobs result;
  struct Task {
    DataConfig config;
    Index examples = 0;
    Modes modes;
  };
  std::unique_ptr<Task> task;
  for (std::size_t i = 0; i < document.cells.size(); ++i) {
    const Config& config = document.cells[i].config;
    if (!task || !(task->config == config.data)) {
      const Dataset data = make_dataset(config.data);
      task = std::make_unique<Task>(
          Task{config.data, data.examples(), find_modes(data, config.data.correlation)});
    }
    const auto number = static_cast<Index>(i);
    try {
      result.jobs.push_back({number,
                             analysis::theory_cell(config, task->modes, task->examples),
                             document.cells[i].swept,
                             {}});
    } catch (const BadData& failure) {
      result.notes.push_back(fmt::format("cell {} left out: {}", number, failure.what()));
    }
  }
  return result;
}

TheoryJobs jobs_of_directory(const fs::path& directory) {
  TheoryJobs result;
  for (const auto& file : analysis::cell_files(directory)) {
    try {
      CellContents cell = read_cell(file);
      TheoryCell theory = analysis::theory_cell(cell);
      const Index number = cell.cell;
      result.jobs.push_back({number, std::move(theory), cell.swept, std::move(cell)});
    } catch (const Error& failure) {
      result.notes.push_back(
          fmt::format("{} left out: {}", file.filename().string(), failure.what()));
    }
  }
  return result;
}

void write_attributes(Group& root, const fs::path& source) {
  const auto put = [&](const std::string& name, const auto& value) {
    write_attribute(root.handle(), name, value, root.where());
  };
  put("schema_version", Index{1});
  put("title", std::string("Reduced equations of multi-pathway networks beside their simulation"));
  put("source", source.string());
  put("program_version", build_info().version);
  put("git_revision", build_info().git_revision);
}

void write_job(Group& root, const TheoryJob& job, ThreadPool& pool) {
  NamedArrays out(root.create_group("cells/" + cell_name(job.number)));
  for (const auto& [key, value] : job.swept) {
    out.attribute(key, value);
  }
  write_theory_cell(out, job.theory);
  if (job.contents) {
    write_predictions(out, job.theory, *job.contents, pool);
  }
}

void write_file(const fs::path& temporary, const TheoryOptions& options, const TheoryJobs& work) {
  const Hdf5Guard guard;
  ThreadPool pool(usable_threads());
  File file = File::create(temporary, options.output);
  {
    Group root = file.root();
    write_attributes(root, options.source);
    std::vector<TheoryCell> cells;
    for (const auto& job : work.jobs) {
      cells.push_back(job.theory);
    }
    const Index panels = write_portraits(root, cells);
    for (const auto& job : work.jobs) {
      write_job(root, job, pool);
    }
    fmt::print("{}: {} cell{}, {} phase portraits\n", options.output.string(), work.jobs.size(),
               work.jobs.size() == 1 ? "" : "s", panels);
  }
  file.close();
}

}  // namespace

void write_theory(const TheoryOptions& options) {
  const bool directory = fs::is_directory(options.source);
  if (directory && !is_output_directory(options.source)) {
    throw MissingInput(fmt::format(
        "{} is a directory, but not one of polypath run (it has no resolved.toml and cells); give "
        "a config or an output directory",
        options.source.string()));
  }
  refuse_output(options.output, options.source);
  const TheoryJobs work =
      directory ? jobs_of_directory(options.source) : jobs_of_config(options.source);
  for (const auto& note : work.notes) {
    fmt::print(stderr, "note: {}\n", note);
  }
  if (work.jobs.empty()) {
    throw BadData(fmt::format("{}: no cell that the theory covers, so {} was not written",
                              options.source.string(), options.output.string()));
  }
  const fs::path temporary = options.output.string() + ".tmp";
  try {
    write_file(temporary, options, work);
    publish_file(temporary, options.output);
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

}  // namespace polypath
