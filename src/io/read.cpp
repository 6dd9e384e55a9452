#include "polypath/io/read.hpp"

#include "polypath/core/error.hpp"
#include "polypath/core/sizes.hpp"
#include "polypath/io/file.hpp"
#include "polypath/io/guard.hpp"

#include "foreign.hpp"

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

[[noreturn]] void complain(const std::filesystem::path& file, const std::string& name,
                           const std::string& what) {
  throw BadData(fmt::format("data set '{}' of '{}' {}", name, file.string(), what));
}

void complain_if(const std::filesystem::path& file, const std::string& name,
                 const std::string& what) {
  if (!what.empty()) {
    complain(file, name, what);
  }
}

void check_extents(const std::filesystem::path& file, const std::string& name,
                   const Extents& extents, std::size_t axes) {
  if (extents.size() != axes) {
    complain(file, name,
             fmt::format(
                 "has {} dimensions ({}) where {} {} needed{}", extents.size(),
                 extents.empty() ? "a single value" : fmt::format("{}", fmt::join(extents, " x ")),
                 axes, axes == 1 ? "is" : "are",
                 axes == 2 && extents.size() == 1
                     ? fmt::format("; in numpy, {}.reshape(-1, 1) is one column", name)
                     : ""));
  }
  Index elements = 1;
  for (const Index extent : extents) {
    elements = size_product(elements, extent);
  }
  if (elements == 0) {
    complain(file, name, fmt::format("is empty ({})", fmt::join(extents, " x ")));
  }
  if (size_product(elements, sizeof(double)) == largest_size) {
    complain(file, name, fmt::format("is too large ({})", fmt::join(extents, " x ")));
  }
}

/// `name` as a numeric, non-empty, complete data set of `axes` dimensions.
DataSet open_numbers(const std::filesystem::path& path, const File& file, const std::string& name,
                     std::size_t axes, std::vector<std::string>& notes) {
  const Group root = file.root();
  if (root.has_group(name)) {
    complain(path, name, why_a_group(root, name));
  }
  if (!root.has_data_set(name)) {
    complain_if(path, name, why_broken_link(root, name));
    complain(path, name, fmt::format("is missing; the file {}", list_of(root.names())));
  }
  DataSet data_set = root.open_data_set(name);
  complain_if(path, name, why_not_numeric(data_set));
  check_extents(path, name, data_set.extents(), axes);
  complain_if(path, name, why_incomplete(data_set, file, path, notes));
  return data_set;
}

/// The matrix that `data_set` stands for; a list of numbers is one row.
Matrix<double> meant(const std::filesystem::path& file, const std::string& name,
                     const DataSet& data_set, std::vector<std::string>& notes) {
  const Convention convention(data_set);
  const auto values = data_set.read<double>();
  const Extents extents = data_set.extents();
  const Index rows = extents.size() == 2 ? extents[0] : 1;
  Matrix<double> matrix(rows, extents.back());
  std::copy(values.begin(), values.end(), matrix.data());
  if (convention.axes_reversed()) {
    Matrix<double> transposed(matrix.columns(), matrix.rows());
    for (Index r = 0; r < matrix.rows(); ++r) {
      for (Index c = 0; c < matrix.columns(); ++c) {
        transposed(c, r) = matrix(r, c);
      }
    }
    matrix = std::move(transposed);
  }
  complain_if(file, name, convention.unpack(matrix));
  for (const auto& note : convention.notes()) {
    notes.push_back(fmt::format("data set '{}' of '{}' {}", name, file.string(), note));
  }
  return matrix;
}

/// What is read whole is what users bring: data and weights.
constexpr const char* how_to_make =
    "`tools/polypath.py convert` makes one from NPZ, NPY, CSV or MATLAB files";

}  // namespace

Matrix<double> read_matrix(const std::filesystem::path& file, const std::string& dataset,
                           std::vector<std::string>* notes) {
  const Hdf5Guard guard;
  std::vector<std::string> unheard;
  std::vector<std::string>& told = notes != nullptr ? *notes : unheard;
  const File source = File::open(file, how_to_make);
  return meant(file, dataset, open_numbers(file, source, dataset, 2, told), told);
}

std::vector<double> read_vector(const std::filesystem::path& file, const std::string& dataset) {
  const Hdf5Guard guard;
  std::vector<std::string> unheard;
  const File source = File::open(file, how_to_make);
  return meant(file, dataset, open_numbers(file, source, dataset, 1, unheard), unheard).elements();
}

bool has_dataset(const std::filesystem::path& file, const std::string& name) {
  const Hdf5Guard guard;
  const File source = File::open(file, how_to_make);
  const bool found = source.root().has_data_set(name);
  if (!found) {
    complain_if(file, name, why_broken_link(source.root(), name));
  }
  return found;
}

}  // namespace polypath
