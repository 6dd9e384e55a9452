#pragma once

#include "polypath/io/handle.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace polypath {

/// The errno of the first system call that failed on a file being written; 0 while all is well.
struct WriteFault {
  std::atomic<int> number = 0;
};

/// Makes `access_list` (of files to be created) use our own HDF5 file driver: plain POSIX calls,
/// with one difference. HDF5 1.10 that meets a failing write while flushing or closing keeps
/// dangling references and crashes when the process ends. So the driver notes the first failure in
/// `fault`, leaves the file alone from then on and tells HDF5 that all went well; File::flush() and
/// File::close() look at `fault` and throw. What lies on the disk is then the last flushed state
/// plus data that nothing refers to, which HDF5 opens. `fault` must outlive the opening of the file
/// with this list, not the file.
void use_write_driver(const Handle& access_list, const std::shared_ptr<WriteFault>& fault,
                      const std::string& where);

}  // namespace polypath
