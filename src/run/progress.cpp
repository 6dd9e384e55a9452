#include "progress.hpp"

#include "polypath/plan/memory.hpp"

#include "output_directory.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace polypath {
namespace {

constexpr std::chrono::milliseconds terminal_interval{200};
constexpr std::chrono::seconds plain_interval{30};
constexpr std::chrono::seconds file_interval{2};

/// Whether the last word in the file is `state`.
bool says(const std::filesystem::path& file, const std::string& state) {
  if (!std::filesystem::exists(file)) {
    return false;
  }
  const auto json = nlohmann::json::parse(read_text_file(file), nullptr, false);
  return json.is_object() && json.value("state", "") == state;
}

double epoch_work(const PreparedCell& cell) {
  return static_cast<double>(cell.plan.request.shape.weights());
}

double cell_work(const PreparedCell& cell) {
  const auto epochs = static_cast<double>(std::max<Index>(1, cell.config.config.train.epochs));
  return epoch_work(cell) * epochs * static_cast<double>(cell.plan.members);
}

}  // namespace

Progress::Progress(const PreparedRun& run, const std::filesystem::path& directory, Log& log)
    : run_(run), file_(directory / "progress.json"), log_(log) {
  for (const auto& cell : run.cells) {
    total_work_ += cell_work(cell);
  }
}

void Progress::cell_started(const PreparedCell& cell) {
  const std::lock_guard lock(mutex_);
  cell_ = &cell;
  cell_work_ = 0.0;
  anything_done_ = true;
  report(!file_written_);
}

void Progress::advance(Index epochs) {
  const std::lock_guard lock(mutex_);
  cell_work_ += epoch_work(*cell_) * static_cast<double>(epochs);
  report(false);
}

void Progress::member_finished() {
  const std::lock_guard lock(mutex_);
  ++members_done_;
}

void Progress::cell_finished(const PreparedCell& cell, bool skipped) {
  const std::lock_guard lock(mutex_);
  ++cells_done_;
  done_work_ += cell_work(cell);
  if (skipped) {
    skipped_work_ += cell_work(cell);
    members_done_ += cell.plan.members;
  }
  cell_work_ = 0.0;
  cell_ = nullptr;
  report(true);
}

void Progress::end(const std::string& state) {
  const std::lock_guard lock(mutex_);
  log_.progress("");
  if (anything_done_ || !says(file_, state)) {
    write_file(state);
  }
}

double Progress::elapsed() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

double Progress::seconds_left() const {
  const double done_here = done_work_ - skipped_work_ + cell_work_;
  const double left = total_work_ - done_work_ - cell_work_;
  return done_here > 0.0 ? elapsed() * std::max(0.0, left) / done_here : -1.0;
}

void Progress::report(bool now) {
  const auto time = Clock::now();
  const double left = seconds_left();
  const std::string text = fmt::format(
      "{:3.0f} %  cell {} of {}  {} elapsed{}", 100.0 * (done_work_ + cell_work_) / total_work_,
      std::min<Index>(cells_done_ + 1, static_cast<Index>(run_.cells.size())), run_.cells.size(),
      format_seconds(elapsed()),
      left < 0.0 ? "" : fmt::format(", about {} left", format_seconds(left)));
  if (now || time - last_line_ > terminal_interval) {
    last_line_ = time;
    log_.progress(text);
  }
  if (!log_.is_terminal() && time - last_plain_line_ > plain_interval) {
    last_plain_line_ = time;
    log_.note("progress", text,
              {{"fraction", (done_work_ + cell_work_) / total_work_}, {"seconds_left", left}});
  }
  if (anything_done_ && (now || time - last_file_ > file_interval)) {
    last_file_ = time;
    file_written_ = true;
    write_file("running");
  }
}

void Progress::write_file(const std::string& state) {
  nlohmann::ordered_json json;
  json["state"] = state;
  json["fraction"] = total_work_ > 0.0 ? (done_work_ + cell_work_) / total_work_ : 1.0;
  json["cells_done"] = cells_done_;
  json["cells"] = run_.cells.size();
  json["members_done"] = members_done_;
  if (cell_ != nullptr) {
    json["cell"] = cell_->number;
  }
  json["elapsed_seconds"] = elapsed();
  const double left = state == "running" ? seconds_left() : 0.0;
  if (left >= 0.0) {
    json["seconds_left"] = left;
  }
  json["pid"] = getpid();
  json["updated"] = fmt::format(
      "{:%Y-%m-%dT%H:%M:%S}Z",
      fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
  try {
    replace_text_file(file_, json.dump(2) + "\n");
  } catch (const IoError& failure) {
    // Progress is a courtesy: the run goes on, and the cell files report a full disk themselves.
    if (!file_failed_) {
      file_failed_ = true;
      log_.warning("progress_file", failure.what());
    }
  }
}

}  // namespace polypath
