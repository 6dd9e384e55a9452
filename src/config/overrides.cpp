#include "overrides.hpp"

#include "polypath/core/error.hpp"

#include "toml_reader.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace polypath::config {
namespace {

[[noreturn]] void throw_malformed(const std::string& text, const std::string& problem) {
  throw UsageError(
      fmt::format("--set {}: {}; an override is written key.sub=value, for example "
                  "--set train.epochs=200",
                  text, problem));
}

/// The first '=' that is not inside quotes.
std::size_t find_equals(std::string_view text) {
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quote != '\0') {
      quote = text[i] == quote ? '\0' : quote;
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
    } else if (text[i] == '=') {
      return i;
    }
  }
  return std::string_view::npos;
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

std::optional<Table> try_toml(const std::string& key, const std::string& value,
                              const Place& place) {
  try {
    return parse_toml(key + " = " + value, [&](Index) { return place; });
  } catch (const BadData&) {
    return std::nullopt;
  }
}

}  // namespace

Table parse_override(const std::string& text) {
  const Place place{"--set " + text, true};
  const auto equals = find_equals(text);
  if (equals == std::string::npos) {
    throw_malformed(text, "there is no '='");
  }
  if (std::any_of(text.begin(), text.end(),
                  [](unsigned char c) { return c < 0x20 && c != '\t'; })) {
    throw_malformed(text, "it contains a line break or another control character");
  }
  const std::string key = trimmed(std::string_view(text).substr(0, equals));
  const std::string value = trimmed(std::string_view(text).substr(equals + 1));
  if (!try_toml(key, "0", place)) {
    throw_malformed(text, fmt::format("'{}' is not a key", key));
  }
  if (value.empty()) {
    throw_malformed(text, "there is no value behind the '='");
  }
  if (auto table = try_toml(key, value, place)) {
    return *table;
  }
  if (std::string_view("[{\"'").find(value.front()) != std::string_view::npos) {
    throw_malformed(text, fmt::format("{} is not a complete TOML value", value));
  }
  const auto table = try_toml(key, to_toml({value}), place);
  if (!table) {
    throw_malformed(text, fmt::format("{} is not valid UTF-8", value));
  }
  return *table;
}

}  // namespace polypath::config
