#pragma once

#include "polypath/backend/backend.hpp"
#include "polypath/config/config.hpp"
#include "polypath/data/dataset.hpp"
#include "polypath/data/modes.hpp"
#include "polypath/plan/cell_plan.hpp"
#include "polypath/run/run.hpp"

#include <memory>
#include <string>
#include <vector>

namespace polypath {

/// A data set with its modes; cells that share the data settings share it.
struct PreparedData {
  DataConfig config;
  Dataset data;
  Modes modes;
  std::string checksum;  ///< of x and y
};

struct PreparedCell {
  Index number = 0;
  CellConfig config;
  std::shared_ptr<const PreparedData> data;
  CellPlan plan;
  std::string init_checksum;  ///< of the content of init.file; empty without one
};

/// A config with everything decided that can be decided before training.
struct PreparedRun {
  ConfigDocument document;
  BackendInfo backend;
  Index threads = 1;
  bool batches_members = false;
  Index available_memory = 0;
  std::vector<PreparedCell> cells;
};

/// Throws what loading, data, planning and the backend throw; writes nothing.
[[nodiscard]] PreparedRun prepare_run(const RunOptions& options);

/// About how long training takes, seconds.
struct TimeEstimate {
  double start_seconds = 0.0;  ///< drawing one member's weights
  double epoch_seconds = 0.0;  ///< one epoch of one member on one thread
  double cell_seconds = 0.0;   ///< all members and epochs of the cell
};

/// Times a few epochs of a network with the same depths and at most a few million weights, and
/// scales up by the number of weights.
[[nodiscard]] TimeEstimate estimate_time(const PreparedCell& cell, BackendKind backend);

}  // namespace polypath
