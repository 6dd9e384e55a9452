#pragma once

#include "polypath/record/cell_file.hpp"
#include "polypath/train/layer_probe.hpp"
#include "polypath/train/observer.hpp"
#include "polypath/train/settling.hpp"

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
                std::vector<LayerProbe> probes, SettlingWatch settling);

  void record(const Record& record) override;
  [[nodiscard]] bool wants_weights() const override { return !probes_.empty(); }
  void weights(Index member, Index epoch, const AnyMemberWeights& weights) override;
  [[nodiscard]] Index epochs_watched() const override { return settling_.epochs_watched(); }
  void watched(Index member, Index epoch, double loss) override;
  void progress(Index epoch) override;
  /// Keeps the result, which is complete only when `finish` has had the edge ratio.
  void member_done(Index member, MemberStatus status, Index stopped_epoch,
                   double final_loss) override;

  /// After training: sends the member's result, with what is known of its end, to the file.
  void finish(Index member, double edge_ratio);

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
  SettlingWatch settling_;
  std::vector<LayerProbe> probes_;
  /// Per member: measured, the record itself still on its way.
  std::vector<std::deque<LayerQuantities>> measured_;
  std::vector<RecordBlock> blocks_;  ///< one per member, filling up
  std::vector<MemberResult> results_;
};

}  // namespace polypath
