#pragma once

#include "source.hpp"

#include <string>

namespace polypath::config {

/// Checks what no key can check alone (a method and its file, the size of the network), and makes
/// the Config: paths joined to `folder`, "auto" resolved, pathways listed.
[[nodiscard]] Config finished(const Settings& settings, const Source& source,
                              const std::string& folder);

/// The settings of one cell as TOML: every key, "auto" resolved, [[network.pathway]] tables.
[[nodiscard]] std::string resolved_cell(const Settings& settings);

/// The base settings and the sweep axes as TOML. What a swept key decides stays open: "auto" when
/// the method is swept, pathways, depth and width when one of them is.
[[nodiscard]] std::string resolved_document(const Settings& base, const Source& source);

}  // namespace polypath::config
