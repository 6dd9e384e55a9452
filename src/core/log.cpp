#include "polypath/core/log.hpp"

#include <chrono>
#include <cmath>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace polypath {
namespace {

const char* name_of(LogLevel level) {
  switch (level) {
    case LogLevel::note:
      return "note";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "";
}

std::string json_line(LogLevel level, std::string_view event, const std::string& text,
                      const LogFields& fields) {
  nlohmann::ordered_json line;
  line["event"] = event;
  line["level"] = name_of(level);
  line["time"] = fmt::format(
      "{:%Y-%m-%dT%H:%M:%S}Z",
      fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
  line["message"] = text;
  for (const auto& [key, value] : fields) {
    std::visit([&line, name = key](const auto& v) { line[name] = v; }, value);
  }
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string text_line(LogLevel level, const std::string& text) {
  return level == LogLevel::note ? text : fmt::format("{}: {}", name_of(level), text);
}

/// A line that nobody can be shown any more (the reader of a pipe has gone, say) is no reason to
/// end what is being logged.
template <class... Arguments>
void show(std::FILE* stream, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  const std::string text = fmt::format(format, std::forward<Arguments>(arguments)...);
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stream));
}

}  // namespace

void Log::write(LogLevel level, std::string_view event, const std::string& text,
                const LogFields& fields) {
  if (quiet_ && level == LogLevel::note) {
    return;
  }
  const std::string line =
      format_ == LogFormat::json ? json_line(level, event, text, fields) : text_line(level, text);
  const std::lock_guard lock(mutex_);
  if (progress_width_ > 0) {
    show(stream_, "\r{:{}}\r", "", progress_width_);
    progress_width_ = 0;
  }
  show(stream_, "{}\n", line);
  std::fflush(stream_);
}

void Log::progress(const std::string& line) {
  if (quiet_ || format_ == LogFormat::json || !is_terminal()) {
    return;
  }
  const std::lock_guard lock(mutex_);
  show(stream_, "\r{:{}}", line, progress_width_);
  if (line.empty()) {
    show(stream_, "\r");
  }
  progress_width_ = line.size();
  std::fflush(stream_);
}

bool Log::is_terminal() const { return isatty(fileno(stream_)) == 1; }

}  // namespace polypath
