#pragma once

#include <cstdint>
#include <string>

namespace polypath {

/// An HDF5 identifier (hid_t), kept out of the headers of the library itself.
using Hdf5Id = std::int64_t;

enum class HandleKind { file, group, data_set, data_space, property_list, attribute, type };

/// Owns one HDF5 identifier and closes it; destruction never throws.
class Handle {
 public:
  Handle() = default;
  /// Takes over `id`, which must be valid (see checked()).
  Handle(HandleKind kind, Hdf5Id id) : kind_(kind), id_(id) {}
  ~Handle();
  Handle(Handle&& other) noexcept;
  Handle& operator=(Handle&& other) noexcept;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  [[nodiscard]] Hdf5Id id() const { return id_; }
  [[nodiscard]] bool is_open() const { return id_ >= 0; }
  /// Closes now; false when HDF5 reports a failure (typically data that could not be written).
  /// The handle is empty afterwards in either case.
  bool close() noexcept;

 private:
  HandleKind kind_ = HandleKind::file;
  Hdf5Id id_ = -1;
};

/// Passes a non-negative HDF5 result on; a negative one becomes an IoError saying `call`, `where`
/// ("'run/a.h5', data set K") and the innermost message of HDF5's error stack. Hold a Hdf5Guard
/// over the call and this check.
std::int64_t checked(std::int64_t result, const char* call, const std::string& where);

/// The innermost message of the calling thread's HDF5 error stack, e.g. "file write failed: No
/// space left on device"; empty when there is none. Hold a Hdf5Guard.
[[nodiscard]] std::string innermost_hdf5_error();

}  // namespace polypath
