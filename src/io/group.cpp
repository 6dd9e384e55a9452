#include "polypath/core/error.hpp"
#include "polypath/io/file.hpp"
#include "polypath/io/guard.hpp"

#include "space.hpp"

#include <limits>

#include <fmt/format.h>

namespace polypath {
namespace {

constexpr unsigned gzip_level = 4;

Handle link_list(const std::string& where) {
  Handle list(HandleKind::property_list, checked(H5Pcreate(H5P_LINK_CREATE), "H5Pcreate", where));
  checked(H5Pset_char_encoding(list.id(), H5T_CSET_UTF8), "H5Pset_char_encoding", where);
  return list;
}

/// What elements read as until they are written: NaN, and netCDF's own fill values for integers.
/// HDF5's default, 0, is what readers through Zarr take for "missing".
void set_fill_value(const Handle& list, Element element, const std::string& where) {
  const auto put = [&](const auto& value) {
    checked(H5Pset_fill_value(list.id(), native_type(element), &value), "H5Pset_fill_value", where);
  };
  switch (element) {
    case Element::float64:
      return put(std::numeric_limits<double>::quiet_NaN());
    case Element::float32:
      return put(std::numeric_limits<float>::quiet_NaN());
    case Element::int64:
      return put(std::int64_t{-9223372036854775806});
    case Element::uint64:
      return put(std::uint64_t{18446744073709551614U});
    case Element::int8:
      return put(std::int8_t{-127});
  }
}

Handle storage_list(Element element, const Storage& storage, const std::string& where) {
  Handle list = creation_list(H5P_DATASET_CREATE, where);
  set_fill_value(list, element, where);
  if (!storage.chunk.empty()) {
    const auto chunk = hdf5_sizes(storage.chunk);
    checked(H5Pset_chunk(list.id(), static_cast<int>(chunk.size()), chunk.data()), "H5Pset_chunk",
            where);
    checked(H5Pset_shuffle(list.id()), "H5Pset_shuffle", where);
    checked(H5Pset_deflate(list.id(), gzip_level), "H5Pset_deflate", where);
    checked(H5Pset_fletcher32(list.id()), "H5Pset_fletcher32", where);
  }
  return list;
}

/// Whether every part of the path `name` exists and the last one is an object of `type`.
bool holds(const Handle& group, const std::string& name, H5I_type_t type) {
  if (name.empty()) {
    return false;
  }
  for (auto end = name.find('/', 1); end != std::string::npos; end = name.find('/', end + 1)) {
    if (H5Lexists(group.id(), name.substr(0, end).c_str(), H5P_DEFAULT) <= 0) {
      return false;
    }
  }
  if (H5Lexists(group.id(), name.c_str(), H5P_DEFAULT) <= 0) {
    return false;
  }
  const hid_t object = H5Oopen(group.id(), name.c_str(), H5P_DEFAULT);
  if (object < 0) {
    return false;
  }
  const H5I_type_t found = H5Iget_type(object);
  H5Oclose(object);
  return found == type;
}

herr_t collect_name(hid_t /*group*/, const char* name, const H5L_info_t* /*info*/, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

/// Makes the groups on the way to `name` that are not there.
void make_parents(const Handle& group, const std::string& name, const std::string& where) {
  for (auto end = name.find('/', 1); end != std::string::npos; end = name.find('/', end + 1)) {
    const std::string parent = name.substr(0, end);
    if (H5Lexists(group.id(), parent.c_str(), H5P_DEFAULT) <= 0) {
      const Handle links = link_list(where);
      const Handle creation = creation_list(H5P_GROUP_CREATE, where);
      const Handle made(
          HandleKind::group,
          checked(H5Gcreate2(group.id(), parent.c_str(), links.id(), creation.id(), H5P_DEFAULT),
                  "H5Gcreate2", where));
    }
  }
}

std::string inside(const std::string& where, const char* kind, const std::string& name) {
  return fmt::format("{}, {} {}", where, kind, name);
}

}  // namespace

Group Group::create_group(const std::string& name) {
  const Hdf5Guard guard;
  const std::string here = inside(where_, "group", name);
  make_parents(handle_, name, here);
  const Handle links = link_list(here);
  const Handle creation = creation_list(H5P_GROUP_CREATE, here);
  return {Handle(HandleKind::group, checked(H5Gcreate2(handle_.id(), name.c_str(), links.id(),
                                                       creation.id(), H5P_DEFAULT),
                                            "H5Gcreate2", here)),
          here};
}

Group Group::open_group(const std::string& name) const {
  const Hdf5Guard guard;
  const std::string here = inside(where_, "group", name);
  if (!has_group(name)) {
    throw BadData(fmt::format("there is no such group ({})", here));
  }
  return {Handle(HandleKind::group,
                 checked(H5Gopen2(handle_.id(), name.c_str(), H5P_DEFAULT), "H5Gopen2", here)),
          here};
}

DataSet Group::create_data_set(const std::string& name, Element element, const Extents& extents,
                               const Storage& storage) {
  const Hdf5Guard guard;
  const std::string here = inside(where_, "data set", name);
  make_parents(handle_, name, here);
  const Handle links = link_list(here);
  const Handle space = make_space(extents, here);
  const Handle creation = storage_list(element, storage, here);
  return {Handle(HandleKind::data_set,
                 checked(H5Dcreate2(handle_.id(), name.c_str(), native_type(element), space.id(),
                                    links.id(), creation.id(), H5P_DEFAULT),
                         "H5Dcreate2", here)),
          here};
}

DataSet Group::create_text_data_set(const std::string& name,
                                    const std::vector<std::string>& values) {
  const Hdf5Guard guard;
  const std::string here = inside(where_, "data set", name);
  make_parents(handle_, name, here);
  const Handle links = link_list(here);
  const Handle space = make_space({static_cast<Index>(values.size())}, here);
  const Handle type = fixed_text_type(values, here);
  const Handle creation = creation_list(H5P_DATASET_CREATE, here);
  DataSet data_set(Handle(HandleKind::data_set,
                          checked(H5Dcreate2(handle_.id(), name.c_str(), type.id(), space.id(),
                                             links.id(), creation.id(), H5P_DEFAULT),
                                  "H5Dcreate2", here)),
                   here);
  data_set.write_text(values);
  return data_set;
}

DataSet Group::open_data_set(const std::string& name) const {
  const Hdf5Guard guard;
  const std::string here = inside(where_, "data set", name);
  if (!has_data_set(name)) {
    throw BadData(fmt::format("there is no such data set ({})", here));
  }
  return {Handle(HandleKind::data_set,
                 checked(H5Dopen2(handle_.id(), name.c_str(), H5P_DEFAULT), "H5Dopen2", here)),
          here};
}

bool Group::has_data_set(const std::string& name) const {
  const Hdf5Guard guard;
  return holds(handle_, name, H5I_DATASET);
}

bool Group::has_group(const std::string& name) const {
  const Hdf5Guard guard;
  return holds(handle_, name, H5I_GROUP);
}

std::vector<std::string> Group::names() const {
  const Hdf5Guard guard;
  std::vector<std::string> found;
  checked(H5Literate(handle_.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_name, &found),
          "H5Literate", where_);
  return found;
}

}  // namespace polypath
