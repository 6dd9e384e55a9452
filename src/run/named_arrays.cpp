#include "named_arrays.hpp"

namespace polypath {

void NamedArrays::axis(const std::string& name, const std::vector<Index>& values,
                       const std::string& meaning, const std::string& units) {
  DataSet scale = group_.create_data_set(name, Element::int64, {static_cast<Index>(values.size())});
  scale.write(values);
  scale.describe(meaning, units);
  scale.make_scale(name);
  scales_.insert_or_assign(name, std::move(scale));
}

void NamedArrays::attribute(const std::string& name, const std::string& text) {
  write_attribute(group_.handle(), name, text, group_.where());
}

DataSet NamedArrays::create(const std::string& name, Element element,
                            const std::vector<std::string>& axes) {
  Extents extents;
  for (const auto& axis : axes) {
    extents.push_back(scales_.at(axis).extents().front());
  }
  DataSet data_set = group_.create_data_set(name, element, extents);
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    data_set.attach_scale(static_cast<Index>(axis), scales_.at(axes[axis]));
  }
  return data_set;
}

}  // namespace polypath
