#include "resolved.hpp"

#include "polypath/config/nearest.hpp"
#include "polypath/core/error.hpp"

#include "axes.hpp"
#include "enum_names.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

namespace polypath::config {
namespace {

/// So that a slip in depth or pathways is refused instead of filling the memory with shapes.
constexpr Index most_layers = Index{1} << 20;

Precision precision_for(InitMethod method) {
  switch (method) {
    case InitMethod::gaussian:
    case InitMethod::file:
      return Precision::float32;
    case InitMethod::projected:
    case InitMethod::sampled:
      return Precision::float64;
  }
  return Precision::float32;
}

Precision resolve(const Settings& settings) {
  switch (settings.precision) {
    case PrecisionChoice::float32:
      return Precision::float32;
    case PrecisionChoice::float64:
      return Precision::float64;
    case PrecisionChoice::automatic:
      break;
  }
  return precision_for(settings.config.init.method);
}

PrecisionChoice as_choice(Precision precision) {
  return precision == Precision::float32 ? PrecisionChoice::float32 : PrecisionChoice::float64;
}

void use_pathway_tables(Settings& settings) {
  if (settings.has_pathway_tables) {
    return;
  }
  const PathwayConfig pathway{
      std::vector<Index>(static_cast<std::size_t>(settings.depth - 1), settings.width)};
  settings.config.network.pathways.assign(static_cast<std::size_t>(settings.pathways), pathway);
  settings.has_pathway_tables = true;
}

void check_network_size(const Settings& settings, const Source& source) {
  Index layers = settings.pathways * settings.depth;
  Index deepest = settings.depth;
  if (settings.has_pathway_tables) {
    layers = 0;
    deepest = 0;
    for (const auto& pathway : settings.config.network.pathways) {
      const Index depth = static_cast<Index>(pathway.hidden.size()) + 1;
      layers += depth;
      deepest = std::max(deepest, depth);
    }
  }
  const std::string where =
      source.where(settings.has_pathway_tables ? pathway_key : "network.depth");
  if (deepest > largest_depth) {
    throw BadData(
        fmt::format("{}: {} is {} weight matrices deep, but at most {} are possible: "
                    "random numbers are labelled by a layer number of 16 bits",
                    where, pathway_key, deepest, largest_depth));
  }
  if (layers > most_layers) {
    throw BadData(
        fmt::format("{}: the network has {} weight matrices in all its pathways, but at "
                    "most {} are possible; make network.depth or network.pathways smaller",
                    where, layers, most_layers));
  }
}

void check_files(const Settings& settings, const Source& source) {
  const Config& config = settings.config;
  if (config.data.task == Task::file && config.data.file.empty()) {
    throw BadData(
        fmt::format("{}: data.task = \"file\" needs data.file, the HDF5 file with the data "
                    "sets x and y; write for example file = \"data.h5\" in [data]",
                    source.where("data.task")));
  }
  if (config.init.method != InitMethod::file) {
    return;
  }
  if (config.init.file.empty()) {
    throw BadData(
        fmt::format("{}: init.method = \"file\" needs init.file, the HDF5 file with the "
                    "initial weights; write for example file = \"weights.h5\" in [init]",
                    source.where("init.method")));
  }
  if (config.sweep.seeds != 1) {
    throw BadData(
        fmt::format("{}: sweep.seeds = {} with init.method = \"file\": the file holds one "
                    "set of weights, so all members would be the same; write seeds = 1",
                    source.where("sweep.seeds"), config.sweep.seeds));
  }
}

std::string joined(const std::string& folder, const std::string& file) {
  return file.empty() ? file : (std::filesystem::path(folder) / file).string();
}

std::string pathway_tables_text(const Settings& settings) {
  const Value tables = find_key(pathway_key)->write(settings);
  std::string text;
  for (const auto& pathway : std::get<List>(tables.data)) {
    text += "\n[[network.pathway]]\n";
    for (const auto& entry : std::get<Table>(pathway.data)) {
      text += fmt::format("{} = {}\n", entry.name, to_toml(entry.value));
    }
  }
  return text;
}

std::string settings_text(const Settings& settings) {
  std::string text;
  for (const auto& table : table_names()) {
    text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", table);
    for (const auto& name : key_names(table)) {
      if (name == pathway_key || (settings.has_pathway_tables && is_short_network_key(name))) {
        continue;
      }
      text += fmt::format("{} = {}\n", last_part(name), to_toml(find_key(name)->write(settings)));
    }
    if (table == table_part(pathway_key) && settings.has_pathway_tables) {
      text += pathway_tables_text(settings);
    }
  }
  return text;
}

}  // namespace

Config finished(const Settings& settings, const Source& source, const std::string& folder) {
  check_files(settings, source);
  check_network_size(settings, source);
  Settings complete = settings;
  use_pathway_tables(complete);
  Config config = std::move(complete.config);
  config.train.precision = resolve(settings);
  config.data.file = joined(folder, config.data.file);
  config.init.file = joined(folder, config.init.file);
  return config;
}

std::string resolved_cell(const Settings& settings) {
  Settings complete = settings;
  use_pathway_tables(complete);
  complete.precision = as_choice(resolve(settings));
  return settings_text(complete);
}

std::string resolved_document(const Settings& base, const Source& source) {
  Settings complete = base;
  const auto names = key_names("network");
  const bool sweeps_shape = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return is_short_network_key(name) && source.axis_of(name) != nullptr;
  });
  if (!sweeps_shape) {
    use_pathway_tables(complete);
  }
  if (source.axis_of("init.method") == nullptr) {
    complete.precision = as_choice(resolve(base));
  }
  std::string text = settings_text(complete);
  for (const auto& axis : source.axes) {
    text += axis_to_toml(axis) + "\n";
  }
  return text;
}

}  // namespace polypath::config
