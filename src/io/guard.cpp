#include "polypath/io/guard.hpp"

#include <hdf5.h>

namespace polypath {
namespace {

std::recursive_mutex& hdf5_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

struct ThreadState {
  int depth = 0;
  bool silenced = false;
};

thread_local ThreadState state;

}  // namespace

Hdf5Guard::Hdf5Guard() : lock_(hdf5_mutex()) {
  if (state.depth++ == 0 && !state.silenced) {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    state.silenced = true;
  }
}

Hdf5Guard::~Hdf5Guard() {
  // A thread that ends with messages on its stack leaks them.
  if (--state.depth == 0) {
    H5Eclear2(H5E_DEFAULT);
  }
}

}  // namespace polypath
