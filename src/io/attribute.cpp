#include "polypath/io/attribute.hpp"

#include "polypath/core/error.hpp"
#include "polypath/io/guard.hpp"

#include "space.hpp"

#include <fmt/format.h>

namespace polypath {
namespace {

void write_value(const Handle& object, const std::string& name, hid_t type, const Extents& extents,
                 const void* value, const std::string& where) {
  const std::string here = fmt::format("{}, attribute {}", where, name);
  if (H5Aexists(object.id(), name.c_str()) > 0) {
    checked(H5Adelete(object.id(), name.c_str()), "H5Adelete", here);
  }
  const Handle space = make_space(extents, here);
  const Handle attribute(
      HandleKind::attribute,
      checked(H5Acreate2(object.id(), name.c_str(), type, space.id(), H5P_DEFAULT, H5P_DEFAULT),
              "H5Acreate2", here));
  checked(H5Awrite(attribute.id(), type, value), "H5Awrite", here);
}

Handle open_attribute(const Handle& object, const std::string& name, const std::string& where) {
  if (!has_attribute(object, name, where)) {
    throw BadData(
        fmt::format("no attribute '{}' ({}): the file was not made by polypath, or not "
                    "wholly; name another file",
                    name, where));
  }
  return {HandleKind::attribute,
          checked(H5Aopen(object.id(), name.c_str(), H5P_DEFAULT), "H5Aopen", where)};
}

struct AttributeKind {
  Handle type;
  H5T_class_t type_class = H5T_NO_CLASS;
  bool single = false;
};

AttributeKind kind_of(const Handle& attribute, const std::string& where) {
  AttributeKind kind;
  kind.type = Handle(HandleKind::type, checked(H5Aget_type(attribute.id()), "H5Aget_type", where));
  kind.type_class = H5Tget_class(kind.type.id());
  const Handle space(HandleKind::data_space,
                     checked(H5Aget_space(attribute.id()), "H5Aget_space", where));
  kind.single = H5Sget_simple_extent_npoints(space.id()) == 1;
  return kind;
}

std::string read_text(const Handle& attribute, const Handle& stored, const std::string& where) {
  if (H5Tis_variable_str(stored.id()) > 0) {
    char* text = nullptr;
    checked(H5Aread(attribute.id(), stored.id(), static_cast<void*>(&text)), "H5Aread", where);
    std::string copy = text == nullptr ? "" : text;
    H5free_memory(text);
    return copy;
  }
  std::string text(H5Tget_size(stored.id()), '\0');
  checked(H5Aread(attribute.id(), stored.id(), text.data()), "H5Aread", where);
  return text.substr(0, text.find('\0'));
}

herr_t collect_name(hid_t /*object*/, const char* name, const H5A_info_t* /*info*/, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

}  // namespace

void write_attribute(const Handle& object, const std::string& name, const std::string& text,
                     const std::string& where) {
  const Hdf5Guard guard;
  const Handle type = text_type(where);
  const char* pointer = text.c_str();
  write_value(object, name, type.id(), {}, static_cast<const void*>(&pointer), where);
}

void write_attribute(const Handle& object, const std::string& name, Index value,
                     const std::string& where) {
  const Hdf5Guard guard;
  write_value(object, name, native_type(Element::int64), {}, &value, where);
}

void write_attribute(const Handle& object, const std::string& name,
                     const std::vector<std::int8_t>& values, const std::string& where) {
  const Hdf5Guard guard;
  write_value(object, name, native_type(Element::int8), {static_cast<Index>(values.size())},
              values.data(), where);
}

bool has_attribute(const Handle& object, const std::string& name, const std::string& where) {
  const Hdf5Guard guard;
  return checked(H5Aexists(object.id(), name.c_str()), "H5Aexists", where) > 0;
}

std::string read_text_attribute(const Handle& object, const std::string& name,
                                const std::string& where) {
  const Hdf5Guard guard;
  const Handle attribute = open_attribute(object, name, where);
  const AttributeKind kind = kind_of(attribute, where);
  if (kind.type_class != H5T_STRING || !kind.single) {
    throw BadData(fmt::format("attribute '{}' is not one string ({})", name, where));
  }
  return read_text(attribute, kind.type, where);
}

Index read_index_attribute(const Handle& object, const std::string& name,
                           const std::string& where) {
  const Hdf5Guard guard;
  const Handle attribute = open_attribute(object, name, where);
  const AttributeKind kind = kind_of(attribute, where);
  if (kind.type_class != H5T_INTEGER || !kind.single) {
    throw BadData(fmt::format("attribute '{}' is not one integer ({})", name, where));
  }
  Index value = 0;
  checked(H5Aread(attribute.id(), native_type(Element::int64), &value), "H5Aread", where);
  return value;
}

std::map<std::string, std::string> read_text_attributes(const Handle& object,
                                                        const std::string& where) {
  const Hdf5Guard guard;
  std::vector<std::string> names;
  checked(H5Aiterate2(object.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_name, &names),
          "H5Aiterate2", where);
  std::map<std::string, std::string> found;
  for (const auto& name : names) {
    const Handle attribute = open_attribute(object, name, where);
    const AttributeKind kind = kind_of(attribute, where);
    if (kind.type_class == H5T_STRING && kind.single) {
      found.emplace(name, read_text(attribute, kind.type, where));
    }
  }
  return found;
}

}  // namespace polypath
