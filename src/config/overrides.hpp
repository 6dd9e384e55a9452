#pragma once

#include "value.hpp"

#include <string>

namespace polypath::config {

/// Reads "key.sub=value" as the table it stands for. The value is TOML; what is not TOML and does
/// not begin like a list, table or quoted string is taken as a string. Throws UsageError when it is
/// neither.
[[nodiscard]] Table parse_override(const std::string& text);

}  // namespace polypath::config
