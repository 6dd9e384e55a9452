#pragma once

#include "polypath/core/error.hpp"

#include "enum_names.hpp"
#include "key.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

namespace polypath::config {

/// The types that a key can have, each a function that makes one `Key`.

template <class T>
using Field = std::function<T&(Settings&)>;
using Unused = std::function<std::string(const Settings&)>;

/// A member of one of the sections: at(&Config::train, &TrainConfig::epochs).
template <class Section, class T>
Field<T> at(Section Config::*section, T Section::*member) {
  return [=](Settings& settings) -> T& { return settings.config.*section.*member; };
}

/// A member of the settings that no section has.
template <class T>
Field<T> at(T Settings::*member) {
  return [=](Settings& settings) -> T& { return settings.*member; };
}

template <class T>
T value_of(const Field<T>& field, const Settings& settings) {
  return field(const_cast<Settings&>(settings));  // NOLINT: read only
}

/// Used whatever the other settings are.
inline std::string always(const Settings&) { return {}; }

[[noreturn]] void throw_wrong_type(const Key& key, const Value& value);
[[noreturn]] void throw_out_of_range(const Key& key, const Value& value, const std::string& why);

/// Integers from `lowest` to `highest`; `why` says what goes wrong outside.
struct IntegerRange {
  Index lowest;
  std::string why;
  Index highest = std::numeric_limits<Index>::max();
};

/// The integer that `value` is; throws when it is none, or out of range.
Index read_integer(const Key& key, const Value& value, const IntegerRange& range);
[[nodiscard]] std::string describe(const IntegerRange& range);

/// Numbers that pass `accepts`; integers count as numbers.
struct RealRange {
  bool (*accepts)(double);
  std::string expects;  ///< "a number > 0"
  std::string why;
};

template <class T>
Key integer(std::string name, Field<T> field, const IntegerRange& range, Unused unused,
            std::string help) {
  return {.name = std::move(name),
          .expects = describe(range),
          .help = std::move(help),
          .read =
              [field, range](const Key& key, const Value& value, Settings& settings) {
                field(settings) = static_cast<T>(read_integer(key, value, range));
              },
          .write = [field](const Settings& s) -> Value {
            return {static_cast<Index>(value_of(field, s))};
          },
          .unused = std::move(unused)};
}

/// The sentence that refuses a word which is not one of `names`.
[[noreturn]] void throw_unknown_choice(const Key& key, const Value& value,
                                       const std::vector<std::string>& names);

template <class Enum>
Key choice(std::string name, Field<Enum> field, Unused unused, std::string help) {
  std::vector<std::string> names;
  names.reserve(names_of<Enum>.size());
  for (const auto& named : names_of<Enum>) {
    names.emplace_back(named.name);
  }
  const auto read = [field, names](const Key& key, const Value& value, Settings& settings) {
    const auto* text = value.get<std::string>();
    if (text == nullptr) {
      throw_wrong_type(key, value);
    }
    for (const auto& named : names_of<Enum>) {
      if (named.name == *text) {
        field(settings) = named.value;
        return;
      }
    }
    throw_unknown_choice(key, value, names);
  };
  return {.name = std::move(name),
          .expects = fmt::format("one of \"{}\"", fmt::join(names, "\", \"")),
          .help = std::move(help),
          .read = read,
          .write = [field](const Settings& s) -> Value { return {name_of(value_of(field, s))}; },
          .unused = std::move(unused)};
}

Key real(std::string name, Field<double> field, const RealRange& range, Unused unused,
         std::string help);
Key boolean(std::string name, Field<bool> field, Unused unused, std::string help);
Key text(std::string name, Field<std::string> field, Unused unused, std::string help);
/// Singular values: at least one, finite, >= 0, none larger than the one before.
Key descending_reals(std::string name, Field<std::vector<double>> field, Unused unused,
                     std::string help);
/// An integer >= 1, or "log" (kept as 0).
Key interval(std::string name, Field<Index> field, Unused unused, std::string help);
/// [[network.pathway]]: a list of tables with the one key `hidden`.
Key pathway_tables(std::string help);

}  // namespace polypath::config
