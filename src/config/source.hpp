#pragma once

#include "key.hpp"
#include "value.hpp"

#include <string>
#include <vector>

namespace polypath::config {

/// A key that the file or an override sets.
struct Given {
  const Key* key = nullptr;
  Value value;
  Place place;
};

/// An axis of the sweep: in row i, keys[j] has the value rows[i][j].
struct Axis {
  std::vector<const Key*> keys;
  std::vector<List> rows;
  Place place;
};

/// What a config says, every key known and every value of the right type and in range.
struct Source {
  std::string name;  ///< of the file, for messages that no line can be given for
  std::vector<Given> given;
  std::vector<Axis> axes;

  /// The axis that sweeps `key`, or nullptr.
  [[nodiscard]] const Axis* axis_of(const std::string& key) const;
  /// Where the key gets its value from: its axis, or the place that sets it; nullptr for a default.
  [[nodiscard]] const Place* place_of(const std::string& key) const;
  /// The same for messages: the place, or the name of the file.
  [[nodiscard]] std::string where(const std::string& key) const;
};

/// Reads `tables`, throwing BadData at the first mistake in them.
[[nodiscard]] Source read_source(const Table& tables, const std::string& name);

/// Throws the BadData that says which key `name` was probably meant to be.
[[noreturn]] void throw_unknown_key(const Place& place, const std::string& name);

}  // namespace polypath::config
