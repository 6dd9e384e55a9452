#pragma once

#include "polypath/core/types.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace polypath {

// The settings of one cell, every default filled in: what `resolved.toml` and the keys of a config
// file say, as types. Names follow the TOML keys; enumerators follow the TOML values.

enum class Task { hierarchy, random, file };
enum class CorrelationKind { sum, mean };
/// Where the SVD of the correlation is made; automatic: on a device, if it is large.
enum class SvdPlace { automatic, device, host };
enum class InitMethod { gaussian, file, projected, sampled };
/// Whether a narrow network of its own shape stands for each member.
[[nodiscard]] constexpr bool is_reduced(InitMethod method) {
  return method == InitMethod::projected || method == InitMethod::sampled;
}

enum class InitScheme { fixed, scaled, orthogonal };
enum class ModesRecorded { full, diagonal };
enum class WeightsRecorded { none, final };
/// When the layer quantities (gains, balance) are measured: never, at epoch 0, at every record.
enum class LayersRecorded { none, initial, all };

struct DataConfig {
  Task task = Task::hierarchy;
  Index levels = 4;                          ///< hierarchy: levels of the tree, the root included
  Index branching = 2;                       ///< hierarchy: children of a node
  Index examples = 8;                        ///< random
  Index inputs = 8;                          ///< random
  Index outputs = 15;                        ///< random
  std::vector<double> singular_values{1.0};  ///< random: of Sigma_yx, largest first
  std::uint64_t seed = 1;                    ///< random
  std::string file;  ///< file: a path that can be opened (the folder of the config prepended)
  bool whiten = false;
  CorrelationKind correlation = CorrelationKind::sum;
  SvdPlace svd = SvdPlace::automatic;
  bool operator==(const DataConfig&) const = default;
};

/// The hidden layers of one pathway; its depth is hidden.size() + 1.
struct PathwayConfig {
  std::vector<Index> hidden;
};

struct NetworkConfig {
  std::vector<PathwayConfig> pathways{{{1000, 1000}}, {{1000, 1000}}};
  Activation activation = Activation::linear;
  bool activation_after_output = true;
  bool bias = false;
};

struct InitConfig {
  InitMethod method = InitMethod::gaussian;
  InitScheme scheme = InitScheme::fixed;
  double sigma = 0.01;
  std::uint64_t seed = 1;   ///< of the first member; the next members count up
  double tolerance = 1e-3;  ///< projected, sampled: error in K relative to the largest target
  std::string file;         ///< method = file: a path that can be opened
};

struct TrainConfig {
  double learning_rate = 0.01;
  Loss loss = Loss::sum_squares;
  Index epochs = 1000;
  Precision precision = Precision::float32;  ///< "auto" already resolved
};

struct RecordConfig {
  Index every = 10;  ///< epochs between records; 0 means "log": 20 per decade
  ModesRecorded modes = ModesRecorded::full;
  WeightsRecorded weights = WeightsRecorded::none;
  LayersRecorded layers = LayersRecorded::initial;
};

struct SweepConfig {
  Index seeds = 1;  ///< members of the cell
};

struct Config {
  DataConfig data;
  NetworkConfig network;
  InitConfig init;
  TrainConfig train;
  RecordConfig record;
  SweepConfig sweep;
};

/// A swept key and the value that it has in a cell, as TOML text ("3", "\"relu\"", "[50, 50]").
struct SweptValue {
  std::string key;
  std::string value;
};

/// One point of the sweep grid.
struct CellConfig {
  Config config;
  std::vector<SweptValue> swept;  ///< in the order of the file; empty without a sweep
  std::string resolved;           ///< TOML text of `config`, every key, fixed order and spelling;
                                  ///< paths as given
};

/// A config file read, checked and expanded.
struct ConfigDocument {
  std::string text;                ///< the file as given
  std::string resolved;            ///< TOML text: the base settings and the sweep axes
  std::vector<CellConfig> cells;   ///< axes in the order written, the last varies fastest
  std::vector<std::string> notes;  ///< e.g. keys that the chosen method does not use
};

/// Reads `path`, applies `overrides` ("key.sub=value", as from --set; TOML values, a bare word is
/// a string), fills in the defaults and expands the sweep.
/// Throws MissingInput when there is no such file, BadData naming file, line and key (and the
/// nearest known key for an unknown one) when it is wrong, UsageError for a malformed override.
[[nodiscard]] ConfigDocument load_config(const std::string& path,
                                         const std::vector<std::string>& overrides = {});

/// The same for text; `name` stands for the file in messages, relative paths are against `folder`.
[[nodiscard]] ConfigDocument parse_config(const std::string& text, const std::string& name,
                                          const std::string& folder,
                                          const std::vector<std::string>& overrides = {});

/// The keys on which two resolved texts differ, each as "key: here A, there B". A key that one of
/// them lacks, being older than the key, counts as its default.
[[nodiscard]] std::vector<std::string> differing_keys(const std::string& resolved_a,
                                                      const std::string& resolved_b);

/// Identifies a resolved text: 64-bit FNV-1a as 16 hexadecimal digits, the same on every machine.
[[nodiscard]] std::string settings_hash(const std::string& resolved);

/// The value as a config spells it.
[[nodiscard]] std::string to_string(Precision precision);
[[nodiscard]] std::string to_string(Activation activation);
[[nodiscard]] std::string to_string(Loss loss);
[[nodiscard]] std::string to_string(Task task);
[[nodiscard]] std::string to_string(CorrelationKind correlation);
[[nodiscard]] std::string to_string(SvdPlace place);
[[nodiscard]] std::string to_string(InitMethod method);
[[nodiscard]] std::string to_string(InitScheme scheme);
[[nodiscard]] std::string to_string(ModesRecorded modes);
[[nodiscard]] std::string to_string(WeightsRecorded weights);
[[nodiscard]] std::string to_string(LayersRecorded layers);

}  // namespace polypath
