#pragma once

#include "polypath/record/cell_file.hpp"
#include "polypath/train/layer_probe.hpp"
#include "polypath/train/observer.hpp"

#include "progress.hpp"

#include <deque>
#include <vector>

namespace polypath {

/// Gathers the records of one batch of members into blocks for the cell file.
class BatchObserver final : public Observer {
 public:
  /// `first_member` is the batch's first member in the cell; K has `pathways` matrices of
  /// `modes` x `modes`, of which `recorded` is kept. `reduction` goes with the members' results.
  /// `probes` measure the layers at every record: one for each member, or none.
  BatchObserver(CellWriter& writer, Progress& progress, Index first_member, Index members,
                Index modes, ModesRecorded recorded, std::optional<ReductionResult> reduction,
                std::vector<LayerProbe> probes);

  void record(const Record& record) override;
  [[nodiscard]] bool wants_weights() const override { return !probes_.empty(); }
  void weights(Index member, Index epoch, const AnyMemberWeights& weights) override;
  void progress(Index epoch) override;
  void member_done(Index member, MemberStatus status, Index stopped_epoch,
                   double final_loss) override;

  [[nodiscard]] const std::vector<MemberResult>& results() const { return results_; }

 private:
  void send(RecordBlock& block);

  CellWriter& writer_;
  Progress& progress_;
  Index first_member_;
  Index modes_;
  ModesRecorded recorded_;
  std::optional<ReductionResult> reduction_;
  Index last_epoch_ = 0;
  std::vector<LayerProbe> probes_;
  /// Per member: measured, the record itself still on its way.
  std::vector<std::deque<LayerQuantities>> measured_;
  std::vector<RecordBlock> blocks_;  ///< one per member, filling up
  std::vector<MemberResult> results_;
};

}  // namespace polypath
