#pragma once

#include "polypath/analysis/intervals.hpp"
#include "polypath/analysis/member.hpp"

#include <optional>
#include <string>

namespace polypath::analysis {

/// The values that a quantity can have in a network of this many pathways. Shares and dominance
/// leave theirs where shares of opposite sign cancel (summarize moves the bound then).
[[nodiscard]] Range range_of(const Quantity& quantity, Index pathways);

/// What index.h5 says of a quantity.
struct IndexQuantity {
  std::string meaning;
  std::string units;
};

/// Empty for those that the index does not list.
[[nodiscard]] std::optional<IndexQuantity> index_quantity(const Quantity& quantity);

}  // namespace polypath::analysis
