#include "key_types.hpp"

#include "polypath/config/nearest.hpp"

#include <cmath>
#include <utility>

namespace polypath::config {

void throw_wrong_type(const Key& key, const Value& value) {
  const bool several =
      value.get<List>() != nullptr && key.expects.find("list") == std::string::npos;
  throw BadData(
      fmt::format("{}: {} is {}, but {} is expected ({}). The default is {}{}", value.place.text,
                  key.name, describe(value), key.expects, key.help, to_toml(key.write(Settings{})),
                  several && key.name != "sweep.seeds"
                      ? fmt::format("; to try several values, write \"{}\" = {} in [sweep]",
                                    key.name, to_toml(value))
                      : ""));
}

void throw_out_of_range(const Key& key, const Value& value, const std::string& why) {
  throw BadData(fmt::format("{}: {} = {}, but {} is expected ({}): {}", value.place.text, key.name,
                            to_toml(value), key.expects, key.help, why));
}

void throw_unknown_choice(const Key& key, const Value& value,
                          const std::vector<std::string>& names) {
  const std::string near = nearest(std::get<std::string>(value.data), names);
  throw BadData(fmt::format("{}: {} = {}, but {} is expected ({}){}", value.place.text, key.name,
                            to_toml(value), key.expects, key.help,
                            near.empty() ? "" : fmt::format(". Did you mean \"{}\"?", near)));
}

std::string describe(const IntegerRange& range) {
  return range.highest == std::numeric_limits<Index>::max()
             ? fmt::format("an integer >= {}", range.lowest)
             : fmt::format("an integer from {} to {}", range.lowest, range.highest);
}

Index read_integer(const Key& key, const Value& value, const IntegerRange& range) {
  const auto* number = value.get<Index>();
  if (number == nullptr) {
    throw_wrong_type(key, value);
  }
  if (*number < range.lowest || *number > range.highest) {
    throw_out_of_range(key, value, range.why);
  }
  return *number;
}

namespace {

/// The number that `value` is; throws when it is none.
double read_number(const Key& key, const Value& value) {
  if (const auto* number = value.get<double>()) {
    return *number;
  }
  if (const auto* number = value.get<Index>()) {
    return static_cast<double>(*number);
  }
  throw_wrong_type(key, value);
}

template <class T>
Key plain(std::string name, Field<T> field, std::string expects, Unused unused, std::string help) {
  return {.name = std::move(name),
          .expects = std::move(expects),
          .help = std::move(help),
          .read =
              [field](const Key& key, const Value& value, Settings& settings) {
                const auto* found = value.get<T>();
                if (found == nullptr) {
                  throw_wrong_type(key, value);
                }
                field(settings) = *found;
              },
          .write = [field](const Settings& s) -> Value { return {value_of(field, s)}; },
          .unused = std::move(unused)};
}

void read_descending(const Key& key, const Value& value, std::vector<double>& numbers) {
  const auto* list = value.get<List>();
  if (list == nullptr) {
    throw_wrong_type(key, value);
  }
  if (list->empty()) {
    throw_out_of_range(key, value, "without a singular value there is nothing to learn");
  }
  numbers.clear();
  for (const auto& item : *list) {
    const double number = read_number(key, item);
    if (!std::isfinite(number) || number < 0) {
      throw_out_of_range(key, item, "a singular value is finite and not negative");
    }
    if (!numbers.empty() && number > numbers.back()) {
      throw_out_of_range(key, item, "singular values are listed largest first");
    }
    numbers.push_back(number);
  }
}

PathwayConfig read_pathway(const Key& key, const Value& value) {
  const auto* table = value.get<Table>();
  if (table == nullptr) {
    throw_wrong_type(key, value);
  }
  PathwayConfig pathway;
  bool has_hidden = false;
  for (const auto& entry : *table) {
    if (entry.name != "hidden") {
      throw BadData(fmt::format(
          "{}: unknown key {}.{}: a pathway table has the one key network.pathway.hidden,"
          " the units of its hidden layers, for example hidden = [50, 50]",
          entry.place.text, key.name, entry.name));
    }
    const auto* widths = entry.value.get<List>();
    if (widths == nullptr) {
      throw_wrong_type(key, entry.value);
    }
    has_hidden = true;
    const IntegerRange range{1, "a layer without units passes nothing on", largest_count};
    for (const auto& width : *widths) {
      pathway.hidden.push_back(read_integer(key, width, range));
    }
  }
  if (!has_hidden) {
    throw BadData(
        fmt::format("{}: this pathway has no key hidden, so its layers are unknown; write for "
                    "example hidden = [50, 50], or hidden = [] for a single weight matrix",
                    value.place.text));
  }
  return pathway;
}

Value write_pathways(const Settings& settings) {
  List tables;
  for (const auto& pathway : settings.config.network.pathways) {
    List widths;
    for (const Index width : pathway.hidden) {
      widths.push_back({width});
    }
    tables.push_back({Table{{"hidden", {std::move(widths)}}}});
  }
  return {std::move(tables)};
}

}  // namespace

Key real(std::string name, Field<double> field, const RealRange& range, Unused unused,
         std::string help) {
  auto key = plain(std::move(name), field, range.expects, std::move(unused), std::move(help));
  key.read = [field, range](const Key& self, const Value& value, Settings& settings) {
    const double number = read_number(self, value);
    if (!range.accepts(number)) {
      throw_out_of_range(self, value, range.why);
    }
    field(settings) = number;
  };
  return key;
}

Key boolean(std::string name, Field<bool> field, Unused unused, std::string help) {
  return plain(std::move(name), std::move(field), "true or false", std::move(unused),
               std::move(help));
}

Key text(std::string name, Field<std::string> field, Unused unused, std::string help) {
  return plain(std::move(name), std::move(field), "a string in quotes", std::move(unused),
               std::move(help));
}

Key descending_reals(std::string name, Field<std::vector<double>> field, Unused unused,
                     std::string help) {
  return {.name = std::move(name),
          .expects = "a list of numbers >= 0, largest first",
          .help = std::move(help),
          .read = [field](const Key& key, const Value& value,
                          Settings& settings) { read_descending(key, value, field(settings)); },
          .write = [field](const Settings& settings) -> Value {
            List list;
            for (const double number : value_of(field, settings)) {
              list.push_back({number});
            }
            return {std::move(list)};
          },
          .unused = std::move(unused)};
}

Key interval(std::string name, Field<Index> field, Unused unused, std::string help) {
  return {.name = std::move(name),
          .expects = fmt::format("an integer from 1 to {} or \"log\"", largest_count),
          .help = std::move(help),
          .read =
              [field](const Key& key, const Value& value, Settings& settings) {
                if (const auto* word = value.get<std::string>()) {
                  if (*word != "log") {
                    throw_unknown_choice(key, value, {"log"});
                  }
                  field(settings) = 0;
                  return;
                }
                field(settings) =
                    read_integer(key, value, {1, "epochs are counted from one up", largest_count});
              },
          .write = [field](const Settings& settings) -> Value {
            const Index every = value_of(field, settings);
            return every == 0 ? Value{std::string("log")} : Value{every};
          },
          .unused = std::move(unused)};
}

Key pathway_tables(std::string help) {
  const auto read = [](const Key& key, const Value& value, Settings& settings) {
    const auto* tables = value.get<List>();
    if (tables == nullptr) {
      throw_wrong_type(key, value);
    }
    const auto count = static_cast<Index>(tables->size());
    if (count < 1 || count > largest_pathways) {
      throw BadData(
          fmt::format("{}: network.pathway has {} pathways, but from 1 to {} are possible",
                      value.place.text, count, largest_pathways));
    }
    settings.config.network.pathways.clear();
    for (const auto& table : *tables) {
      settings.config.network.pathways.push_back(read_pathway(key, table));
    }
    settings.has_pathway_tables = true;
  };
  return {.name = pathway_key,
          .expects = "a list of tables such as {hidden = [50, 50]} (units: integers >= 1)",
          .help = std::move(help),
          .read = read,
          .write = write_pathways,
          .unused = always};
}

}  // namespace polypath::config
