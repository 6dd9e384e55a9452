#pragma once

#include "polypath/config/config.hpp"

#include <string>
#include <vector>

namespace polypath {

// The swept values of a cell as the attribute `swept`: a JSON object from key to value, in the
// order of the sweep. TOML numbers, booleans, strings and arrays of them become their JSON
// counterparts; anything else (inline tables) stays TOML text, as a string.

[[nodiscard]] std::string swept_to_json(const std::vector<SweptValue>& swept);
/// The inverse, values as TOML text again.
[[nodiscard]] std::vector<SweptValue> swept_from_json(const std::string& text);

/// Whether a value is a number, and then which.
[[nodiscard]] bool swept_number(const std::string& value, double& number);
/// A value for people: strings without their quotes, everything else as it is.
[[nodiscard]] std::string swept_text(const std::string& value);

}  // namespace polypath
