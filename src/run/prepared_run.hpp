#pragma once

#include "polypath/backend/backend.hpp"
#include "polypath/config/config.hpp"
#include "polypath/data/dataset.hpp"
#include "polypath/data/modes.hpp"
#include "polypath/plan/cell_plan.hpp"
#include "polypath/run/run.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace polypath {

/// A data set with its modes; cells that share the data settings share it.
struct PreparedData {
  DataConfig config;
  Dataset data;
  Modes modes;
  std::string checksum;              ///< of x and y
  bool prepared_for_device = false;  ///< cells that run elsewhere have their own
  std::string svd_note;  ///< why LAPACK made the SVD though a device was to; mostly empty
};

/// A backend as planning and running need to know it.
struct ChosenBackend {
  BackendKind kind = BackendKind::cpu;
  BackendInfo info;
  bool batches_members = false;
};

struct PreparedCell {
  Index number = 0;
  CellConfig config;
  std::shared_ptr<const PreparedData> data;
  ChosenBackend backend;
  CellPlan plan;
  std::string init_checksum;  ///< of the content of init.file; empty without one
};

/// A config with everything decided that can be decided before training.
struct PreparedRun {
  ConfigDocument document;
  BackendInfo backend;       ///< of all cells but those that a note in the document speaks of
  std::string why_not_cuda;  ///< under `--backend auto`, where cuda cannot run; else empty
  Index threads = 1;
  Index available_memory = 0;                  ///< of the host
  std::optional<Index> available_on_device{};  ///< none where weights lie in host memory
  std::vector<PreparedCell> cells;
};

/// Throws what loading, data, planning and the backend throw; writes nothing.
[[nodiscard]] PreparedRun prepare_run(const RunOptions& options);

/// "8 examples x 8 inputs -> 15 outputs, rank 8": what the data of a cell were taken for.
[[nodiscard]] std::string describe_data(const PreparedData& data);

/// The descriptions of all data sets of a run, each once.
[[nodiscard]] std::vector<std::string> data_descriptions(const PreparedRun& run);

/// Whether a wave of members is trained as one batch; narrow networks of unequal size are not.
[[nodiscard]] bool is_batched(const PreparedCell& cell);

}  // namespace polypath
