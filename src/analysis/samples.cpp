#include "samples.hpp"

#include "polypath/analysis/measures.hpp"

#include <algorithm>
#include <cmath>

namespace polypath::analysis {
namespace {

std::vector<bool> which_learned(const std::vector<double>& learned) {
  std::vector<bool> result(learned.size());
  std::transform(learned.begin(), learned.end(), result.begin(),
                 [](double part) { return part >= learned_from; });
  return result;
}

bool is_known(const std::vector<double>& values) {
  return std::any_of(values.begin(), values.end(),
                     [](double value) { return std::isfinite(value); });
}

}  // namespace

void Samples::add(const std::vector<Measurement>& member) {
  values.resize(std::max(values.size(), member.size()));
  quantities.resize(values.size());
  for (std::size_t i = 0; i < member.size(); ++i) {
    quantities[i] = member[i].quantity;
    values[i].push_back(member[i].value);
  }
}

LearnedMembers::LearnedMembers(const Samples& samples) {
  every_mode_.assign(samples.values.empty() ? 0 : samples.values.front().size(), true);
  for (std::size_t i = 0; i < samples.quantities.size(); ++i) {
    const auto& [name, mode, group, pathway, order] = samples.quantities[i];
    const auto& values = samples.values[i];
    if (name == "learned") {
      modes_[mode] = which_learned(values);
      for (std::size_t m = 0; m < values.size(); ++m) {
        every_mode_[m] = every_mode_[m] && !(values[m] < learned_from);
      }
    } else if (name == "group_learned" || (name == "group_least_learned" && is_known(values))) {
      groups_[group] = which_learned(values);
    }
  }
}

const std::vector<bool>& LearnedMembers::of(const Quantity& quantity) const {
  if (quantity.mode > 0) {
    return modes_.at(quantity.mode);
  }
  return quantity.group >= 0 ? groups_.at(quantity.group) : every_mode_;
}

std::vector<double> LearnedMembers::chosen(const Quantity& quantity,
                                           const std::vector<double>& values) const {
  const auto& learned = of(quantity);
  std::vector<double> result;
  for (std::size_t m = 0; m < values.size(); ++m) {
    if (learned[m]) {
      result.push_back(values[m]);
    }
  }
  return result;
}

}  // namespace polypath::analysis
