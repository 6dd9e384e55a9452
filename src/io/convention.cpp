#include "polypath/core/error.hpp"

#include "foreign.hpp"
#include "space.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <hdf5.h>

namespace polypath {
namespace {

std::vector<std::string> member_names(const Handle& type) {
  std::vector<std::string> names;
  const int count = H5Tget_nmembers(type.id());
  for (int i = 0; i < count; ++i) {
    char* name = H5Tget_member_name(type.id(), static_cast<unsigned>(i));
    names.emplace_back(name == nullptr ? "" : name);
    H5free_memory(name);
  }
  return names;
}

/// The numbers of an attribute; none when it is not there.
std::vector<double> numbers_of(const DataSet& data_set, const char* name) {
  const std::string& where = data_set.where();
  if (!has_attribute(data_set.handle(), name, where)) {
    return {};
  }
  const Handle attribute(
      HandleKind::attribute,
      checked(H5Aopen(data_set.handle().id(), name, H5P_DEFAULT), "H5Aopen", where));
  const Handle space(HandleKind::data_space,
                     checked(H5Aget_space(attribute.id()), "H5Aget_space", where));
  const Handle type(HandleKind::type, checked(H5Aget_type(attribute.id()), "H5Aget_type", where));
  const H5T_class_t type_class = H5Tget_class(type.id());
  if (type_class != H5T_INTEGER && type_class != H5T_FLOAT) {
    throw BadData(
        fmt::format("{}: its attribute {} is not a number, so what the stored numbers "
                    "stand for is unknown; correct or remove it",
                    where, name));
  }
  std::vector<double> numbers(static_cast<std::size_t>(
      checked(H5Sget_simple_extent_npoints(space.id()), "H5Sget_simple_extent_npoints", where)));
  if (!numbers.empty()) {
    checked(H5Aread(attribute.id(), H5T_NATIVE_DOUBLE, numbers.data()), "H5Aread", where);
  }
  return numbers;
}

double number_of(const DataSet& data_set, const char* name, double otherwise) {
  const auto numbers = numbers_of(data_set, name);
  return numbers.empty() ? otherwise : numbers.front();
}

/// 2^bits where negative numbers stand for unsigned ones (_Unsigned = "true"), else 0.
double wrap_of(const DataSet& data_set) {
  const std::string& where = data_set.where();
  if (!has_attribute(data_set.handle(), "_Unsigned", where) ||
      read_text_attribute(data_set.handle(), "_Unsigned", where) != "true") {
    return 0.0;
  }
  const Handle type(HandleKind::type,
                    checked(H5Dget_type(data_set.handle().id()), "H5Dget_type", where));
  return std::ldexp(1.0, static_cast<int>(8 * H5Tget_size(type.id())));
}

bool is_matlab(const DataSet& data_set) {
  const std::string& where = data_set.where();
  if (!has_attribute(data_set.handle(), "MATLAB_class", where)) {
    return false;
  }
  static const std::set<std::string> numeric{"double", "single", "int8",   "uint8",
                                             "int16",  "uint16", "int32",  "uint32",
                                             "int64",  "uint64", "logical"};
  const std::string name = read_text_attribute(data_set.handle(), "MATLAB_class", where);
  if (numeric.count(name) == 0) {
    throw BadData(
        fmt::format("{}: is of MATLAB class {}, but numbers are needed; save a matrix of "
                    "doubles",
                    where, name));
  }
  return true;
}

}  // namespace

std::string why_not_numeric(const DataSet& data_set) {
  const Handle type(HandleKind::type,
                    checked(H5Dget_type(data_set.handle().id()), "H5Dget_type", data_set.where()));
  switch (H5Tget_class(type.id())) {
    case H5T_INTEGER:
    case H5T_FLOAT:
    case H5T_ENUM:
      return {};
    case H5T_COMPOUND: {
      const auto names = member_names(type);
      if (names == std::vector<std::string>{"r", "i"} ||
          names == std::vector<std::string>{"real", "imag"}) {
        return "is not numeric but complex; take the real part, or write real and imaginary parts "
               "as columns of their own";
      }
      return fmt::format(
          "is not numeric but a table of fields ({}); write them as the columns of a "
          "plain matrix",
          fmt::join(names, ", "));
    }
    case H5T_STRING:
      return "is not numeric but text; write numbers";
    case H5T_REFERENCE:
      return "is not numeric but a list of references (a cell array of MATLAB?); write a matrix";
    case H5T_VLEN:
      return "is not numeric but has rows of unequal length; write a matrix";
    default:
      return "is not numeric; integers, floating-point numbers and booleans can be read";
  }
}

Convention::Convention(const DataSet& data_set)
    : axes_reversed_(is_matlab(data_set)),
      wrap_(wrap_of(data_set)),
      scale_(number_of(data_set, "scale_factor", 1.0)),
      offset_(number_of(data_set, "add_offset", 0.0)),
      missing_(numbers_of(data_set, "_FillValue")),
      lowest_(number_of(data_set, "valid_min", -std::numeric_limits<double>::infinity())),
      highest_(number_of(data_set, "valid_max", std::numeric_limits<double>::infinity())) {
  const auto others = numbers_of(data_set, "missing_value");
  missing_.insert(missing_.end(), others.begin(), others.end());
  const auto range = numbers_of(data_set, "valid_range");
  if (range.size() == 2) {
    lowest_ = range[0];
    highest_ = range[1];
  }
  packed_ = wrap_ != 0.0 || scale_ != 1.0 || offset_ != 0.0;
}

bool Convention::is_missing(double stored) const {
  return stored < lowest_ || stored > highest_ ||
         std::find(missing_.begin(), missing_.end(), stored) != missing_.end();
}

std::string Convention::unpack(Matrix<double>& matrix) const {
  for (Index row = 0; row < matrix.rows(); ++row) {
    for (Index column = 0; column < matrix.columns(); ++column) {
      double& value = matrix(row, column);
      if (is_missing(value)) {
        return fmt::format(
            "has a missing value ({}, by its attribute _FillValue, missing_value or valid_...) at "
            "row {}, column {} (counted from 0); fill it, or leave out that example or feature",
            value, row, column);
      }
      if (packed_) {
        value = (value < 0.0 ? value + wrap_ : value) * scale_ + offset_;
      }
    }
  }
  return {};
}

std::vector<std::string> Convention::notes() const {
  std::vector<std::string> notes;
  if (axes_reversed_) {
    notes.emplace_back(
        "was written by MATLAB, which keeps axes in reverse order: it is transposed back");
  }
  if (packed_) {
    notes.push_back(fmt::format("is packed: its numbers are taken times {} plus {}{}", scale_,
                                offset_, wrap_ != 0.0 ? ", negative ones as unsigned" : ""));
  }
  return notes;
}

}  // namespace polypath
