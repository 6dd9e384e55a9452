#pragma once

#include "polypath/core/types.hpp"

#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace polypath {

/// One named value of a log event.
using LogValue = std::variant<Index, double, bool, std::string>;
using LogFields = std::vector<std::pair<std::string, LogValue>>;

enum class LogFormat { text, json };
enum class LogLevel { note, warning, error };

/// Where a run reports what happens: lines for people, or one JSON object a line for machines
/// ({"event": ..., "level": ..., "time": ..., "message": ..., fields...}). Thread-safe.
class Log {
 public:
  /// `quiet` keeps notes back; warnings and errors always appear. `stream` stays the caller's.
  Log(std::FILE* stream, LogFormat format, bool quiet)
      : stream_(stream), format_(format), quiet_(quiet) {}

  /// `event` is a stable snake_case word, `text` the sentence a person reads.
  void write(LogLevel level, std::string_view event, const std::string& text,
             const LogFields& fields = {});
  void note(std::string_view event, const std::string& text, const LogFields& fields = {}) {
    write(LogLevel::note, event, text, fields);
  }
  void warning(std::string_view event, const std::string& text, const LogFields& fields = {}) {
    write(LogLevel::warning, event, text, fields);
  }

  /// Shows `line` as the one progress line that a terminal rewrites in place; empty removes it.
  /// Does nothing unless the stream is a terminal and the format is text.
  void progress(const std::string& line);
  [[nodiscard]] bool is_terminal() const;
  [[nodiscard]] LogFormat format() const { return format_; }

 private:
  std::FILE* stream_;
  LogFormat format_;
  bool quiet_;
  std::size_t progress_width_ = 0;
  std::mutex mutex_;
};

}  // namespace polypath
