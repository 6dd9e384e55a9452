#include "polypath/analysis/measured_gains.hpp"

#include "polypath/theory/product_flow.hpp"

#include <cmath>
#include <utility>

namespace polypath::analysis {

MeasuredGains::MeasuredGains(const CellContents& cell, Index member,
                             std::vector<theory::TheoryPathway> configured)
    : configured_(std::move(configured)), layers_(cell.layers), modes_(cell.modes()) {
  if (cell.layers_recorded != LayersRecorded::none) {
    measured_ = cell.read_layers(member);
  }
}

std::vector<theory::TheoryPathway> MeasuredGains::of_mode(Index mode) const {
  auto result = configured_;
  for (std::size_t a = 0; measured_ && a < result.size(); ++a) {
    if (result[a].depth < 2) {
      continue;
    }
    const auto pathway = static_cast<Index>(a);
    const double rate = theory::plateau_rate(of_layers(measured_->forward_gain, pathway, mode),
                                             of_layers(measured_->backward_gain, pathway, mode));
    if (rate > 0 && std::isfinite(rate)) {
      result[a].gain = theory::effective_gain(rate, result[a].depth);
    }
  }
  return result;
}

/// One number a layer of the pathway.
std::vector<double> MeasuredGains::of_layers(const std::vector<double>& values, Index pathway,
                                             Index mode) const {
  std::vector<double> result;
  for (Index d = 0; d < configured_[static_cast<std::size_t>(pathway)].depth; ++d) {
    result.push_back(values.at(static_cast<std::size_t>((pathway * layers_ + d) * modes_ + mode)));
  }
  return result;
}

}  // namespace polypath::analysis
