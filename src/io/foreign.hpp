#pragma once

#include "polypath/core/matrix.hpp"
#include "polypath/io/file.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace polypath {

// Data sets that other programs made: HDF5 reads some of them without an error and gives something
// else than their writer meant. What these functions return ends a sentence that begins with the
// name of the data set ("is complex: ..."); it is empty where nothing is wrong. Hold a Hdf5Guard.

/// Why the elements are not numbers.
[[nodiscard]] std::string why_not_numeric(const DataSet& data_set);

/// Why not all of `data_set` can be read as it was meant: a filter that this HDF5 lacks; sources of
/// a virtual data set that are missing, smaller than what is taken from them, or incomplete
/// themselves; parts that were never written (HDF5 gives the fill value for them). Parts for which
/// the writer chose a fill value are read, and told in `notes`; netCDF sets one for all data sets,
/// so there they are missing.
[[nodiscard]] std::string why_incomplete(const DataSet& data_set, const File& file,
                                         const std::filesystem::path& path,
                                         std::vector<std::string>& notes);

/// Why `name` leads nowhere though there is a link of that name, soft or to another file.
[[nodiscard]] std::string why_broken_link(const Group& root, const std::string& name);

/// Why the group `name` is not a data set where it stands for one: an object of pandas, a sparse
/// matrix of MATLAB, a variable of Octave.
[[nodiscard]] std::string why_a_group(const Group& root, const std::string& name);

/// How the stored numbers stand for the matrix that was meant.
class Convention {
 public:
  /// From the attributes: MATLAB_class (axes in reverse order); scale_factor, add_offset,
  /// _FillValue, missing_value, valid_min, valid_max, valid_range and _Unsigned of netCDF. Throws
  /// BadData for a MATLAB class that is not numeric.
  explicit Convention(const DataSet& data_set);

  [[nodiscard]] bool axes_reversed() const { return axes_reversed_; }
  /// Undoes the packing in place; the text says what is missing where, empty: nothing is.
  [[nodiscard]] std::string unpack(Matrix<double>& matrix) const;
  /// "'x' ..." for every conversion that is made.
  [[nodiscard]] std::vector<std::string> notes() const;

 private:
  [[nodiscard]] bool is_missing(double stored) const;

  bool axes_reversed_ = false;
  bool packed_ = false;
  double wrap_ = 0.0;  ///< added to negative numbers that stand for unsigned ones
  double scale_ = 1.0;
  double offset_ = 0.0;
  std::vector<double> missing_;
  double lowest_;
  double highest_;
};

}  // namespace polypath
