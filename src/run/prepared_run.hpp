#pragma once

#include "polypath/backend/backend.hpp"
#include "polypath/config/config.hpp"
#include "polypath/data/dataset.hpp"
#include "polypath/data/modes.hpp"
#include "polypath/plan/cell_plan.hpp"
#include "polypath/run/run.hpp"

#include <memory>
#include <vector>

namespace polypath {

/// A data set with its modes; cells that share the data settings share it.
struct PreparedData {
  DataConfig config;
  Dataset data;
  Modes modes;
};

struct PreparedCell {
  Index number = 0;
  CellConfig config;
  std::shared_ptr<const PreparedData> data;
  CellPlan plan;
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

/// About how long an epoch of one member of this cell takes on one lane, seconds: a few epochs of
/// a network with the same depths and at most a few million weights, scaled up by the weights.
[[nodiscard]] double estimate_epoch_seconds(const PreparedCell& cell, BackendKind backend);

/// The same for the whole cell, all members and epochs.
[[nodiscard]] double estimate_cell_seconds(const PreparedCell& cell, BackendKind backend);

}  // namespace polypath
