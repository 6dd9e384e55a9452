#include "polypath/io/read.hpp"

#include "polypath/core/error.hpp"
#include "polypath/io/file.hpp"
#include "polypath/io/guard.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace polypath {
namespace {

std::string list_of(const std::vector<std::string>& names) {
  constexpr std::size_t shown = 12;
  if (names.empty()) {
    return "is empty";
  }
  const std::vector<std::string> first(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(shown, names.size())));
  return fmt::format("holds {}{}", fmt::join(first, ", "), names.size() > shown ? ", ..." : "");
}

/// `name` as a numeric, non-empty data set of `axes` dimensions.
DataSet open_numbers(const std::filesystem::path& file, const Group& root, const std::string& name,
                     std::size_t axes) {
  const auto complain = [&](const std::string& what) {
    throw BadData(fmt::format("data set '{}' of '{}' {}", name, file.string(), what));
  };
  if (root.has_group(name)) {
    complain("is a group, not a data set");
  }
  if (!root.has_data_set(name)) {
    complain(fmt::format("is missing; the file {}", list_of(root.names())));
  }
  DataSet data_set = root.open_data_set(name);
  if (!data_set.is_numeric()) {
    complain("is not numeric; integers, floating-point numbers and booleans can be read");
  }
  const Extents extents = data_set.extents();
  if (extents.size() != axes) {
    complain(fmt::format(
        "has {} dimensions ({}) where {} {} needed", extents.size(),
        extents.empty() ? "a single value" : fmt::format("{}", fmt::join(extents, " x ")), axes,
        axes == 1 ? "is" : "are"));
  }
  if (elements_in(extents) == 0) {
    complain(fmt::format("is empty ({})", fmt::join(extents, " x ")));
  }
  return data_set;
}

/// What is read whole is what users bring: data and weights.
constexpr const char* how_to_make = "`tools/polypath.py convert` makes one from NPZ or CSV";

}  // namespace

Matrix<double> read_matrix(const std::filesystem::path& file, const std::string& dataset) {
  const Hdf5Guard guard;
  const File source = File::open(file, how_to_make);
  const DataSet data_set = open_numbers(file, source.root(), dataset, 2);
  const Extents extents = data_set.extents();
  const auto values = data_set.read<double>();
  Matrix<double> matrix(extents[0], extents[1]);
  std::copy(values.begin(), values.end(), matrix.data());
  return matrix;
}

std::vector<double> read_vector(const std::filesystem::path& file, const std::string& dataset) {
  const Hdf5Guard guard;
  const File source = File::open(file, how_to_make);
  return open_numbers(file, source.root(), dataset, 1).read<double>();
}

bool has_dataset(const std::filesystem::path& file, const std::string& name) {
  const Hdf5Guard guard;
  return File::open(file, how_to_make).root().has_data_set(name);
}

}  // namespace polypath
