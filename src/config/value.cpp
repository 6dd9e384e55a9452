#include "value.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace polypath::config {
namespace {

std::string spell(double number) {
  std::string text = fmt::format("{}", number);
  if (text.find_first_not_of("-0123456789") == std::string::npos) {
    text += ".0";
  }
  return text;
}

std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      quoted += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

struct Speller {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(Index value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return spell(value); }
  std::string operator()(const std::string& value) const { return quote(value); }
  std::string operator()(const DateOrTime&) const { return "(date or time)"; }
  std::string operator()(const List& values) const {
    std::string text;
    for (const auto& value : values) {
      text += (text.empty() ? "" : ", ") + to_toml(value);
    }
    return "[" + text + "]";
  }
  std::string operator()(const Table& entries) const {
    std::string text;
    for (const auto& entry : entries) {
      text += (text.empty() ? "" : ", ") + key_to_toml(entry.name) + " = " + to_toml(entry.value);
    }
    return "{" + text + "}";
  }
};

struct Describer {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(Index value) const { return fmt::format("the integer {}", value); }
  std::string operator()(double value) const { return "the decimal number " + spell(value); }
  std::string operator()(const std::string& value) const { return "the string " + quote(value); }
  std::string operator()(const DateOrTime&) const { return "a date or time"; }
  std::string operator()(const List&) const { return "a list"; }
  std::string operator()(const Table&) const { return "a table"; }
};

}  // namespace

std::string to_toml(const Value& value) { return std::visit(Speller{}, value.data); }

std::string describe(const Value& value) { return std::visit(Describer{}, value.data); }

std::string key_to_toml(std::string_view key) {
  constexpr std::string_view bare =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  const bool is_bare = !key.empty() && key.find_first_not_of(bare) == std::string_view::npos;
  return is_bare ? std::string(key) : quote(key);
}

void merge(Table& into, const Table& from) {
  for (const auto& entry : from) {
    const auto found = std::find_if(into.begin(), into.end(),
                                    [&](const Entry& old) { return old.name == entry.name; });
    if (found == into.end()) {
      into.push_back(entry);
      continue;
    }
    auto* old_table = std::get_if<Table>(&found->value.data);
    const auto* new_table = entry.value.get<Table>();
    if (old_table != nullptr && new_table != nullptr) {
      merge(*old_table, *new_table);
    } else {
      *found = entry;
    }
  }
}

}  // namespace polypath::config
