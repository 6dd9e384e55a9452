#pragma once

#include "polypath/analysis/member.hpp"

#include <optional>
#include <string>

namespace polypath::analysis {

/// What index.h5 says of a quantity.
struct IndexQuantity {
  std::string meaning;
  std::string units;
};

/// Empty for those that the index does not list.
[[nodiscard]] std::optional<IndexQuantity> index_quantity(const Quantity& quantity);

}  // namespace polypath::analysis
