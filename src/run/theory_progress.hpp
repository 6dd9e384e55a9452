#pragma once

#include "polypath/core/log.hpp"

#include <chrono>
#include <string>

namespace polypath {

/// How far `polypath theory` is: a line that a terminal rewrites in place, a line now and then
/// elsewhere.
class TheoryProgress {
 public:
  TheoryProgress(Index cells, Index members, Log& log)
      : cells_(cells), members_(members), log_(log) {}
  ~TheoryProgress() { log_.progress(""); }
  TheoryProgress(const TheoryProgress&) = delete;
  TheoryProgress& operator=(const TheoryProgress&) = delete;

  void cell_started();
  void member_done();

 private:
  using Clock = std::chrono::steady_clock;
  void report(Clock::duration interval);

  Index cells_;
  Index members_;
  Log& log_;
  Index cell_ = 0;  ///< from 1
  Index members_done_ = 0;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_line_ = start_;
  Clock::time_point last_plain_line_ = start_;
};

}  // namespace polypath
