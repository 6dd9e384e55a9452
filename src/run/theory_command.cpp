#include "polypath/core/build_info.hpp"
#include "polypath/core/error.hpp"
#include "polypath/io/guard.hpp"
#include "polypath/record/file_names.hpp"
#include "polypath/run/reports.hpp"
#include "polypath/run/run.hpp"

#include "output_directory.hpp"
#include "portraits.hpp"
#include "run_directory.hpp"
#include "theory_cells.hpp"
#include "theory_jobs.hpp"
#include "theory_progress.hpp"

#include <fmt/format.h>

namespace polypath {
namespace fs = std::filesystem;
namespace {

void write_attributes(Group& root, const fs::path& source, const TheoryJobs& work) {
  const auto put = [&](const std::string& name, const auto& value) {
    write_attribute(root.handle(), name, value, root.where());
  };
  put("schema_version", Index{2});
  put("title", std::string("Reduced equations of multi-pathway networks beside their simulation"));
  put("source", source.string());
  // Which run the file belongs to: those of a run's resolved.toml, and of the config that made it.
  put("settings_hash", settings_hash(work.resolved));
  put("resolved_config", work.resolved);
  put("program_version", build_info().version);
  put("git_revision", build_info().git_revision);
}

void tell(const TheoryJob& job, const std::string& trust) {
  fmt::print("cell {}: {}\n", job.number, trust);
  for (const auto& note : job.theory.notes) {
    fmt::print("cell {}: {}\n", job.number, note);
  }
}

void write_job(Group& root, const TheoryJob& job, ThreadPool& pool, TheoryProgress& progress) {
  NamedArrays out(root.create_group("cells/" + cell_name(job.number)));
  for (const auto& [key, value] : job.swept) {
    out.attribute(key, value);
  }
  out.attribute("settings_hash", job.settings_hash);
  write_theory_cell(out, job.theory);
  std::string trust = trust_text(job.theory);
  if (job.contents) {
    const auto predictions =
        analysis::predict_members(job.theory, *job.contents, pool, [&] { progress.member_done(); });
    write_predictions(out, predictions);
    trust = job.finished() > 0 ? trust_text(predictions) : trust;
  }
  out.attribute("trust", trust);
  tell(job, trust);
}

void write_file(const fs::path& temporary, const TheoryOptions& options, const TheoryJobs& work,
                Log& log) {
  const Hdf5Guard guard;
  ThreadPool pool(usable_threads());
  File file = File::create(temporary, options.output);
  Index panels = 0;
  {
    Group root = file.root();
    write_attributes(root, options.source, work);
    std::vector<analysis::TheoryCell> cells;
    for (const auto& job : work.jobs) {
      cells.push_back(job.theory);
    }
    panels = write_portraits(root, cells);
    TheoryProgress progress(static_cast<Index>(work.jobs.size()), work.finished(), log);
    for (const auto& job : work.jobs) {
      progress.cell_started();
      write_job(root, job, pool, progress);
    }
  }
  file.close();
  fmt::print("{}: {} cell{}, {} phase portraits\n", options.output.string(), work.jobs.size(),
             work.jobs.size() == 1 ? "" : "s", panels);
}

/// A file that cannot be made is told before the long work.
void refuse_uncreatable(const fs::path& temporary, const fs::path& output) {
  const Hdf5Guard guard;
  std::error_code ignored;
  try {
    File::create(temporary, output).close();
  } catch (...) {
    fs::remove(temporary, ignored);
    throw;
  }
  fs::remove(temporary, ignored);
}

void tell(const TheoryJobs& work, Log& log) {
  for (const auto& note : work.notes) {
    log.note("note", "note: " + note);
  }
  if (work.coverage && !work.coverage->is_complete()) {
    log.note("coverage", "note: " + coverage_text(*work.coverage, "in these predictions"));
  }
}

}  // namespace

void write_theory(const TheoryOptions& options) {
  Log log(stderr, LogFormat::text, false);
  const bool directory = fs::is_directory(options.source);
  if (directory) {
    require_run_directory(options.source, "a config or an output directory");
  }
  refuse_output(options.output, options.source);
  const fs::path temporary = options.output.string() + ".tmp";
  refuse_uncreatable(temporary, options.output);
  const TheoryJobs work =
      directory ? jobs_of_directory(options.source) : jobs_of_config(options.source);
  tell(work, log);
  if (work.jobs.empty()) {
    throw BadData(fmt::format("{}: no cell that the theory covers, so {} was not written",
                              options.source.string(), options.output.string()));
  }
  log.note("theory_started", fmt::format("theory of {} cell{} and {} member{}", work.jobs.size(),
                                         work.jobs.size() == 1 ? "" : "s", work.finished(),
                                         work.finished() == 1 ? "" : "s"));
  try {
    write_file(temporary, options, work, log);
    publish_file(temporary, options.output);
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

}  // namespace polypath
