#pragma once

#include "polypath/io/element.hpp"
#include "polypath/io/handle.hpp"

#include <string>
#include <vector>

#include <hdf5.h>

namespace polypath {

[[nodiscard]] hid_t native_type(Element element);
/// Variable-length UTF-8 text.
[[nodiscard]] Handle text_type(const std::string& where);
/// Room for the longest of `values`, padded with zeros; called ASCII where it is, as Octave reads
/// no UTF-8.
[[nodiscard]] Handle fixed_text_type(const std::vector<std::string>& values,
                                     const std::string& where);

/// A creation list of a file, a group or a data set that keeps the order in which links and
/// attributes are made.
[[nodiscard]] Handle creation_list(hid_t list_class, const std::string& where);

[[nodiscard]] std::vector<hsize_t> hdf5_sizes(const Extents& extents);

/// A data space of these extents; no axes at all: a scalar.
[[nodiscard]] Handle make_space(const Extents& extents, const std::string& where);
/// The extents of a data space; none for a scalar and for an empty ("null") one.
[[nodiscard]] Extents extents_of(const Handle& space, const std::string& where);

}  // namespace polypath
