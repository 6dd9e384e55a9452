#include "polypath/config/config.hpp"

#include "polypath/core/error.hpp"

#include "axes.hpp"
#include "overrides.hpp"
#include "resolved.hpp"
#include "toml_reader.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace polypath {
namespace {

using config::Settings;
using config::Source;
using config::Table;

Settings base_settings(const Source& source) {
  Settings settings;
  for (const auto& given : source.given) {
    given.key->read(*given.key, given.value, settings);
  }
  return settings;
}

/// The settings of one point of the grid, and the values that are swept there.
std::pair<Settings, std::vector<SweptValue>> settings_at(const config::GridPoint& point,
                                                         const Settings& base,
                                                         const Source& source) {
  Settings settings = base;
  std::vector<SweptValue> swept;
  for (std::size_t a = 0; a < source.axes.size(); ++a) {
    const auto& axis = source.axes[a];
    for (std::size_t k = 0; k < axis.keys.size(); ++k) {
      const auto& key = *axis.keys[k];
      key.read(key, axis.rows[point[a]][k], settings);
      swept.push_back({key.name, to_toml(key.write(settings))});
    }
  }
  return {std::move(settings), std::move(swept)};
}

/// Collects, over the cells, which of the keys that the config sets are used nowhere.
class UnusedKeys {
 public:
  explicit UnusedKeys(const Source& source) : source_(source) {
    for (const auto& key : config::all_keys()) {
      if (source.place_of(key.name) != nullptr) {
        unused_.push_back({&key, {}});
      }
    }
  }

  void add(const Settings& settings) {
    std::erase_if(unused_, [&](UnusedKey& candidate) {
      candidate.reason = candidate.key->unused(settings);
      return candidate.reason.empty();
    });
  }

  [[nodiscard]] std::vector<std::string> notes() const {
    std::vector<std::string> notes;
    for (const auto& [key, reason] : unused_) {
      notes.push_back(fmt::format("{}: {} is not used with {}; its value has no effect",
                                  source_.where(key->name), key->name, reason));
    }
    return notes;
  }

 private:
  struct UnusedKey {
    const config::Key* key;
    std::string reason;
  };
  const Source& source_;
  std::vector<UnusedKey> unused_;
};

/// The whole sweep is listed in memory.
void refuse_too_many_layers(std::size_t layers, const std::string& name) {
  constexpr std::size_t most = std::size_t{1} << 24;
  if (layers > most) {
    throw BadData(fmt::format(
        "{}: the networks of all cells have more than {} weight matrices; make the sweep, "
        "network.depth or network.pathways smaller",
        name, most));
  }
}

std::string read_file(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    throw MissingInput(
        fmt::format("{}: there is no such config file; check the path, or start from a copy of one "
                    "in configs/",
                    path));
  }
  if (std::filesystem::is_directory(path, ignored)) {
    throw BadData(fmt::format("{}: this is a folder, but a config is a TOML file", path));
  }
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    throw MissingInput(
        fmt::format("{}: the config file cannot be read; check its permissions", path));
  }
  return text;
}

}  // namespace

ConfigDocument parse_config(const std::string& text, const std::string& name,
                            const std::string& folder, const std::vector<std::string>& overrides) {
  Table tables = config::parse_toml(text, config::lines_of(name));
  for (const auto& override_text : overrides) {
    config::merge(tables, config::parse_override(override_text));
  }
  const Source source = config::read_source(tables, name);
  const Settings base = base_settings(source);

  ConfigDocument document;
  document.text = text;
  UnusedKeys unused(source);
  std::size_t layers = 0;
  for (const auto& point : config::grid_of(source.axes)) {
    auto [settings, swept] = settings_at(point, base, source);
    document.cells.push_back({config::finished(settings, source, folder), std::move(swept),
                              config::resolved_cell(settings)});
    for (const auto& pathway : document.cells.back().config.network.pathways) {
      layers += pathway.hidden.size() + 1;
    }
    refuse_too_many_layers(layers, name);
    unused.add(settings);
  }
  document.resolved = config::resolved_document(base, source);
  document.notes = unused.notes();
  return document;
}

ConfigDocument load_config(const std::string& path, const std::vector<std::string>& overrides) {
  return parse_config(read_file(path), path, std::filesystem::path(path).parent_path().string(),
                      overrides);
}

}  // namespace polypath
