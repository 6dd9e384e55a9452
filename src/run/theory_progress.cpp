#include "theory_progress.hpp"

#include "polypath/plan/memory.hpp"

#include <fmt/format.h>

namespace polypath {
namespace {

constexpr std::chrono::milliseconds terminal_interval{200};
constexpr std::chrono::seconds plain_interval{30};

}  // namespace

void TheoryProgress::cell_started() {
  ++cell_;
  report(Clock::duration::zero());
}

void TheoryProgress::member_done() {
  ++members_done_;
  report(terminal_interval);
}

void TheoryProgress::report(Clock::duration interval) {
  const auto time = Clock::now();
  const double elapsed = std::chrono::duration<double>(time - start_).count();
  const std::string text =
      fmt::format("cell {} of {}, {} of {} members predicted, {} elapsed", cell_, cells_,
                  members_done_, members_, format_seconds(elapsed));
  if (time - last_line_ >= interval) {
    last_line_ = time;
    log_.progress(text);
  }
  if (!log_.is_terminal() && time - last_plain_line_ >= plain_interval) {
    last_plain_line_ = time;
    log_.note("progress", text, {{"cell", cell_}, {"members_done", members_done_}});
  }
}

}  // namespace polypath
