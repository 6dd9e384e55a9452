#pragma once

#include "polypath/core/types.hpp"
#include "polypath/io/handle.hpp"

#include <map>
#include <string>
#include <vector>

namespace polypath {

// Attributes of a file's root, a group or a data set. `where` names the object in messages. Text is
// UTF-8 of variable length, which h5py reads as str and which has no 64 KiB limit.
// All throw IoError when HDF5 fails.

void write_attribute(const Handle& object, const std::string& name, const std::string& text,
                     const std::string& where);
void write_attribute(const Handle& object, const std::string& name, Index value,
                     const std::string& where);
void write_attribute(const Handle& object, const std::string& name,
                     const std::vector<std::int8_t>& values, const std::string& where);

[[nodiscard]] bool has_attribute(const Handle& object, const std::string& name,
                                 const std::string& where);
/// Text of fixed or variable length. Throws BadData when there is no such attribute or it is not
/// one string.
[[nodiscard]] std::string read_text_attribute(const Handle& object, const std::string& name,
                                              const std::string& where);
/// Throws BadData when there is no such attribute or it is not one integer.
[[nodiscard]] Index read_index_attribute(const Handle& object, const std::string& name,
                                         const std::string& where);
/// Every attribute that is one string.
[[nodiscard]] std::map<std::string, std::string> read_text_attributes(const Handle& object,
                                                                      const std::string& where);

}  // namespace polypath
