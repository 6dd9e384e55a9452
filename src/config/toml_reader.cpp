#include "toml_reader.hpp"

#include "polypath/core/error.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace polypath::config {
namespace {

class Converter {
 public:
  explicit Converter(const PlaceOfLine& place_of_line) : place_of_line_(place_of_line) {}

  [[nodiscard]] Table table(const toml::table& source) const;

 private:
  [[nodiscard]] Place place(const toml::source_region& region) const {
    return place_of_line_(region.begin.line);
  }
  [[nodiscard]] Value value(const toml::node& node) const;
  [[nodiscard]] List list(const toml::array& source) const;

  const PlaceOfLine& place_of_line_;
};

// toml++ sorts keys by name; axes and messages follow the file.
Table Converter::table(const toml::table& source) const {
  using Position = std::tuple<Index, Index>;
  std::vector<std::pair<Position, Entry>> entries;
  entries.reserve(source.size());
  for (const auto& [key, node] : source) {
    const auto& begin = key.source().begin;
    entries.emplace_back(Position{begin.line, begin.column},
                         Entry{std::string(key.str()), value(node), place(key.source())});
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  Table ordered;
  ordered.reserve(entries.size());
  for (auto& [position, entry] : entries) {
    ordered.push_back(std::move(entry));
  }
  return ordered;
}

List Converter::list(const toml::array& source) const {
  List values;
  values.reserve(source.size());
  for (const auto& node : source) {
    values.push_back(value(node));
  }
  return values;
}

Value Converter::value(const toml::node& node) const {
  const Place where = place(node.source());
  if (const auto* text = node.as_string()) {
    return {text->get(), where};
  }
  if (const auto* integer = node.as_integer()) {
    return {static_cast<Index>(integer->get()), where};
  }
  if (const auto* number = node.as_floating_point()) {
    return {number->get(), where};
  }
  if (const auto* boolean = node.as_boolean()) {
    return {boolean->get(), where};
  }
  if (const auto* array = node.as_array()) {
    return {list(*array), where};
  }
  if (const auto* nested = node.as_table()) {
    return {table(*nested), where};
  }
  return {DateOrTime{}, where};
}

/// The parser calls itself for every part of a dotted key; a key of thousands of parts, which no
/// setting has, would exhaust the stack.
void refuse_endless_keys(const std::string& text, const PlaceOfLine& place_of_line) {
  constexpr Index most_parts = 200;
  Index line = 1;
  Index parts = 1;
  bool in_key = true;
  for (const char c : text) {
    if (c == '\n') {
      ++line;
      parts = 1;
      in_key = true;
    } else if (c == '=' || c == '#' || c == '"' || c == '\'') {
      in_key = false;
    } else if (in_key && c == '.' && ++parts > most_parts) {
      throw BadData(fmt::format("{}: a key of more than {} parts; no setting has so many",
                                place_of_line(line).text, most_parts));
    }
  }
}

}  // namespace

Table parse_toml(const std::string& text, const PlaceOfLine& place_of_line) {
  refuse_endless_keys(text, place_of_line);
  try {
    return Converter(place_of_line).table(toml::parse(text));
  } catch (const toml::parse_error& problem) {
    const auto& begin = problem.source().begin;
    throw BadData(fmt::format("{}: this is not valid TOML (column {}): {}",
                              place_of_line(begin.line).text, begin.column, problem.description()));
  }
}

PlaceOfLine lines_of(const std::string& name) {
  return [name](Index line) { return Place{fmt::format("{}:{}", name, line)}; };
}

}  // namespace polypath::config
