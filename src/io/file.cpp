#include "polypath/io/file.hpp"

#include "polypath/core/error.hpp"
#include "polypath/io/guard.hpp"

#include "space.hpp"
#include "write_driver.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <hdf5.h>
#include <unistd.h>

namespace polypath {
namespace {

/// How files are opened: HDF5's own locking off (see File). A user's HDF5_USE_FILE_LOCKING in the
/// environment goes before it.
Handle access_list(const std::string& where) {
  Handle list(HandleKind::property_list, checked(H5Pcreate(H5P_FILE_ACCESS), "H5Pcreate", where));
  checked(H5Pset_file_locking(list.id(), 0, 1), "H5Pset_file_locking", where);
  return list;
}

std::string reason(int number) {
  return std::error_code(number, std::generic_category()).message();
}

void require_readable(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const int number = errno;
    if (number == ENOENT || number == ENOTDIR) {
      throw MissingInput(fmt::format("there is no file '{}'; check the path", path.string()));
    }
    throw MissingInput(fmt::format("file '{}' cannot be read ({})", path.string(), reason(number)));
  }
  ::close(descriptor);
  if (std::filesystem::is_directory(path)) {
    throw BadData(fmt::format("'{}' is a directory; name an HDF5 file", path.string()));
  }
}

/// What the file is instead of HDF5, by its first bytes, and how it gets there; or `advice`.
std::string other_format(const std::filesystem::path& path, const std::string& advice) {
  static const std::pair<std::string, const char*> formats[] = {
      {"CDF", "it is netCDF of the classic format: `nccopy -k nc4 IN OUT` makes HDF5 of it"},
      {"MATLAB 5.0",
       "it is a MATLAB file before version 7.3: save it with -v7.3, or use "
       "`tools/polypath.py convert`"},
      {"PK\x03\x04", "it is a ZIP archive; of an NPZ file `tools/polypath.py convert` makes HDF5"},
      {"\x93NUMPY", "it is a NPY file; `tools/polypath.py convert X.npy Y.npy` makes HDF5"},
      {"\x1f\x8b", "it is compressed by gzip: unpack it first"},
      {"version https://git-lfs", "it is a pointer of Git LFS: `git lfs pull` gets the file"},
  };
  std::string first(24, '\0');
  std::ifstream(path, std::ios::binary)
      .read(first.data(), static_cast<std::streamsize>(first.size()));
  for (const auto& [start, text] : formats) {
    if (first.compare(0, start.size(), start) == 0) {
      return text;
    }
  }
  return advice;
}

}  // namespace

File File::open(const std::filesystem::path& path, const std::string& advice) {
  const Hdf5Guard guard;
  require_readable(path);
  const std::string where = fmt::format("'{}'", path.string());
  if (H5Fis_hdf5(path.c_str()) <= 0) {
    throw BadData(fmt::format("{} is not an HDF5 file; {}", where, other_format(path, advice)));
  }
  const Handle access = access_list(where);
  const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id());
  if (id < 0) {
    throw BadData(
        fmt::format("{} is a damaged HDF5 file ({}); {}", where, innermost_hdf5_error(), advice));
  }
  return {Handle(HandleKind::file, id), where, std::make_shared<WriteFault>()};
}

File File::create(const std::filesystem::path& path, const std::filesystem::path& shown_as) {
  const Hdf5Guard guard;
  const std::string where = fmt::format("'{}'", (shown_as.empty() ? path : shown_as).string());
  const Handle access = access_list(where);
  const auto fault = std::make_shared<WriteFault>();
  use_write_driver(access, fault, where);
  const Handle creation = creation_list(H5P_FILE_CREATE, where);
  const hid_t id = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.id(), access.id());
  if (id < 0) {
    throw CannotCreate(
        fmt::format("cannot create {} ({}); check the folder and its permissions", where,
                    fault->number != 0 ? reason(fault->number) : innermost_hdf5_error()));
  }
  return {Handle(HandleKind::file, id), where, fault};
}

Group File::root() const {
  const Hdf5Guard guard;
  return {Handle(HandleKind::group,
                 checked(H5Gopen2(handle_.id(), "/", H5P_DEFAULT), "H5Gopen2", where_)),
          where_};
}

void File::throw_if_failed() const {
  if (fault_->number != 0) {
    throw IoError(
        fmt::format("writing {} failed ({}); what was written before is kept: free space "
                    "or raise the limit, then run again",
                    where_, reason(fault_->number)));
  }
}

void File::flush() {
  const Hdf5Guard guard;
  const auto result = H5Fflush(handle_.id(), H5F_SCOPE_GLOBAL);
  throw_if_failed();
  checked(result, "H5Fflush", where_);
}

void File::close() {
  const Hdf5Guard guard;
  const bool closed = handle_.close();
  throw_if_failed();
  checked(closed ? 0 : -1, "H5Fclose", where_);
}

void publish_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  const int descriptor = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    throw IoError(fmt::format("cannot reopen '{}' ({})", from.string(), reason(errno)));
  }
  const int synced = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  if (synced != 0) {
    throw IoError(
        fmt::format("'{}' could not be written to the disk ({})", from.string(), reason(synced)));
  }
  std::error_code failure;
  std::filesystem::rename(from, to, failure);
  if (failure) {
    throw IoError(fmt::format("cannot rename '{}' to '{}' ({})", from.string(), to.string(),
                              failure.message()));
  }
}

}  // namespace polypath
