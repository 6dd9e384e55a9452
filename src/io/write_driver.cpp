#include "write_driver.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <new>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <hdf5.h>
#include <sys/stat.h>
#include <unistd.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

namespace polypath {
namespace {

/// What an access list carries: read by open_file(), which takes its own share of the fault.
struct DriverInfo {
  const std::shared_ptr<WriteFault>* fault;
};

/// A write that waits, see write_bytes().
struct DeferredWrite {
  haddr_t address;
  std::vector<char> bytes;
};

/// HDF5 sees the public part alone, which must come first.
struct WrittenFile {
  H5FD_t base;
  int descriptor;
  dev_t device;
  ino_t inode;
  haddr_t end_of_allocated;
  haddr_t end_of_file;
  std::shared_ptr<WriteFault> fault;
  haddr_t reachable_end = 0;  ///< end of the file as the superblock on the disk has it
  std::vector<DeferredWrite> deferred;

  [[nodiscard]] bool failed() const { return fault->number != 0; }
};

WrittenFile* ours(H5FD_t* file) { return reinterpret_cast<WrittenFile*>(file); }
const WrittenFile* ours(const H5FD_t* file) { return reinterpret_cast<const WrittenFile*>(file); }

int posix_flags(unsigned flags) {
  int result = O_CLOEXEC | ((flags & H5F_ACC_RDWR) != 0 ? O_RDWR : O_RDONLY);
  result |= (flags & H5F_ACC_CREAT) != 0 ? O_CREAT : 0;
  result |= (flags & H5F_ACC_EXCL) != 0 ? O_EXCL : 0;
  result |= (flags & H5F_ACC_TRUNC) != 0 ? O_TRUNC : 0;
  return result;
}

H5FD_t* open_file(const char* name, unsigned flags, hid_t access_list, haddr_t /*max_address*/) {
  const auto* info = static_cast<const DriverInfo*>(H5Pget_driver_info(access_list));
  if (info == nullptr) {
    return nullptr;
  }
  const int descriptor = ::open(name, posix_flags(flags), 0666);
  struct stat status {};
  if (descriptor < 0 || ::fstat(descriptor, &status) != 0) {
    // HDF5 first tries to open without creating, so a missing file is no fault yet; the creating
    // call that follows overwrites this number or succeeds.
    (*info->fault)->number = errno;
    return nullptr;
  }
  (*info->fault)->number = 0;
  auto* file = new (std::nothrow) WrittenFile{{},
                                              descriptor,
                                              status.st_dev,
                                              status.st_ino,
                                              0,
                                              static_cast<haddr_t>(status.st_size),
                                              *info->fault,
                                              0,
                                              {}};
  if (file == nullptr) {
    ::close(descriptor);
    return nullptr;
  }
  return &file->base;
}

int compare_files(const H5FD_t* a, const H5FD_t* b) {
  const auto identity = [](const H5FD_t* file) {
    return std::pair(ours(file)->device, ours(file)->inode);
  };
  return identity(a) < identity(b) ? -1 : static_cast<int>(identity(b) < identity(a));
}

herr_t query_features(const H5FD_t* /*file*/, unsigned long* flags) {
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
           H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
  return 0;
}

haddr_t get_end_of_allocated(const H5FD_t* file, H5FD_mem_t /*type*/) {
  return ours(file)->end_of_allocated;
}

herr_t set_end_of_allocated(H5FD_t* file, H5FD_mem_t /*type*/, haddr_t address) {
  ours(file)->end_of_allocated = address;
  return 0;
}

haddr_t get_end_of_file(const H5FD_t* file, H5FD_mem_t /*type*/) { return ours(file)->end_of_file; }

void write_now(WrittenFile& file, haddr_t address, std::size_t size, const char* bytes) {
  while (size > 0 && !file.failed()) {
    const ssize_t put = ::pwrite(file.descriptor, bytes, size, static_cast<off_t>(address));
    if (put < 0 && errno == EINTR) {
      continue;
    }
    if (put < 0) {
      file.fault->number = errno;
      return;
    }
    bytes += put;
    address += static_cast<haddr_t>(put);
    size -= static_cast<std::size_t>(put);
  }
}

/// Farthest first: what is new lies farther on than what refers to it.
void write_deferred(WrittenFile& file) {
  std::sort(file.deferred.begin(), file.deferred.end(),
            [](const auto& a, const auto& b) { return a.address > b.address; });
  for (const auto& write : file.deferred) {
    write_now(file, write.address, write.bytes.size(), write.bytes.data());
  }
  file.deferred.clear();
}

void defer(WrittenFile& file, haddr_t address, std::size_t size, const char* bytes) {
  const bool overlaps =
      std::any_of(file.deferred.begin(), file.deferred.end(), [&](const auto& write) {
        return write.address < address + size && address < write.address + write.bytes.size();
      });
  if (overlaps) {
    write_deferred(file);
  }
  file.deferred.push_back({address, std::vector<char>(bytes, bytes + size)});
}

/// The superblock says how long the file is; it must not say more than there is.
void write_superblock(WrittenFile& file, std::size_t size, const char* bytes) {
  if (file.end_of_file < file.end_of_allocated && !file.failed()) {
    if (::ftruncate(file.descriptor, static_cast<off_t>(file.end_of_allocated)) != 0) {
      file.fault->number = errno;
    }
    file.end_of_file = file.end_of_allocated;
  }
  write_now(file, 0, size, bytes);
  file.reachable_end = file.end_of_allocated;
  write_deferred(file);
}

/// HDF5 flushes raw data, then the metadata that refers to it, then the superblock with the new
/// length of the file; a process killed before the last step leaves references beyond the end,
/// which do not open. So metadata that a reader can reach waits until the superblock is written (or
/// the flush ends, when the length has not changed). What lies beyond is written at once.
herr_t write_bytes(H5FD_t* base, H5FD_mem_t type, hid_t /*transfer*/, haddr_t address,
                   std::size_t size, const void* buffer) {
  WrittenFile& file = *ours(base);
  const auto* bytes = static_cast<const char*>(buffer);
  if (address == 0) {  // of type H5FD_MEM_DEFAULT, as all metadata that HDF5 has gathered
    write_superblock(file, size, bytes);
  } else if (type != H5FD_MEM_DRAW && address < file.reachable_end) {
    defer(file, address, size, bytes);
  } else {
    write_now(file, address, size, bytes);
  }
  file.end_of_file = std::max(file.end_of_file, address + size);
  return 0;
}

herr_t read_bytes(H5FD_t* base, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t address,
                  std::size_t size, void* buffer) {
  write_deferred(*ours(base));
  auto* bytes = static_cast<char*>(buffer);
  while (size > 0) {
    const ssize_t got = ::pread(ours(base)->descriptor, bytes, size, static_cast<off_t>(address));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return -1;
    }
    if (got == 0) {
      std::memset(bytes, 0, size);  // past the end of the file: HDF5 expects zeros
      return 0;
    }
    bytes += got;
    address += static_cast<haddr_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return 0;
}

herr_t end_flush(H5FD_t* base, hid_t /*transfer*/, hbool_t /*closing*/) {
  write_deferred(*ours(base));
  return 0;
}

herr_t fit_length(H5FD_t* base, hid_t /*transfer*/, hbool_t /*closing*/) {
  WrittenFile* file = ours(base);
  if (file->end_of_allocated != file->end_of_file) {
    if (!file->failed() &&
        ::ftruncate(file->descriptor, static_cast<off_t>(file->end_of_allocated)) != 0) {
      file->fault->number = errno;
    }
    file->end_of_file = file->end_of_allocated;
  }
  return 0;
}

herr_t close_file(H5FD_t* base) {
  WrittenFile* file = ours(base);
  write_deferred(*file);
  if (::close(file->descriptor) != 0 && !file->failed()) {
    file->fault->number = errno;
  }
  delete file;
  return 0;
}

H5FD_class_t driver_class() {
  H5FD_class_t driver{};
#if H5_VERSION_GE(1, 13, 0)
  driver.version = H5FD_CLASS_VERSION;
  driver.value = static_cast<H5FD_class_value_t>(H5_VFD_RESERVED + 1);
#endif
  driver.name = "polypath_write";
  driver.maxaddr = static_cast<haddr_t>(std::numeric_limits<off_t>::max());
  driver.fc_degree = H5F_CLOSE_WEAK;
  driver.fapl_size = sizeof(DriverInfo);
  driver.open = open_file;
  driver.close = close_file;
  driver.cmp = compare_files;
  driver.query = query_features;
  driver.get_eoa = get_end_of_allocated;
  driver.set_eoa = set_end_of_allocated;
  driver.get_eof = get_end_of_file;
  driver.read = read_bytes;
  driver.write = write_bytes;
  driver.flush = end_flush;
  driver.truncate = fit_length;
  constexpr H5FD_mem_t map[H5FD_MEM_NTYPES] = H5FD_FLMAP_DICHOTOMY;
  std::copy(std::begin(map), std::end(map), std::begin(driver.fl_map));
  return driver;
}

}  // namespace

void use_write_driver(const Handle& access_list, const std::shared_ptr<WriteFault>& fault,
                      const std::string& where) {
  static const H5FD_class_t driver = driver_class();
  static const hid_t identifier = H5FDregister(&driver);
  const DriverInfo info{&fault};
  checked(identifier, "H5FDregister", where);
  checked(H5Pset_driver(access_list.id(), identifier, &info), "H5Pset_driver", where);
}

}  // namespace polypath
