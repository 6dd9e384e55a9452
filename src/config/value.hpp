#pragma once

#include "polypath/core/types.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace polypath::config {

/// Where something was written: "figure5.toml:12", or the override "--set network.width=3".
struct Place {
  std::string text;
  bool is_override = false;
};

struct Entry;
struct Value;
using List = std::vector<Value>;
using Table = std::vector<Entry>;  ///< in the order of the file

/// A TOML value that a config never uses: a date or a time.
struct DateOrTime {};

/// A TOML value with its place. The rest of this folder sees values only, so that the TOML library
/// is compiled once.
struct Value {
  std::variant<bool, Index, double, std::string, List, Table, DateOrTime> data;
  Place place = {};

  template <class T>
  [[nodiscard]] const T* get() const {
    return std::get_if<T>(&data);
  }
};

struct Entry {
  std::string name;
  Value value;
  Place place = {};
};

/// The one spelling that polypath gives a value: shortest doubles that read back to the same bits,
/// basic strings, lists and tables on one line.
[[nodiscard]] std::string to_toml(const Value& value);

/// A key as TOML wants it: in quotes unless it is a bare word.
[[nodiscard]] std::string key_to_toml(std::string_view key);

/// For messages: `the string "wide"`, `the integer 3`, `a list`.
[[nodiscard]] std::string describe(const Value& value);

/// Puts every value of `from` into `into`: tables are merged, anything else is replaced; names that
/// are new come last.
void merge(Table& into, const Table& from);

}  // namespace polypath::config
