#include "axes.hpp"

#include "polypath/core/error.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>

namespace polypath::config {
namespace {

/// Beyond that, a cell number no longer fits the names of the cell files.
constexpr std::size_t most_cells = 100000;

std::vector<std::string> split_at_commas(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  std::vector<std::string> parts;
  while (true) {
    const auto comma = text.find(',');
    std::string_view part = text.substr(0, comma);
    part.remove_prefix(std::min(part.find_first_not_of(blanks), part.size()));
    part = part.substr(0, part.find_last_not_of(blanks) + 1);
    parts.emplace_back(part);
    if (comma == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(comma + 1);
  }
}

std::vector<const Key*> keys_of(const Entry& entry) {
  std::vector<const Key*> keys;
  for (const auto& name : split_at_commas(entry.name)) {
    const Key* key = find_key(name);
    if (name == "sweep.seeds" || name == "seeds") {
      throw BadData(
          fmt::format("{}: sweep.seeds cannot be swept: seeds are the members of every "
                      "cell; set it beside the axes, for example seeds = 20",
                      entry.place.text));
    }
    if (key == nullptr) {
      throw_unknown_key(entry.place, name.find('.') == std::string::npos ? "sweep." + name : name);
    }
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) {
      throw BadData(fmt::format("{}: {} stands twice in one axis", entry.place.text, name));
    }
    keys.push_back(key);
  }
  return keys;
}

List row_of(const Value& item, const std::vector<const Key*>& keys) {
  if (keys.size() == 1) {
    return {item};
  }
  const auto* values = item.get<List>();
  if (values == nullptr || values->size() != keys.size()) {
    throw BadData(
        fmt::format("{}: this axis moves {} keys together, so each of its entries is a "
                    "list of {} values, but {} stands here",
                    item.place.text, keys.size(), keys.size(), to_toml(item)));
  }
  return *values;
}

/// The values of a row as they stand in the settings, so that each has one spelling.
List canonical_row(const Axis& axis, const List& row) {
  List values;
  for (std::size_t i = 0; i < axis.keys.size(); ++i) {
    Settings scratch;
    axis.keys[i]->read(*axis.keys[i], row[i], scratch);
    values.push_back(axis.keys[i]->write(scratch));
  }
  return values;
}

}  // namespace

Axis read_axis(const Entry& entry) {
  const auto* table = entry.value.get<Table>();
  const auto tables = table_names();
  if (table != nullptr && !table->empty() &&
      std::find(tables.begin(), tables.end(), entry.name) != tables.end()) {
    throw BadData(fmt::format(
        "{}: the swept key {}.{} is not in quotes, so TOML takes it for a table "
        "in a table; write \"{}.{}\" = [...] in [sweep]",
        entry.place.text, entry.name, table->front().name, entry.name, table->front().name));
  }
  Axis axis{.keys = keys_of(entry), .rows = {}, .place = entry.place};
  const auto* items = entry.value.get<List>();
  if (items == nullptr || items->empty()) {
    throw BadData(fmt::format(
        "{}: the axis \"{}\" is {}, but a list of the values that it takes is "
        "expected",
        entry.place.text, entry.name, items == nullptr ? describe(entry.value) : "an empty list"));
  }
  std::map<std::string, std::size_t> first_place;
  for (const auto& item : *items) {
    axis.rows.push_back(row_of(item, axis.keys));
    const std::string value = to_toml({canonical_row(axis, axis.rows.back())});
    const auto [place, is_new] = first_place.try_emplace(value, axis.rows.size());
    if (!is_new) {
      throw BadData(fmt::format(
          "{}: entries {} and {} of the axis \"{}\" are both {}, so the same cells would "
          "be trained twice; take one out (other initial weights come with seeds = N)",
          item.place.text, place->second, axis.rows.size(), entry.name, to_toml(item)));
    }
  }
  return axis;
}

std::string axis_to_toml(const Axis& axis) {
  std::string names;
  for (const Key* key : axis.keys) {
    names += (names.empty() ? "" : ", ") + key->name;
  }
  List rows;
  for (const auto& row : axis.rows) {
    List values = canonical_row(axis, row);
    rows.push_back(values.size() == 1 ? values.front() : Value{std::move(values)});
  }
  return fmt::format("{} = {}", key_to_toml(names), to_toml({std::move(rows)}));
}

std::vector<GridPoint> grid_of(const std::vector<Axis>& axes) {
  std::vector<GridPoint> grid{{}};
  for (const auto& axis : axes) {
    if (grid.size() * axis.rows.size() > most_cells) {
      throw BadData(
          fmt::format("{}: with this axis the sweep has more than {} cells; take values "
                      "out, or split it into several configs",
                      axis.place.text, most_cells));
    }
    std::vector<GridPoint> longer;
    for (const auto& point : grid) {
      for (std::size_t row = 0; row < axis.rows.size(); ++row) {
        longer.push_back(point);
        longer.back().push_back(row);
      }
    }
    grid = std::move(longer);
  }
  return grid;
}

}  // namespace polypath::config
