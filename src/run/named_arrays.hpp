#pragma once

#include "polypath/io/file.hpp"

#include <map>
#include <string>
#include <vector>

namespace polypath {

/// Arrays with named axes in one group of an HDF5 file: every axis a dimension scale, every array
/// with a long name and a unit, as in the cell files.
class NamedArrays {
 public:
  explicit NamedArrays(Group group) : group_(std::move(group)) {}

  void axis(const std::string& name, const std::vector<Index>& values, const std::string& meaning,
            const std::string& units = "1");
  /// Numbered from `first`.
  void axis(const std::string& name, Index count, Index first, const std::string& meaning) {
    axis(name, counted(count, first), meaning);
  }
  /// All elements, last axis fastest; the axes are named before.
  template <ElementType T>
  DataSet put(const std::string& name, const std::vector<T>& values,
              const std::vector<std::string>& axes, const std::string& meaning,
              const std::string& units = "1") {
    DataSet data_set = create(name, element_of<T>, axes);
    data_set.write(values);
    data_set.describe(meaning, units);
    return data_set;
  }
  void attribute(const std::string& name, const std::string& text);

 private:
  DataSet create(const std::string& name, Element element, const std::vector<std::string>& axes);

  Group group_;
  std::map<std::string, DataSet> scales_;
};

}  // namespace polypath
