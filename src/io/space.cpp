#include "space.hpp"

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

Handle text_type(const std::string& where) {
  Handle type(HandleKind::type, checked(H5Tcopy(H5T_C_S1), "H5Tcopy", where));
  checked(H5Tset_size(type.id(), H5T_VARIABLE), "H5Tset_size", where);
  checked(H5Tset_cset(type.id(), H5T_CSET_UTF8), "H5Tset_cset", where);
  return type;
}

std::vector<hsize_t> hdf5_sizes(const Extents& extents) { return {extents.begin(), extents.end()}; }

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
