#include "space.hpp"

#include <algorithm>

namespace polypath {

hid_t native_type(Element element) {
  switch (element) {
    case Element::float64:
      return H5T_NATIVE_DOUBLE;
    case Element::float32:
      return H5T_NATIVE_FLOAT;
    case Element::int64:
      return H5T_NATIVE_INT64;
    case Element::uint64:
      return H5T_NATIVE_UINT64;
    case Element::int8:
      return H5T_NATIVE_INT8;
  }
  return H5I_INVALID_HID;
}

Handle creation_list(hid_t list_class, const std::string& where) {
  Handle list(HandleKind::property_list, checked(H5Pcreate(list_class), "H5Pcreate", where));
  constexpr unsigned ordered = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
  if (list_class != H5P_DATASET_CREATE) {
    checked(H5Pset_link_creation_order(list.id(), ordered), "H5Pset_link_creation_order", where);
  }
  checked(H5Pset_attr_creation_order(list.id(), ordered), "H5Pset_attr_creation_order", where);
  // Attributes stay in the object's header up to this number, not in a heap with an index of its
  // own: one place to write, should the process be killed while it writes.
  constexpr unsigned most_in_header = 64;
  checked(H5Pset_attr_phase_change(list.id(), most_in_header, most_in_header),
          "H5Pset_attr_phase_change", where);
  return list;
}

Handle text_type(const std::string& where) {
  Handle type(HandleKind::type, checked(H5Tcopy(H5T_C_S1), "H5Tcopy", where));
  checked(H5Tset_size(type.id(), H5T_VARIABLE), "H5Tset_size", where);
  checked(H5Tset_cset(type.id(), H5T_CSET_UTF8), "H5Tset_cset", where);
  return type;
}

std::vector<hsize_t> hdf5_sizes(const Extents& extents) { return {extents.begin(), extents.end()}; }

Handle fixed_text_type(const std::vector<std::string>& values, const std::string& where) {
  std::size_t longest = 1;
  bool ascii = true;
  for (const auto& value : values) {
    longest = std::max(longest, value.size());
    ascii = ascii && std::all_of(value.begin(), value.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  }
  Handle type(HandleKind::type, checked(H5Tcopy(H5T_C_S1), "H5Tcopy", where));
  checked(H5Tset_size(type.id(), longest), "H5Tset_size", where);
  checked(H5Tset_strpad(type.id(), H5T_STR_NULLPAD), "H5Tset_strpad", where);
  checked(H5Tset_cset(type.id(), ascii ? H5T_CSET_ASCII : H5T_CSET_UTF8), "H5Tset_cset", where);
  return type;
}

Handle make_space(const Extents& extents, const std::string& where) {
  if (extents.empty()) {
    return {HandleKind::data_space, checked(H5Screate(H5S_SCALAR), "H5Screate", where)};
  }
  const auto sizes = hdf5_sizes(extents);
  return {HandleKind::data_space,
          checked(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr),
                  "H5Screate_simple", where)};
}

Extents extents_of(const Handle& space, const std::string& where) {
  const auto axes =
      checked(H5Sget_simple_extent_ndims(space.id()), "H5Sget_simple_extent_ndims", where);
  std::vector<hsize_t> sizes(static_cast<std::size_t>(axes));
  checked(H5Sget_simple_extent_dims(space.id(), sizes.data(), nullptr), "H5Sget_simple_extent_dims",
          where);
  return {sizes.begin(), sizes.end()};
}

}  // namespace polypath
