#pragma once

#include "polypath/io/attribute.hpp"
#include "polypath/io/element.hpp"
#include "polypath/io/handle.hpp"

#include <span>
#include <string>
#include <vector>

namespace polypath {

/// How a data set lies in the file.
struct Storage {
  Extents chunk;  ///< extents of a chunk; empty: contiguous, uncompressed
};

/// One data set of an open file: an N-dimensional array of numbers, or a list of strings. Chunked
/// ones are shuffled, gzip-compressed (level 4) and checksummed (fletcher32). Floating-point
/// elements read as NaN until they are written, integers as netCDF's fill values (-2^63 + 2, 2^64 -
/// 2, -127). Every call may throw IoError.
class DataSet {
 public:
  DataSet(Handle handle, std::string where)
      : handle_(std::move(handle)), where_(std::move(where)) {}

  [[nodiscard]] Extents extents() const;
  [[nodiscard]] const Handle& handle() const { return handle_; }
  /// "'file.h5', data set name", for messages.
  [[nodiscard]] const std::string& where() const { return where_; }

  /// All elements, last axis fastest; the count must be that of the data set.
  template <ElementType T>
  void write(std::span<const T> values) {
    write_block(element_of<T>, values.data(), static_cast<Index>(values.size()), nullptr, nullptr);
  }
  template <ElementType T>
  void write(const std::vector<T>& values) {
    write(std::span<const T>(values));
  }
  /// The block of extents `count` at `first`.
  template <ElementType T>
  void write(std::span<const T> values, const Extents& first, const Extents& count) {
    write_block(element_of<T>, values.data(), static_cast<Index>(values.size()), &first, &count);
  }
  /// Strings longer than the data set has room for are refused (InternalError).
  void write_text(const std::vector<std::string>& values);

  /// Elements of any numeric type, converted to T.
  template <ElementType T>
  [[nodiscard]] std::vector<T> read() const {
    std::vector<T> values(static_cast<std::size_t>(elements_in(extents())));
    read_block(element_of<T>, values.data(), nullptr, nullptr);
    return values;
  }
  template <ElementType T>
  [[nodiscard]] std::vector<T> read(const Extents& first, const Extents& count) const {
    std::vector<T> values(static_cast<std::size_t>(elements_in(count)));
    read_block(element_of<T>, values.data(), &first, &count);
    return values;
  }
  [[nodiscard]] std::vector<std::string> read_text() const;
  /// Whether the elements convert to numbers: integers, floating point, booleans (enumerations).
  [[nodiscard]] bool is_numeric() const;

  /// Makes this one-dimensional data set the scale of an axis called `axis_name`.
  void make_scale(const std::string& axis_name);
  /// Ties axis `axis` (from 0) to `scale`, which names it.
  void attach_scale(Index axis, const DataSet& scale);

  /// What a reader needs: `long_name`, and `units` ("1" for pure numbers).
  void describe(const std::string& long_name, const std::string& units);

  /// Closes now. Throws IoError when cached data could not be written.
  void close();

 private:
  void write_block(Element element, const void* values, Index count_given, const Extents* first,
                   const Extents* count);
  void read_block(Element element, void* values, const Extents* first, const Extents* count) const;

  Handle handle_;
  std::string where_;
};

}  // namespace polypath
