#include "quantities.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace polypath::analysis {
namespace {

enum class Bounds {
  none,
  from_zero,
  unit,         ///< 0 to 1
  signed_unit,  ///< -1 to 1
  pathways,     ///< 1 to their number
  nats,         ///< 0 to the logarithm of the number of pathways
};

struct Known {
  std::string_view name;
  Bounds bounds = Bounds::none;
  const char* meaning = nullptr;  ///< null: the index does not list it
  const char* units = "1";
};

constexpr std::string_view group_prefix = "group_";

constexpr std::array<Known, 18> known_quantities{{
    {"share", Bounds::unit, "K of a pathway over the sum of K over the pathways"},
    {"learned", Bounds::none, "sum of K over the pathways, over the target"},
    {"dominance", Bounds::unit,
     "how far one pathway holds it: 0 evenly shared, 1 in one pathway alone"},
    {"signed_dominance", Bounds::signed_unit, "share of pathway 0 less share of pathway 1"},
    {"winner", Bounds::none, "pathway with the largest share, once it has been learned"},
    {"participation_ratio", Bounds::pathways,
     "number of pathways that take part, (sum |K|)^2 / sum K^2"},
    {"entropy", Bounds::nats},
    {"escape_epoch", Bounds::from_zero, "epoch at which the sum of K reaches half the target",
     "epoch"},
    {"least_learned", Bounds::none,
     "the sum of K over the pathways in the direction in which it is least, over the target"},
    {"split", Bounds::unit,
     "dominance over directions, which sees those that one pathway each holds"},
    {"direction_share", Bounds::unit},
    {"off_diagonal_energy", Bounds::unit, "norm of K off its diagonal over the norm of K"},
    {"sum_off_diagonal_energy", Bounds::unit,
     "norm of the sum of K over the pathways off its diagonal over its norm"},
    {"off_group_energy", Bounds::unit, "norm of K off the mode groups' blocks over the norm of K"},
    {"singular_value", Bounds::from_zero},
    {"outside", Bounds::from_zero},
    {"edge_ratio", Bounds::from_zero},
    {"not_settled", Bounds::unit},
}};

bool is_of_group(const Quantity& quantity) { return quantity.name.starts_with(group_prefix); }

/// Null for a quantity without bounds that the index does not list.
const Known* find_known(const Quantity& quantity) {
  const std::string_view whole = quantity.name;
  const auto name = is_of_group(quantity) ? whole.substr(group_prefix.size()) : whole;
  const auto* found = std::find_if(known_quantities.begin(), known_quantities.end(),
                                   [&](const Known& known) { return known.name == name; });
  return found == known_quantities.end() ? nullptr : found;
}

}  // namespace

Range range_of(const Quantity& quantity, Index pathways) {
  const Known* known = find_known(quantity);
  const auto count = static_cast<double>(pathways);
  switch (known == nullptr ? Bounds::none : known->bounds) {
    case Bounds::none:
      return {};
    case Bounds::from_zero:
      return {0.0, Range{}.high};
    case Bounds::unit:
      return {0.0, 1.0};
    case Bounds::signed_unit:
      return {-1.0, 1.0};
    case Bounds::pathways:
      return {1.0, count};
    case Bounds::nats:
      return {0.0, std::log(count)};
  }
  return {};
}

std::optional<IndexQuantity> index_quantity(const Quantity& quantity) {
  const Known* known = find_known(quantity);
  if (known == nullptr || known->meaning == nullptr) {
    return {};
  }
  const std::string meaning = known->meaning;
  return IndexQuantity{is_of_group(quantity)
                           ? meaning + "; of a mode group, whatever basis was chosen within it"
                           : meaning,
                       known->units};
}

}  // namespace polypath::analysis
