#include "index_statistics.hpp"

#include "polypath/core/error.hpp"

#include <map>

#include <fmt/format.h>

namespace polypath {
namespace {

DataSet write_scale(Group& group, const IndexAxis& axis) {
  if (!axis.labels.empty()) {
    return group.create_text_data_set(axis.name, axis.labels);
  }
  DataSet scale =
      group.create_data_set(axis.name, Element::int64, {static_cast<Index>(axis.numbers.size())});
  scale.write(axis.numbers);
  return scale;
}

}  // namespace

void write_statistics(Group& group, const IndexStatistics& statistics) {
  std::map<std::string, DataSet> scales;
  for (const auto& axis : statistics.axes) {
    DataSet scale = write_scale(group, axis);
    scale.describe(axis.meaning, "1");
    scale.make_scale(axis.name);
    scales.insert_or_assign(axis.name, std::move(scale));
  }
  for (const auto& array : statistics.arrays) {
    Extents extents;
    for (const auto& axis : array.axes) {
      extents.push_back(scales.at(axis).extents().front());
    }
    if (elements_in(extents) != static_cast<Index>(array.values.size())) {
      throw InternalError(fmt::format("statistics {} have {} values for {} places", array.name,
                                      array.values.size(), elements_in(extents)));
    }
    DataSet data_set = group.create_data_set(array.name, Element::float64, extents);
    data_set.write(array.values);
    data_set.describe(array.meaning, array.units);
    for (std::size_t axis = 0; axis < array.axes.size(); ++axis) {
      data_set.attach_scale(static_cast<Index>(axis), scales.at(array.axes[axis]));
    }
  }
}

}  // namespace polypath
