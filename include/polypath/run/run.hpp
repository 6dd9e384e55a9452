#pragma once

#include "polypath/backend/backend.hpp"
#include "polypath/core/error.hpp"
#include "polypath/core/log.hpp"

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace polypath {

/// `polypath run`, as the command line gives it.
struct RunOptions {
  std::string config;
  std::filesystem::path directory;
  std::vector<std::string> overrides;  ///< "key=value" of --set
  BackendKind backend = BackendKind::automatic;
  Index threads = 0;  ///< 0: as many as this process may use
  bool restart = false;
};

/// Trains every cell of the config that DIR does not hold yet; DIR is made or resumed.
/// Returns ok (also when some members diverged, with a warning) or internal when every member
/// diverged. Throws Error otherwise: CannotCreate when DIR holds something else or is in use,
/// Interrupted when `stop` was requested (finished cells are kept), IoError, OutOfMemory, ...
ExitCode run(const RunOptions& options, Log& log, const std::stop_token& stop);

/// Prints to standard output what `run` would do: cells, members, waves, memory, disk and time.
/// Writes no file.
void dry_run(const RunOptions& options);

/// Prints to standard output what ran in DIR, with which code and settings, how far, and the main
/// numbers; works while it runs. Throws MissingInput when DIR is not an output directory.
void print_info(const std::filesystem::path& directory);

/// Prints what this machine offers (backends, devices, SIMD, BLAS core, HDF5, memory) and what to
/// do about each problem. Returns the number of problems.
int print_doctor();

/// Processors that this process may use.
[[nodiscard]] Index usable_threads();

}  // namespace polypath
