#pragma once

#include "polypath/config/config.hpp"
#include "polypath/core/types.hpp"
#include "polypath/data/modes.hpp"
#include "polypath/train/layer_quantities.hpp"
#include "polypath/train/observer.hpp"

#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace polypath {

/// What is known of a cell before it is trained; becomes data sets and root attributes.
struct CellHeader {
  Index cell = 0;
  CellConfig config;
  Modes modes;
  Index pathways = 0;
  std::vector<std::uint64_t> seeds;  ///< one per member
  std::vector<Index> epochs;         ///< recorded epochs
  /// provenance: backend, device, simd_target, libraries, threads...
  std::map<std::string, std::variant<std::string, Index>> facts;
};

/// How well a member's narrow network stands for the wide one (projected and sampled weights).
struct ReductionResult {
  double estimate = 0.0;  ///< of the largest error of K, relative to the largest target
  Index passes = 0;       ///< over the wide weights
  std::vector<std::vector<Index>> directions;  ///< k: pathway, hidden layer
};

/// How a member's training ended, for the file and the index.
struct MemberResult {
  MemberStatus status = MemberStatus::unfinished;
  Index stopped_epoch = -1;
  double final_loss = 0.0;
  double edge_ratio = std::numeric_limits<double>::quiet_NaN();  ///< see train/curvature.hpp
  Settled settled = Settled::unknown;
  std::optional<ReductionResult> reduction = std::nullopt;
};

/// A run of consecutive records of one member, on its way to the file.
struct RecordBlock {
  Index member = 0;
  Index first_record = 0;
  Index records = 0;
  std::vector<double> loss;     ///< record
  std::vector<double> K;        ///< record x pathway x mode x mode_in, or the diagonal alone
  std::vector<double> outside;  ///< record x pathway
  LayerQuantities layers;  ///< record x what its arrays say; empty unless record.layers = "all"
};

/// One member's layer quantities at epoch 0, for record.layers = "initial".
struct InitialLayers {
  Index member = 0;
  LayerQuantities layers;
};

/// One member's final weights, on request; readable by init.file.
struct FinalWeights {
  Index member = 0;
  std::vector<std::vector<Matrix<double>>> weights;  ///< pathway, layer
  std::vector<std::vector<Matrix<double>>> biases;   ///< pathway, layer; empty without bias
};

/// Writes one cell: cell-N.tmp -> (static data, flush, rename) cell-N.h5.part -> blocks, flushed
/// each -> (rename) cell-N.h5. Thread-safe (but for finish()): blocks are queued (bounded) and one
/// writer thread owns the file. A failure in the writer thread is rethrown by the next call, as
/// IoError; nothing is written from then on.
class CellWriter {
 public:
  /// `folder` is DIR/cells; it is made where needed. Throws CannotCreate or IoError.
  CellWriter(const std::filesystem::path& folder, const CellHeader& header);
  /// Abandons the file as it is (.h5.part) unless finish() was called.
  ~CellWriter();
  CellWriter(const CellWriter&) = delete;
  CellWriter& operator=(const CellWriter&) = delete;

  /// A block begins at a multiple of records_per_block() and holds at most that many records, so
  /// that a chunk is written once: rewriting one in place could lose it to a kill. Throws
  /// InternalError otherwise.
  void write(RecordBlock block);
  void write(InitialLayers layers);
  /// Goes to a file of its own beside the cell's, see weights_path().
  void write(FinalWeights weights);
  void member_done(Index member, const MemberResult& result);
  /// Waits for the queue, stamps the end time, closes and renames the file.
  void finish();

  /// Records per chunk: about 256 KiB of K for one member.
  [[nodiscard]] Index records_per_block() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace polypath
