#include "record_ring.hpp"

#include "polypath/plan/cell_plan.hpp"

#include <algorithm>
#include <cstring>

namespace polypath {
namespace {

template <class T>
void copy_out(const std::byte* source, std::vector<T>& target) {
  std::memcpy(target.data(), source, target.size() * sizeof(T));
}

}  // namespace

RecordRing::RecordRing(Backend& backend, const Arena& arena, std::byte* memory, Index members)
    : backend_(backend),
      members_(members),
      modes_(arena.U.columns),
      loss_(range(arena.loss, memory)),
      stopped_epoch_(range(arena.stopped_epoch, memory)) {
  for (const auto& group : arena.groups) {
    groups_.push_back({group.group.pathways, range(group.K, memory), range(group.outside, memory)});
    pathways_ += static_cast<Index>(group.group.pathways.size());
  }
  for (Index i = 0; i < std::min(records_in_flight, backend.marks_kept()); ++i) {
    slots_.push_back({HostBuffer(backend, slot_bytes_), 0, 0, 0});
  }
  snapshot_.loss.resize(static_cast<std::size_t>(members));
  snapshot_.stopped_epoch.resize(static_cast<std::size_t>(members));
  snapshot_.K.resize(static_cast<std::size_t>(members * pathways_ * modes_ * modes_));
  snapshot_.outside.resize(static_cast<std::size_t>(members * pathways_));
}

RecordRing::Range RecordRing::range(const BatchExtent& extent, std::byte* memory) {
  // These extents are dense and of 8-byte elements.
  const Range result{memory + extent.offset, slot_bytes_, extent.stride * extent.count * 8};
  slot_bytes_ += result.bytes;
  return result;
}

const RecordRing::Slot& RecordRing::oldest() const {
  const auto count = static_cast<Index>(slots_.size());
  return slots_[static_cast<std::size_t>((next_ + count - used_) % count)];
}

void RecordRing::push(Index record, Index epoch) {
  Slot& slot = slots_[static_cast<std::size_t>(next_)];
  const auto fetch = [&](const Range& range) {
    backend_.download_later(slot.memory.data() + range.offset, range.source, range.bytes);
  };
  fetch(loss_);
  fetch(stopped_epoch_);
  for (const auto& group : groups_) {
    fetch(group.K);
    fetch(group.outside);
  }
  slot.record = record;
  slot.epoch = epoch;
  slot.mark = backend_.mark();
  next_ = (next_ + 1) % static_cast<Index>(slots_.size());
  ++used_;
}

bool RecordRing::arrived() const { return backend_.reached(oldest().mark); }

const Snapshot& RecordRing::pop() {
  const Slot& slot = oldest();
  if (!backend_.reached(slot.mark)) {
    backend_.wait(slot.mark);
  }
  const std::byte* data = slot.memory.data();
  snapshot_.record = slot.record;
  snapshot_.epoch = slot.epoch;
  copy_out(data + loss_.offset, snapshot_.loss);
  copy_out(data + stopped_epoch_.offset, snapshot_.stopped_epoch);
  for (const auto& group : groups_) {
    const auto values = [&](const Range& range) {
      return std::span(reinterpret_cast<const double*>(data + range.offset),
                       static_cast<std::size_t>(range.bytes / 8));
    };
    scatter(group, values(group.K), modes_ * modes_, snapshot_.K);
    scatter(group, values(group.outside), 1, snapshot_.outside);
  }
  --used_;
  return snapshot_;
}

void RecordRing::scatter(const GroupRanges& group, std::span<const double> values, Index length,
                         std::vector<double>& target) const {
  const auto* from = values.data();
  for (Index m = 0; m < members_; ++m) {
    for (const Index pathway : group.pathways) {
      std::copy_n(from, length, target.begin() + (m * pathways_ + pathway) * length);
      from += length;
    }
  }
}

}  // namespace polypath
