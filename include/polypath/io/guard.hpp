#pragma once

#include <mutex>

namespace polypath {

/// Held around every sequence of HDF5 calls: the serial library may be built without thread
/// safety, and its error stack belongs to the last call. The lock is one for the process and may
/// be taken again by the thread that holds it. Also keeps HDF5 from printing errors by itself,
/// which is a setting of each thread, and clears the error stack when the outermost guard ends.
class Hdf5Guard {
 public:
  Hdf5Guard();
  ~Hdf5Guard();
  Hdf5Guard(const Hdf5Guard&) = delete;
  Hdf5Guard& operator=(const Hdf5Guard&) = delete;

 private:
  std::lock_guard<std::recursive_mutex> lock_;
};

}  // namespace polypath
