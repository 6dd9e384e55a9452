#pragma once

#include "polypath/core/types.hpp"

#include <filesystem>

namespace polypath {

/// `polypath bench`, as the command line gives it.
struct BenchOptions {
  std::filesystem::path json;  ///< empty: none
  bool quick = false;          ///< widths 100 and 1000 only, shorter blocks
  Index threads = 0;           ///< 0: as many as this process may use
};

/// Measures read bandwidth and multiply-add peak of this machine, then whole epochs of the real
/// trainer on the cpu backend; prints a table to standard output and writes all numbers as JSON.
/// Cases that do not fit the memory are left out, with a line that says so.
/// Throws IoError (before anything is measured, where the file cannot be written), OutOfMemory.
void bench(const BenchOptions& options);

}  // namespace polypath
