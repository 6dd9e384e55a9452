#pragma once

#include "polypath/core/matrix.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace polypath {

// One call each for files that other programs made. `dataset` may be a path inside the file, such
// as "initial_weights/pathway_0/layer_1". Safe to call from several threads.
//
// All throw MissingInput when the file does not exist or may not be read, and BadData when it is
// not an HDF5 file (or a damaged one).

/// A two-dimensional data set of integers, floating-point numbers or booleans, as float64 (rows x
/// columns). Throws BadData naming the file, the data set and what is wrong: missing, not a data
/// set, not two-dimensional, empty, not numeric, or not readable as its writer meant it: a filter
/// that is missing, parts that were never written, missing values, a link that leads nowhere.
/// What MATLAB wrote is transposed back, what netCDF packed is unpacked; `notes` gets a sentence
/// for each such conversion.
[[nodiscard]] Matrix<double> read_matrix(const std::filesystem::path& file,
                                         const std::string& dataset,
                                         std::vector<std::string>* notes = nullptr);

/// The same for one dimension.
[[nodiscard]] std::vector<double> read_vector(const std::filesystem::path& file,
                                              const std::string& dataset);

/// Whether the file holds a data set (not a group) of that name. Throws BadData for a link of that
/// name that leads nowhere.
[[nodiscard]] bool has_dataset(const std::filesystem::path& file, const std::string& name);

}  // namespace polypath
