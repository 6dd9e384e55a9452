#pragma once

#include "polypath/core/types.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace polypath::config {

/// The number of letters to insert, drop, replace or swap with their neighbour to get from a to b.
[[nodiscard]] Index edit_distance(std::string_view a, std::string_view b);

/// The candidate that `word` was probably meant to be; empty when none is near. Of dotted names the
/// last parts are compared, and another table costs at most two letters, so that a key put under
/// the wrong table finds its own.
[[nodiscard]] std::string nearest(std::string_view word,
                                  const std::vector<std::string>& candidates);

/// The part before the last dot ("" without one) and the part behind it.
[[nodiscard]] std::string_view table_part(std::string_view key);
[[nodiscard]] std::string_view last_part(std::string_view key);

}  // namespace polypath::config
