#include "polypath/core/error.hpp"
#include "polypath/core/sizes.hpp"

#include "foreign.hpp"
#include "space.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <sstream>

#include <fmt/format.h>
#include <hdf5.h>

namespace polypath {
namespace fs = std::filesystem;
namespace {

/// Virtual data sets may be made of virtual ones.
constexpr int deepest_nesting = 8;

Handle creation_list(const DataSet& data_set) {
  return {HandleKind::property_list, checked(H5Dget_create_plist(data_set.handle().id()),
                                             "H5Dget_create_plist", data_set.where())};
}

std::string missing_filter(const Handle& list, const std::string& where) {
  const auto count = checked(H5Pget_nfilters(list.id()), "H5Pget_nfilters", where);
  for (std::int64_t i = 0; i < count; ++i) {
    unsigned flags = 0;
    unsigned configuration = 0;
    std::size_t values = 0;
    char name[128] = {};
    const auto filter = static_cast<H5Z_filter_t>(
        checked(H5Pget_filter2(list.id(), static_cast<unsigned>(i), &flags, &values, nullptr,
                               sizeof(name), name, &configuration),
                "H5Pget_filter2", where));
    if (H5Zfilter_avail(filter) <= 0) {
      return fmt::format(
          "is compressed with a filter that this HDF5 library lacks: {} (number {}). Write it "
          "again with compression=\"gzip\" or without compression, or set HDF5_PLUGIN_PATH to the "
          "folder with that filter's plug-in",
          name[0] != '\0' ? name : "one without a name", filter);
    }
  }
  return {};
}

/// Chunks written and chunks in all; of other layouts the whole is one.
struct Written {
  hsize_t chunks = 0;
  hsize_t of = 1;
};

Written written_chunks(const DataSet& data_set, const Handle& list, H5D_layout_t layout) {
  const std::string& where = data_set.where();
  Written written;
  if (layout != H5D_CHUNKED) {
    H5D_space_status_t status = H5D_SPACE_STATUS_ERROR;
    checked(H5Dget_space_status(data_set.handle().id(), &status), "H5Dget_space_status", where);
    written.chunks = status == H5D_SPACE_STATUS_NOT_ALLOCATED ? 0 : 1;
    return written;
  }
  const Extents extents = data_set.extents();
  std::vector<hsize_t> chunk(extents.size());
  checked(H5Pget_chunk(list.id(), static_cast<int>(chunk.size()), chunk.data()), "H5Pget_chunk",
          where);
  for (std::size_t axis = 0; axis < chunk.size(); ++axis) {
    written.of *= (static_cast<hsize_t>(extents[axis]) + chunk[axis] - 1) / chunk[axis];
  }
  const Handle space(HandleKind::data_space,
                     checked(H5Dget_space(data_set.handle().id()), "H5Dget_space", where));
  checked(H5Dget_num_chunks(data_set.handle().id(), space.id(), &written.chunks),
          "H5Dget_num_chunks", where);
  return written;
}

bool is_netcdf(const File& file) {
  const Group root = file.root();
  return has_attribute(root.handle(), "_NCProperties", root.where());
}

std::string unwritten_parts(const DataSet& data_set, const Handle& list, H5D_layout_t layout,
                            const File& file, std::vector<std::string>& notes) {
  const Written written = written_chunks(data_set, list, layout);
  if (written.chunks >= written.of) {
    return {};
  }
  const std::string parts = written.of == 1
                                ? "was never written"
                                : fmt::format("has {} of {} parts (chunks) that were never written",
                                              written.of - written.chunks, written.of);
  H5D_fill_value_t fill = H5D_FILL_VALUE_ERROR;
  checked(H5Pfill_value_defined(list.id(), &fill), "H5Pfill_value_defined", data_set.where());
  if (fill == H5D_FILL_VALUE_USER_DEFINED && !is_netcdf(file)) {
    double value = 0.0;
    checked(H5Pget_fill_value(list.id(), H5T_NATIVE_DOUBLE, &value), "H5Pget_fill_value",
            data_set.where());
    notes.push_back(fmt::format("{} {}: they read as {}, the fill value that the file sets",
                                data_set.where(), parts, value));
    return {};
  }
  return parts +
         ", and would be read as zeros or fill values: was its writer cut off? Write it again; if "
         "the zeros are meant, write them: in h5py d[...] = d[...], or create it with fillvalue=0";
}

std::string text_of(ssize_t (*get)(hid_t, std::size_t, char*, std::size_t), const Handle& list,
                    std::size_t mapping, const std::string& where) {
  std::string text(static_cast<std::size_t>(checked(get(list.id(), mapping, nullptr, 0),
                                                    "H5Pget_virtual_filename", where)),
                   '\0');
  checked(get(list.id(), mapping, text.data(), text.size() + 1), "H5Pget_virtual_filename", where);
  return text;
}

/// Where HDF5 looks for the source file `name` of a virtual data set in `path`; empty: nowhere.
fs::path found_source(const std::string& name, const fs::path& path) {
  if (name == ".") {
    return path;
  }
  const fs::path given(name);
  const fs::path relative = given.is_absolute() ? given.filename() : given;
  std::vector<fs::path> places;
  if (given.is_absolute()) {
    places.push_back(given);
  }
  const char* prefixes = std::getenv("HDF5_VDS_PREFIX");
  std::istringstream list(prefixes == nullptr ? "" : prefixes);
  for (std::string prefix; std::getline(list, prefix, ':');) {
    places.push_back(fs::path(prefix) / relative);
  }
  places.push_back(path.parent_path() / relative);
  places.push_back(relative);
  std::error_code unknown;
  const auto found = std::find_if(places.begin(), places.end(), [&](const fs::path& place) {
    return fs::is_regular_file(place, unknown);
  });
  return found == places.end() ? fs::path() : *found;
}

/// Whether more is taken of `source` than it has; HDF5 gives fill values for that.
bool reaches_beyond(const Handle& list, std::size_t mapping, const DataSet& source) {
  const Handle taken(HandleKind::data_space, checked(H5Pget_virtual_srcspace(list.id(), mapping),
                                                     "H5Pget_virtual_srcspace", source.where()));
  const Extents extents = source.extents();
  if (H5Sget_select_type(taken.id()) == H5S_SEL_ALL) {  // whose extent the file does not keep
    const Handle given(HandleKind::data_space, checked(H5Pget_virtual_vspace(list.id(), mapping),
                                                       "H5Pget_virtual_vspace", source.where()));
    return elements_in(extents) < H5Sget_select_npoints(given.id());
  }
  std::vector<hsize_t> first(extents.size());
  std::vector<hsize_t> last(extents.size());
  if (H5Sget_simple_extent_ndims(taken.id()) != static_cast<int>(extents.size()) ||
      H5Sget_select_bounds(taken.id(), first.data(), last.data()) < 0) {
    return true;
  }
  for (std::size_t axis = 0; axis < extents.size(); ++axis) {
    if (static_cast<Index>(last[axis]) >= extents[axis]) {
      return true;
    }
  }
  return false;
}

std::string why_incomplete(const DataSet& data_set, const File& file, const fs::path& path,
                           int nesting, std::vector<std::string>& notes);

std::string source_problem(const Handle& list, std::size_t mapping, const DataSet& data_set,
                           const fs::path& path, int nesting, std::vector<std::string>& notes) {
  const std::string file_name = text_of(H5Pget_virtual_filename, list, mapping, data_set.where());
  const std::string name = text_of(H5Pget_virtual_dsetname, list, mapping, data_set.where());
  if (file_name.find("%b") != std::string::npos || name.find("%b") != std::string::npos) {
    return fmt::format(
        "is virtual, made of a series ('{}'), in which a missing file looks like its end; copy it "
        "into a plain data set",
        file_name);
  }
  const fs::path found = found_source(file_name, path);
  if (found.empty()) {
    return fmt::format(
        "is virtual, and the file '{}' with a part of it is missing: that part would be read as "
        "zeros. Put the file back, or copy the data set into a plain one where all parts are there",
        file_name);
  }
  const File file = File::open(found, "make the source of the virtual data set again");
  if (!file.root().has_data_set(name)) {
    return fmt::format("is virtual, and its source '{}' in '{}' is missing", name, found.string());
  }
  const DataSet source = file.root().open_data_set(name);
  if (reaches_beyond(list, mapping, source)) {
    return fmt::format(
        "is virtual, and its source '{}' in '{}' is smaller than what is taken of it", name,
        found.string());
  }
  const std::string problem = why_incomplete(source, file, found, nesting + 1, notes);
  return problem.empty() ? ""
                         : fmt::format("is virtual, and its source '{}' in '{}' {}", name,
                                       found.string(), problem);
}

std::string virtual_problem(const DataSet& data_set, const Handle& list, const fs::path& path,
                            int nesting, std::vector<std::string>& notes) {
  const std::string& where = data_set.where();
  if (nesting > deepest_nesting) {
    return "is virtual, made of virtual ones without an end";
  }
  std::size_t count = 0;
  checked(H5Pget_virtual_count(list.id(), &count), "H5Pget_virtual_count", where);
  Index covered = 0;
  for (std::size_t mapping = 0; mapping < count; ++mapping) {
    const std::string problem = source_problem(list, mapping, data_set, path, nesting, notes);
    if (!problem.empty()) {
      return problem;
    }
    const Handle space(HandleKind::data_space, checked(H5Pget_virtual_vspace(list.id(), mapping),
                                                       "H5Pget_virtual_vspace", where));
    covered += std::max<Index>(0, H5Sget_select_npoints(space.id()));
  }
  if (covered < elements_in(data_set.extents())) {
    return fmt::format("is virtual, and {} of its {} elements have no source",
                       elements_in(data_set.extents()) - covered, elements_in(data_set.extents()));
  }
  return {};
}

std::string why_incomplete(const DataSet& data_set, const File& file, const fs::path& path,
                           int nesting, std::vector<std::string>& notes) {
  const Handle list = creation_list(data_set);
  const auto layout = static_cast<H5D_layout_t>(
      checked(H5Pget_layout(list.id()), "H5Pget_layout", data_set.where()));
  if (layout == H5D_VIRTUAL) {
    return virtual_problem(data_set, list, path, nesting, notes);
  }
  const std::string filter = missing_filter(list, data_set.where());
  return filter.empty() ? unwritten_parts(data_set, list, layout, file, notes) : filter;
}

}  // namespace

std::string why_incomplete(const DataSet& data_set, const File& file, const fs::path& path,
                           std::vector<std::string>& notes) {
  return why_incomplete(data_set, file, path, 0, notes);
}

namespace {

bool opens(const Group& root, const std::string& name) {
  const hid_t object = H5Oopen(root.handle().id(), name.c_str(), H5P_DEFAULT);
  return object >= 0 && H5Oclose(object) >= 0;
}

}  // namespace

std::string why_broken_link(const Group& root, const std::string& name) {
  for (auto end = name.find('/', 1);; end = name.find('/', end + 1)) {
    const std::string part = name.substr(0, end);
    H5L_info_t info;
    if (H5Lexists(root.handle().id(), part.c_str(), H5P_DEFAULT) <= 0 ||
        H5Lget_info(root.handle().id(), part.c_str(), &info, H5P_DEFAULT) < 0) {
      return {};
    }
    const bool is_link = info.type == H5L_TYPE_SOFT || info.type == H5L_TYPE_EXTERNAL;
    if (is_link && !opens(root, part)) {
      std::vector<char> value(info.u.val_size + 1);
      checked(H5Lget_val(root.handle().id(), part.c_str(), value.data(), value.size(), H5P_DEFAULT),
              "H5Lget_val", root.where());
      if (info.type == H5L_TYPE_SOFT) {
        return fmt::format(
            "is a link to '{}', which the file does not hold; put it back, or link "
            "to what is there",
            value.data());
      }
      unsigned flags = 0;
      const char* file = "";
      const char* target = "";
      checked(H5Lunpack_elink_val(value.data(), info.u.val_size, &flags, &file, &target),
              "H5Lunpack_elink_val", root.where());
      return fmt::format(
          "is a link to '{}' of the file '{}', which cannot be opened; put that "
          "file back beside this one, or copy the data set into it",
          target, file);
    }
    if (end == std::string::npos) {
      return {};
    }
  }
}

std::string why_a_group(const Group& root, const std::string& name) {
  const Group group = root.open_group(name);
  const auto has = [&](const char* attribute) {
    return has_attribute(group.handle(), attribute, group.where());
  };
  if (has("pandas_type")) {
    return "was written by pandas (to_hdf), in a layout of its own; write the plain numbers: "
           "numpy.savez(\"data.npz\", x=x.to_numpy(), y=y.to_numpy()), then `tools/polypath.py "
           "convert data.npz -o data.h5`";
  }
  if (has("MATLAB_sparse")) {
    return fmt::format("is a sparse matrix of MATLAB; save full({})", name);
  }
  if (has("OCTAVE_NEW_FORMAT")) {
    return "is a variable of Octave, in a layout of its own; in Octave: save -7 data.mat x y, then "
           "`tools/polypath.py convert data.mat -o data.h5`";
  }
  return "is a group, not a data set";
}

}  // namespace polypath
