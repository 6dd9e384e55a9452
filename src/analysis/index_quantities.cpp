#include "index_quantities.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace polypath::analysis {
namespace {

struct Listed {
  std::string_view name;
  const char* meaning;
  const char* units = "1";
};

constexpr std::array<Listed, 10> listed_quantities{{
    {"share", "K of a pathway over the sum of K over the pathways"},
    {"learned", "sum of K over the pathways, over the target"},
    {"dominance", "how far one pathway holds it: 0 evenly shared, 1 in one pathway alone"},
    {"signed_dominance", "share of pathway 0 less share of pathway 1"},
    {"winner", "pathway with the largest share"},
    {"participation_ratio", "number of pathways that take part, (sum |K|)^2 / sum K^2"},
    {"escape_epoch", "epoch at which the sum of K reaches half the target", "epoch"},
    {"split", "dominance over the blocks of K, which sees directions held by one pathway each"},
    {"off_diagonal_energy", "norm of K off its diagonal over the norm of K"},
    {"off_group_energy", "norm of K off the mode groups' blocks over the norm of K"},
}};

}  // namespace

std::optional<IndexQuantity> index_quantity(const Quantity& quantity) {
  constexpr std::string_view prefix = "group_";
  const bool group = quantity.name.starts_with(prefix);
  const std::string name = group ? quantity.name.substr(prefix.size()) : quantity.name;
  const auto* found = std::find_if(listed_quantities.begin(), listed_quantities.end(),
                                   [&](const auto& listed) { return listed.name == name; });
  if (found == listed_quantities.end()) {
    return {};
  }
  const std::string meaning = found->meaning;
  return IndexQuantity{
      group ? meaning + "; of a mode group, whatever basis was chosen within it" : meaning,
      found->units};
}

}  // namespace polypath::analysis
