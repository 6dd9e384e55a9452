#include "polypath/io/data_set.hpp"

#include "polypath/core/error.hpp"
#include "polypath/io/guard.hpp"

#include "space.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hdf5_hl.h>

namespace polypath {
namespace {

Handle space_of(const Handle& data_set, const std::string& where) {
  return {HandleKind::data_space, checked(H5Dget_space(data_set.id()), "H5Dget_space", where)};
}

Handle type_of(const Handle& data_set, const std::string& where) {
  return {HandleKind::type, checked(H5Dget_type(data_set.id()), "H5Dget_type", where)};
}

/// The file's and the memory's side of one transfer; a null `first` selects everything.
struct Selection {
  Handle file;
  Handle memory;
  Index elements = 0;
};

Selection select(const Handle& data_set, const Extents* first, const Extents* count,
                 const std::string& where) {
  Selection selection;
  selection.file = space_of(data_set, where);
  if (first == nullptr) {
    selection.elements = H5Sget_simple_extent_npoints(selection.file.id());
    selection.memory = make_space({selection.elements}, where);
    return selection;
  }
  const Extents whole = extents_of(selection.file, where);
  if (first->size() != whole.size() || count->size() != whole.size()) {
    throw InternalError(fmt::format("a block of {} axes in a data set of {} ({})", first->size(),
                                    whole.size(), where));
  }
  selection.elements = elements_in(*count);
  selection.memory = make_space({selection.elements}, where);
  if (selection.elements > 0) {
    checked(H5Sselect_hyperslab(selection.file.id(), H5S_SELECT_SET, hdf5_sizes(*first).data(),
                                nullptr, hdf5_sizes(*count).data(), nullptr),
            "H5Sselect_hyperslab", where);
    if (H5Sselect_valid(selection.file.id()) <= 0) {
      throw InternalError(fmt::format("block [{}] + [{}] lies outside [{}] ({})",
                                      fmt::join(*first, ", "), fmt::join(*count, ", "),
                                      fmt::join(whole, ", "), where));
    }
  }
  return selection;
}

}  // namespace

Extents DataSet::extents() const {
  const Hdf5Guard guard;
  return extents_of(space_of(handle_, where_), where_);
}

void DataSet::write_block(Element element, const void* values, Index count_given,
                          const Extents* first, const Extents* count) {
  const Hdf5Guard guard;
  const Selection selection = select(handle_, first, count, where_);
  if (selection.elements != count_given) {
    throw InternalError(
        fmt::format("{} values for {} elements ({})", count_given, selection.elements, where_));
  }
  if (selection.elements == 0) {
    return;
  }
  checked(H5Dwrite(handle_.id(), native_type(element), selection.memory.id(), selection.file.id(),
                   H5P_DEFAULT, values),
          "H5Dwrite", where_);
}

void DataSet::read_block(Element element, void* values, const Extents* first,
                         const Extents* count) const {
  const Hdf5Guard guard;
  const Selection selection = select(handle_, first, count, where_);
  if (selection.elements == 0) {
    return;
  }
  checked(H5Dread(handle_.id(), native_type(element), selection.memory.id(), selection.file.id(),
                  H5P_DEFAULT, values),
          "H5Dread", where_);
}

void DataSet::write_text(const std::vector<std::string>& values) {
  const Hdf5Guard guard;
  if (elements_in(extents()) != static_cast<Index>(values.size())) {
    throw InternalError(
        fmt::format("{} strings for another number of elements ({})", values.size(), where_));
  }
  const Handle type = type_of(handle_, where_);
  const std::size_t room = H5Tget_size(type.id());
  std::string packed;
  for (const auto& value : values) {
    if (value.size() > room) {
      throw InternalError(
          fmt::format("a string of {} bytes, room for {} ({})", value.size(), room, where_));
    }
    packed += value;
    packed.append(room - value.size(), '\0');
  }
  if (!packed.empty()) {
    checked(H5Dwrite(handle_.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, packed.data()),
            "H5Dwrite", where_);
  }
}

std::vector<std::string> DataSet::read_text() const {
  const Hdf5Guard guard;
  const Handle type = type_of(handle_, where_);
  const auto count = static_cast<std::size_t>(elements_in(extents()));
  if (count == 0) {
    return {};
  }
  std::vector<std::string> values;
  values.reserve(count);
  if (H5Tis_variable_str(type.id()) > 0) {
    std::vector<char*> pointers(count, nullptr);
    checked(H5Dread(handle_.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                    static_cast<void*>(pointers.data())),
            "H5Dread", where_);
    for (char* text : pointers) {
      values.emplace_back(text == nullptr ? "" : text);
      H5free_memory(text);
    }
    return values;
  }
  const std::size_t room = H5Tget_size(type.id());
  std::string packed(count * room, '\0');
  checked(H5Dread(handle_.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, packed.data()), "H5Dread",
          where_);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string text = packed.substr(i * room, room);
    values.push_back(text.substr(0, text.find('\0')));
  }
  return values;
}

bool DataSet::is_numeric() const {
  const Hdf5Guard guard;
  const Handle type = type_of(handle_, where_);
  const H5T_class_t type_class = H5Tget_class(type.id());
  return type_class == H5T_INTEGER || type_class == H5T_FLOAT || type_class == H5T_ENUM;
}

void DataSet::make_scale(const std::string& axis_name) {
  const Hdf5Guard guard;
  checked(H5DSset_scale(handle_.id(), axis_name.c_str()), "H5DSset_scale", where_);
}

void DataSet::attach_scale(Index axis, const DataSet& scale) {
  const Hdf5Guard guard;
  checked(H5DSattach_scale(handle_.id(), scale.handle_.id(), static_cast<unsigned>(axis)),
          "H5DSattach_scale", where_);
}

void DataSet::describe(const std::string& long_name, const std::string& units) {
  write_attribute(handle_, "long_name", long_name, where_);
  write_attribute(handle_, "units", units, where_);
}

void DataSet::close() {
  const Hdf5Guard guard;
  checked(handle_.close() ? 0 : -1, "H5Dclose", where_);
}

}  // namespace polypath
