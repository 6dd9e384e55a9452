#include "polypath/config/config.hpp"

#include "key.hpp"
#include "toml_reader.hpp"
#include "value.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace polypath {
namespace {

using config::key_to_toml;
using config::List;
using config::Table;
using config::to_toml;
using config::Value;

/// Keys and values in the order of the text.
using FlatText = std::vector<std::pair<std::string, std::string>>;

bool is_list_of_tables(const Value& value) {
  const auto* list = value.get<List>();
  return list != nullptr && !list->empty() && list->front().get<Table>() != nullptr;
}

void flatten(const std::string& name, const Value& value, FlatText& flat) {
  if (const auto* table = value.get<Table>()) {
    for (const auto& entry : *table) {
      flatten(fmt::format("{}{}{}", name, name.empty() ? "" : ".", key_to_toml(entry.name)),
              entry.value, flat);
    }
  } else if (is_list_of_tables(value)) {
    Index number = 0;
    for (const auto& item : *value.get<List>()) {
      flatten(fmt::format("{}[{}]", name, number++), item, flat);
    }
  } else {
    flat.emplace_back(name, to_toml(value));
  }
}

FlatText flatten(const std::string& resolved) {
  FlatText flat;
  flatten("", {config::parse_toml(resolved, config::lines_of("resolved settings"))}, flat);
  return flat;
}

const std::string* find_value(const FlatText& flat, const std::string& name) {
  const auto found =
      std::find_if(flat.begin(), flat.end(), [&](const auto& item) { return item.first == name; });
  return found == flat.end() ? nullptr : &found->second;
}

/// A text written before a key existed stands for the key's default, so that its run goes on.
std::string value_in(const FlatText& flat, const std::string& name) {
  if (const std::string* value = find_value(flat, name)) {
    return *value;
  }
  const config::Key* key = config::find_key(name);
  return key == nullptr || config::is_short_network_key(name)
             ? "not set"
             : to_toml(key->write(config::Settings()));
}

}  // namespace

std::vector<std::string> differing_keys(const std::string& resolved_a,
                                        const std::string& resolved_b) {
  const FlatText a = flatten(resolved_a);
  const FlatText b = flatten(resolved_b);
  std::vector<std::string> differences;
  const auto compare = [&](const std::string& key) {
    const std::string here = value_in(a, key);
    const std::string there = value_in(b, key);
    if (here != there) {
      differences.push_back(fmt::format("{}: here {}, there {}", key, here, there));
    }
  };
  for (const auto& [key, value] : a) {
    compare(key);
  }
  for (const auto& [key, value] : b) {
    if (find_value(a, key) == nullptr) {
      compare(key);
    }
  }
  return differences;
}

std::string settings_hash(const std::string& resolved) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const char c : resolved) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return fmt::format("{:016x}", hash);
}

}  // namespace polypath
