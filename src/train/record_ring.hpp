#pragma once

#include "polypath/backend/backend.hpp"
#include "polypath/plan/arena.hpp"

#include <span>
#include <vector>

namespace polypath {

/// Loss, K and `outside` of every member after a recorded epoch, in host memory.
struct Snapshot {
  Index record = 0;  ///< its number, from 0
  Index epoch = 0;
  std::vector<double> loss;          ///< member
  std::vector<Index> stopped_epoch;  ///< member; -1 while it goes on
  std::vector<double> K;             ///< member x pathway x mode x mode_in
  std::vector<double> outside;       ///< member x pathway
};

/// Recorded epochs on their way from backend memory to the host, first in, first out. Copies run
/// beside the training: it waits only when every slot is still on its way.
class RecordRing {
 public:
  RecordRing(Backend& backend, const Arena& arena, std::byte* memory, Index members);

  [[nodiscard]] bool empty() const { return used_ == 0; }
  [[nodiscard]] bool full() const { return used_ == static_cast<Index>(slots_.size()); }

  /// Starts to copy the last loss and projection; the ring must not be full.
  void push(Index record, Index epoch);
  /// Whether the oldest entry has arrived; the ring must not be empty.
  [[nodiscard]] bool arrived() const;
  /// Waits for the oldest entry and gives it, pathways in the network's order, until the next pop.
  const Snapshot& pop();

 private:
  struct Range {
    const std::byte* source;  ///< backend memory
    Index offset;             ///< in a slot, bytes
    Index bytes;
  };
  struct GroupRanges {
    std::vector<Index> pathways;  ///< their numbers in the network
    Range K;
    Range outside;
  };
  struct Slot {
    HostBuffer memory;
    Index record = 0;
    Index epoch = 0;
    Index mark = 0;
  };

  [[nodiscard]] Range range(const BatchExtent& extent, std::byte* memory);
  [[nodiscard]] const Slot& oldest() const;
  /// target(member, pathway) = the group's values, `length` numbers each.
  void scatter(const GroupRanges& group, std::span<const double> values, Index length,
               std::vector<double>& target) const;

  Backend& backend_;
  Index members_;
  Index pathways_ = 0;
  Index modes_;
  Index slot_bytes_ = 0;
  Range loss_;
  Range stopped_epoch_;
  std::vector<GroupRanges> groups_;
  std::vector<Slot> slots_;
  Index next_ = 0;
  Index used_ = 0;
  Snapshot snapshot_;
};

}  // namespace polypath
