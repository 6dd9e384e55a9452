#include "cell_schema.hpp"

#include <limits>

namespace polypath {

void CellFile::create_reduction(Group& root, const CellHeader& header) {
  const auto members = static_cast<Index>(header.seeds.size());
  const Index layers = deepest_pathway(header) - 1;
  add_scale(root, "hidden_layer", counted(layers, 1), "hidden layer of a pathway, from 1");

  DataSet& estimate = add(root, "reduction_estimate", Element::float64, {"member"});
  estimate.write(
      std::vector<double>(header.seeds.size(), std::numeric_limits<double>::quiet_NaN()));
  estimate.describe(
      "estimated largest error of K against the wide network, relative to the "
      "largest target",
      "1");
  DataSet& passes = add(root, "reduction_passes", Element::int64, {"member"});
  passes.write(std::vector<Index>(header.seeds.size(), -1));
  passes.describe("passes over the wide weights; -1 before the member has ended", "1");
  DataSet& kept = add(root, "reduction_k", Element::int64, {"member", "pathway", "hidden_layer"});
  kept.write(std::vector<Index>(static_cast<std::size_t>(members * header.pathways * layers), -1));
  kept.describe("directions kept of each hidden layer; -1 where there is no such layer", "1");
}

void CellFile::write_reduction(Index member, const ReductionResult& reduction) {
  DataSet& kept = data_sets_.find("reduction_k")->second;
  const Index layers = kept.extents()[2];
  std::vector<Index> values;
  for (const auto& pathway : reduction.directions) {
    values.insert(values.end(), pathway.begin(), pathway.end());
    values.insert(values.end(), static_cast<std::size_t>(layers) - pathway.size(), -1);
  }
  kept.write(std::span<const Index>(values), {member, 0, 0},
             {1, static_cast<Index>(reduction.directions.size()), layers});
  data_sets_.find("reduction_estimate")
      ->second.write(std::span<const double>(&reduction.estimate, 1), {member}, {1});
  data_sets_.find("reduction_passes")
      ->second.write(std::span<const Index>(&reduction.passes, 1), {member}, {1});
}

}  // namespace polypath
