#include "layer_schema.hpp"

#include "polypath/io/guard.hpp"

#include "cell_schema.hpp"

namespace polypath {
namespace {

const std::string only_weights =
    "; of the weights alone, whatever activation and bias; NaN where there is no such layer or "
    "direction";

}  // namespace

const std::array<LayerDataSet, 5>& layer_data_sets() {
  static const std::vector<std::string> layers{"pathway", "layer", "mode"};
  static const std::array<LayerDataSet, 5> table{{
      {"gain", &LayerQuantities::gain, layers,
       "q_d = e_d^T W^d e_{d-1} of hidden layer d, e_0 = V, e_d = W^d(0) e_{d-1} made orthonormal" +
           only_weights},
      {"p",
       &LayerQuantities::p,
       {"pathway", "mode"},
       "U^T W^D e_{D-1}, the last layer between the directions of `gain`" + only_weights},
      {"forward_gain", &LayerQuantities::forward_gain, layers,
       "|W^d ... W^1 v| / |W^{d-1} ... W^1 v| of a mode's input direction v" + only_weights},
      {"backward_gain", &LayerQuantities::backward_gain, layers,
       "|(W^D ... W^d)^T u| / |(W^D ... W^{d+1})^T u| of a mode's output direction u" +
           only_weights},
      {"balance_drift",
       &LayerQuantities::balance_drift,
       {"pathway", "layer"},
       "Frobenius norm of the change since epoch 0 of W^{d+1 T} W^{d+1} - W^d W^{d T} at hidden "
       "layer d (projected, sampled: of the narrow network)" +
           only_weights,
       false},
  }};
  return table;
}

void CellFile::create_layers(Group& root, const CellHeader& header) {
  if (layers_ == LayersRecorded::none) {
    return;
  }
  add_scale(root, "layer", counted(deepest_pathway(header), 1),
            "layer (weight matrix) of a pathway, from 1; shallower pathways have NaN beyond their "
            "last");
  const bool all = layers_ == LayersRecorded::all;
  for (const auto& data_set : layer_data_sets()) {
    if (!all && !data_set.at_start) {
      continue;
    }
    std::vector<std::string> axes{"member"};
    if (all) {
      axes.emplace_back("epoch");
    }
    Extents rest;
    for (const auto& axis : data_set.axes) {
      axes.push_back(axis);
      rest.push_back(data_sets_.at(axis).extents().front());
    }
    const Extents chunk = all ? record_chunk(records_per_chunk(header), rest)
                              : record_chunk(rest.front(), {rest.begin() + 1, rest.end()});
    add(root, data_set.name, Element::float64, axes, {chunk}).describe(data_set.meaning, "1");
  }
}

void CellFile::write_layers(Index member, Index first_record, Index records,
                            const LayerQuantities& layers) {
  for (const auto& [name, values, axes, meaning, at_start] : layer_data_sets()) {
    const auto found = data_sets_.find(name);
    if (found == data_sets_.end()) {
      continue;
    }
    Extents count = found->second.extents();
    Extents first(count.size(), 0);
    first[0] = member;
    count[0] = 1;
    if (layers_ == LayersRecorded::all) {
      first[1] = first_record;
      count[1] = records;
    }
    found->second.write(std::span<const double>(layers.*values), first, count);
  }
}

void CellFile::write(const InitialLayers& initial) {
  const Hdf5Guard guard;
  write_layers(initial.member, 0, 1, initial.layers);
  file_.flush();
}

}  // namespace polypath
