#pragma once

#include "value.hpp"

#include <functional>
#include <string>

namespace polypath::config {

/// The place that a line of the text (from 1) has in messages.
using PlaceOfLine = std::function<Place(Index line)>;

/// Parses TOML, every table in the order written. Throws BadData with the place and the parser's
/// description when the text is not TOML.
[[nodiscard]] Table parse_toml(const std::string& text, const PlaceOfLine& place_of_line);

/// Lines of a file: "name:line".
[[nodiscard]] PlaceOfLine lines_of(const std::string& name);

}  // namespace polypath::config
