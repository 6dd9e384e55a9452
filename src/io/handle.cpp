#include "polypath/io/handle.hpp"

#include "polypath/core/error.hpp"
#include "polypath/io/guard.hpp"

#include <utility>

#include <fmt/format.h>
#include <hdf5.h>

namespace polypath {
namespace {

static_assert(sizeof(Hdf5Id) == sizeof(hid_t));

bool close_identifier(HandleKind kind, hid_t id) {
  switch (kind) {
    case HandleKind::file:
      return H5Fclose(id) >= 0;
    case HandleKind::group:
      return H5Gclose(id) >= 0;
    case HandleKind::data_set:
      return H5Dclose(id) >= 0;
    case HandleKind::data_space:
      return H5Sclose(id) >= 0;
    case HandleKind::property_list:
      return H5Pclose(id) >= 0;
    case HandleKind::attribute:
      return H5Aclose(id) >= 0;
    case HandleKind::type:
      return H5Tclose(id) >= 0;
  }
  return false;
}

/// HDF5 reports a failed system call as "file write failed: time = ..., filename = ..., errno = 28,
/// error message = 'No space left on device', buf = ...": the two ends of it are for people.
std::string readable(const std::string& description) {
  static const std::string marker = "error message = '";
  const auto begin = description.find(marker);
  const auto colon = description.find(':');
  if (begin == std::string::npos || colon == std::string::npos) {
    return description;
  }
  const auto text = begin + marker.size();
  return fmt::format("{}: {}", description.substr(0, colon),
                     description.substr(text, description.find('\'', text) - text));
}

herr_t take_first(unsigned /*position*/, const H5E_error2_t* error, void* message) {
  if (error->desc != nullptr) {
    *static_cast<std::string*>(message) = error->desc;
  }
  return 1;
}

}  // namespace

Handle::~Handle() { close(); }

Handle::Handle(Handle&& other) noexcept : kind_(other.kind_), id_(std::exchange(other.id_, -1)) {}

Handle& Handle::operator=(Handle&& other) noexcept {
  if (this != &other) {
    close();
    kind_ = other.kind_;
    id_ = std::exchange(other.id_, -1);
  }
  return *this;
}

bool Handle::close() noexcept {
  if (id_ < 0) {
    return true;
  }
  const Hdf5Guard guard;
  return close_identifier(kind_, std::exchange(id_, -1));
}

std::string innermost_hdf5_error() {
  std::string message;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &message);
  return readable(message);
}

std::int64_t checked(std::int64_t result, const char* call, const std::string& where) {
  if (result < 0) {
    const std::string reason = innermost_hdf5_error();
    throw IoError(fmt::format("{} failed ({}): {}", call, where,
                              reason.empty() ? "HDF5 gives no reason" : reason));
  }
  return result;
}

}  // namespace polypath
