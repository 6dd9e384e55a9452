#pragma once

#include <chrono>
#include <string>

#include <fmt/chrono.h>

namespace polypath {

/// Now, as ISO 8601 in UTC: "2024-05-17T09:30:00Z".
[[nodiscard]] inline std::string utc_timestamp() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(now));
}

}  // namespace polypath
