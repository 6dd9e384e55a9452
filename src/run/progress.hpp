#pragma once

#include "polypath/core/log.hpp"

#include "prepared_run.hpp"

#include <chrono>
#include <filesystem>
#include <mutex>
#include <string>

namespace polypath {

/// How far a run is: a line on a terminal, a line now and then elsewhere, and DIR/progress.json,
/// renamed into place, for `info` and dashboards. Thread-safe.
class Progress {
 public:
  Progress(const PreparedRun& run, const std::filesystem::path& directory, Log& log);

  void cell_started(const PreparedCell& cell);
  /// `epochs` more epochs of one member of the current cell are done.
  void advance(Index epochs);
  void member_finished();
  void cell_finished(const PreparedCell& cell, bool skipped);
  /// "finished", "interrupted" or "failed": the last word in progress.json.
  void end(const std::string& state);

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] double elapsed() const;
  [[nodiscard]] double seconds_left() const;
  void report(bool now);
  void write_file(const std::string& state);

  const PreparedRun& run_;
  std::filesystem::path file_;
  Log& log_;
  std::mutex mutex_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_line_ = Clock::now();
  Clock::time_point last_plain_line_ = Clock::now();
  Clock::time_point last_file_ = Clock::now();
  double total_work_ = 0.0;    ///< weights times epochs, all cells
  double done_work_ = 0.0;     ///< of cells finished, here or before
  double skipped_work_ = 0.0;  ///< of cells that were there already
  double cell_work_ = 0.0;     ///< of the current cell so far
  const PreparedCell* cell_ = nullptr;
  Index cells_done_ = 0;
  Index members_done_ = 0;
  bool file_failed_ = false;
  bool anything_done_ = false;  ///< a run that finds all cells finished leaves the file as it is
  bool file_written_ = false;
};

}  // namespace polypath
