#include "source.hpp"

#include "polypath/config/nearest.hpp"
#include "polypath/core/error.hpp"

#include "axes.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace polypath::config {
namespace {

bool is_table_name(const std::string& name) {
  const auto names = table_names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

[[noreturn]] void throw_unknown_table(const Entry& entry) {
  const auto* table = entry.value.get<Table>();
  if (entry.place.is_override && !table->empty()) {
    throw_unknown_key(entry.place, entry.name + "." + table->front().name);
  }
  const std::string near = nearest(entry.name, table_names());
  throw BadData(fmt::format(
      "{}: unknown table [{}]: its keys would have no effect. {}", entry.place.text, entry.name,
      near.empty() ? fmt::format("The tables are [{}]", fmt::join(table_names(), "], ["))
                   : fmt::format("Did you mean [{}]?", near)));
}

void read_key(const Entry& entry, const std::string& name, Source& source) {
  const Key* key = find_key(name);
  if (key == nullptr) {
    throw_unknown_key(entry.place, name);
  }
  Settings scratch;
  key->read(*key, entry.value, scratch);
  source.given.push_back({key, entry.value, entry.place});
}

void read_table(const Entry& section, Source& source) {
  const auto* entries = section.value.get<Table>();
  if (entries == nullptr) {
    throw BadData(
        fmt::format("{}: {} is {}, but it is the name of a table; write [{}] and its keys "
                    "below it",
                    section.place.text, section.name, describe(section.value), section.name));
  }
  for (const auto& entry : *entries) {
    const std::string name = section.name + "." + entry.name;
    if (section.name == "sweep" && find_key(name) == nullptr) {
      source.axes.push_back(read_axis(entry));
    } else {
      read_key(entry, name, source);
    }
  }
}

void check_network_spelling(const Source& source) {
  const Place* tables = source.place_of(pathway_key);
  if (tables == nullptr) {
    return;
  }
  for (const auto& name : key_names("network")) {
    const Place* place = source.place_of(name);
    if (is_short_network_key(name) && place != nullptr) {
      throw BadData(fmt::format(
          "{}: {} together with network.pathway ({}): each describes the whole network, "
          "so one of them would be ignored; keep either [[network.pathway]] or "
          "pathways, depth and width",
          place->text, name, tables->text));
    }
  }
}

void check_axes(const Source& source) {
  for (auto axis = source.axes.begin(); axis != source.axes.end(); ++axis) {
    for (auto earlier = source.axes.begin(); earlier != axis; ++earlier) {
      for (const Key* key : axis->keys) {
        if (std::find(earlier->keys.begin(), earlier->keys.end(), key) != earlier->keys.end()) {
          throw BadData(
              fmt::format("{}: {} is swept by two axes (the other is at {}), so it has two "
                          "values in every cell; keep one, or let keys move together with "
                          "\"key, key\"",
                          axis->place.text, key->name, earlier->place.text));
        }
      }
    }
  }
}

void check_overrides(const Source& source) {
  for (const auto& given : source.given) {
    const Axis* axis = source.axis_of(given.key->name);
    if (given.place.is_override && axis != nullptr) {
      throw BadData(
          fmt::format("{}: {} is swept ({}), so the override would have no effect; "
                      "override the axis in [sweep] or take it out of the config",
                      given.place.text, given.key->name, axis->place.text));
    }
  }
}

}  // namespace

const Axis* Source::axis_of(const std::string& key) const {
  for (const auto& axis : axes) {
    for (const Key* swept : axis.keys) {
      if (swept->name == key) {
        return &axis;
      }
    }
  }
  return nullptr;
}

const Place* Source::place_of(const std::string& key) const {
  if (const Axis* axis = axis_of(key)) {
    return &axis->place;
  }
  for (const auto& setting : given) {
    if (setting.key->name == key) {
      return &setting.place;
    }
  }
  return nullptr;
}

std::string Source::where(const std::string& key) const {
  const Place* place = place_of(key);
  return place == nullptr ? name : place->text;
}

void throw_unknown_key(const Place& place, const std::string& name) {
  const std::string near = nearest(name, key_names());
  const std::string table(table_part(name));
  std::string advice;
  if (!near.empty()) {
    advice = fmt::format("Did you mean {}?", near);
  } else if (is_table_name(table)) {
    advice = fmt::format("The keys of [{}] are {}", table, fmt::join(key_names(table), ", "));
  } else {
    advice = fmt::format("The tables are [{}]", fmt::join(table_names(), "], ["));
  }
  throw BadData(
      fmt::format("{}: unknown key {}: it would have no effect. {}", place.text, name, advice));
}

Source read_source(const Table& tables, const std::string& name) {
  Source source{.name = name, .given = {}, .axes = {}};
  for (const auto& entry : tables) {
    if (is_table_name(entry.name)) {
      read_table(entry, source);
    } else if (entry.value.get<Table>() != nullptr) {
      throw_unknown_table(entry);
    } else if (find_key(entry.name) != nullptr) {
      throw BadData(
          fmt::format("{}: the key {} is in quotes, so its dot does not name a table; "
                      "write it without the quotes",
                      entry.place.text, key_to_toml(entry.name)));
    } else {
      throw_unknown_key(entry.place, entry.name);
    }
  }
  check_axes(source);
  check_overrides(source);
  check_network_spelling(source);
  return source;
}

}  // namespace polypath::config
