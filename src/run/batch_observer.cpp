#include "batch_observer.hpp"

namespace polypath {

BatchObserver::BatchObserver(CellWriter& writer, Progress& progress, Index first_member,
                             Index members, Index modes, ModesRecorded recorded,
                             std::optional<ReductionResult> reduction,
                             std::vector<LayerProbe> probes, SettlingWatch settling)
    : writer_(writer),
      progress_(progress),
      first_member_(first_member),
      modes_(modes),
      recorded_(recorded),
      reduction_(std::move(reduction)),
      settling_(std::move(settling)),
      probes_(std::move(probes)),
      measured_(probes_.size()),
      blocks_(static_cast<std::size_t>(members)),
      results_(static_cast<std::size_t>(members)) {
  for (std::size_t m = 0; m < blocks_.size(); ++m) {
    blocks_[m].member = first_member + static_cast<Index>(m);
  }
}

void BatchObserver::record(const Record& record) {
  RecordBlock& block = blocks_[static_cast<std::size_t>(record.member)];
  settling_.record(record.member, record.epoch, record.loss);
  ++block.records;
  block.loss.push_back(record.loss);
  block.outside.insert(block.outside.end(), record.outside.begin(), record.outside.end());
  if (recorded_ == ModesRecorded::full) {
    block.K.insert(block.K.end(), record.K.begin(), record.K.end());
  } else {
    for (std::size_t start = 0; start < record.K.size();
         start += static_cast<std::size_t>(modes_ * modes_)) {
      for (Index i = 0; i < modes_; ++i) {
        block.K.push_back(record.K[start + static_cast<std::size_t>(i * (modes_ + 1))]);
      }
    }
  }
  if (!probes_.empty()) {
    auto& measured = measured_[static_cast<std::size_t>(record.member)];
    block.layers.append(measured.front());
    measured.pop_front();
  }
  if (block.records == writer_.records_per_block()) {
    send(block);
  }
}

void BatchObserver::weights(Index member, Index epoch, const AnyMemberWeights& weights) {
  const auto m = static_cast<std::size_t>(member);
  measured_[m].push_back(probes_[m].measure(weights, epoch));
}

void BatchObserver::watched(Index member, Index epoch, double loss) {
  settling_.epoch(member, epoch, loss);
}

void BatchObserver::progress(Index epoch) {
  progress_.advance((epoch - last_epoch_) * static_cast<Index>(blocks_.size()));
  last_epoch_ = epoch;
}

void BatchObserver::member_done(Index member, MemberStatus status, Index stopped_epoch,
                                double final_loss) {
  const auto m = static_cast<std::size_t>(member);
  send(blocks_[m]);
  MemberResult& result = results_[m];
  result.status = status;
  result.stopped_epoch = stopped_epoch;
  result.final_loss = final_loss;
  result.reduction = reduction_;
  if (status == MemberStatus::finished) {
    result.settled = settling_.settled(member);
  }
}

void BatchObserver::finish(Index member, double edge_ratio) {
  MemberResult& result = results_[static_cast<std::size_t>(member)];
  result.edge_ratio = edge_ratio;
  writer_.member_done(first_member_ + member, result);
  progress_.member_finished();
}

void BatchObserver::send(RecordBlock& block) {
  if (block.records == 0) {
    return;
  }
  RecordBlock next;
  next.member = block.member;
  next.first_record = block.first_record + block.records;
  writer_.write(std::move(block));
  block = std::move(next);
}

}  // namespace polypath
