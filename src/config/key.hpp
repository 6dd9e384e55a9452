#pragma once

#include "settings.hpp"
#include "value.hpp"

#include <functional>
#include <string>
#include <vector>

namespace polypath::config {

/// One key of a config file. Parsing, suggestions, resolved texts and notes all come from these.
struct Key {
  std::string name;     ///< dotted, "train.learning_rate"
  std::string expects;  ///< for messages, "an integer >= 1"
  std::string help;     ///< one line

  /// Puts a value into the settings; throws BadData with its place when type or range is wrong.
  std::function<void(const Key&, const Value&, Settings&)> read;
  /// The value in the settings.
  std::function<Value(const Settings&)> write;
  /// Why these settings do not use the key (`data.task = "random"`); empty when they do.
  std::function<std::string(const Settings&)> unused;
};

/// Every key, table by table, in the order of resolved texts. The defaults are those of `Settings`.
[[nodiscard]] const std::vector<Key>& all_keys();

/// The key of that dotted name, or nullptr.
[[nodiscard]] const Key* find_key(const std::string& name);

/// The names of all keys; only those of one table when `table` is not empty.
[[nodiscard]] std::vector<std::string> key_names(const std::string& table = "");

/// data, network, ..., sweep.
[[nodiscard]] std::vector<std::string> table_names();

/// pathways, depth, width: the short spelling of a network, in place of [[network.pathway]].
[[nodiscard]] bool is_short_network_key(const std::string& name);

inline constexpr const char* pathway_key = "network.pathway";

/// Pathways and layers are labelled with 16 bits each in the keys of the random numbers.
inline constexpr Index largest_pathways = 65535;
inline constexpr Index largest_depth = 65535;
/// Of units, examples and epochs: more is a slip, and products of two of them leave 64 bits far
/// behind.
inline constexpr Index largest_count = 1'000'000'000'000;
/// Of levels and branching: the tree has at most this many entries.
inline constexpr Index largest_tree = 1'000'000;

}  // namespace polypath::config
