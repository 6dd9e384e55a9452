#pragma once

#include "polypath/config/config.hpp"
#include "polypath/core/error.hpp"

#include <string>
#include <vector>

namespace polypath {

inline ConfigDocument parse(const std::string& text,
                            const std::vector<std::string>& overrides = {}) {
  return parse_config(text, "test.toml", "folder", overrides);
}

/// The only cell of a config without axes.
inline Config only_cell(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return parse(text, overrides).cells.at(0).config;
}

/// The message of the Failure that the text gives; empty when it gives none.
template <class Failure = BadData>
std::string message_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    parse(text, overrides);
  } catch (const Failure& failure) {
    return failure.what();
  }
  return {};
}

}  // namespace polypath
