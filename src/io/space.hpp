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

[[nodiscard]] std::vector<hsize_t> hdf5_sizes(const Extents& extents);

/// A data space of these extents; no axes at all: a scalar.
[[nodiscard]] Handle make_space(const Extents& extents, const std::string& where);
/// The extents of a data space; none for a scalar and for an empty ("null") one.
[[nodiscard]] Extents extents_of(const Handle& space, const std::string& where);

}  // namespace polypath
