#pragma once

#include "polypath/core/matrix.hpp"
#include "polypath/core/types.hpp"
#include "polypath/plan/shape.hpp"

#include <vector>

namespace polypath {

/// Where a batch of matrices lies in the arena.
struct BatchExtent {
  Index offset = 0;  ///< bytes from the start of the arena
  Index rows = 0;
  Index columns = 0;
  Index leading_dimension = 0;
  Index count = 0;
  Index stride = 0;  ///< elements

  template <class T>
  [[nodiscard]] BatchView<T> in(std::byte* arena) const {
    return {reinterpret_cast<T*>(arena + offset), rows, columns, leading_dimension, count, stride};
  }
};

/// One layer d of a pathway group; every batch runs over members * pathways of the group.
/// With delayed updates the last `delay` epochs' inputs and deltas are kept, one slot of
/// `examples` rows each.
struct LayerExtents {
  Index delay = 1;         ///< epochs between additions of the update into W
  BatchExtent weights;     ///< N_d x N_{d-1}
  BatchExtent bias;        ///< 1 x N_d; no columns without bias
  BatchExtent activation;  ///< (slots of layer d + 1) P x N_d
  BatchExtent delta;       ///< (delay) P x N_d
  BatchExtent scratch;     ///< P x (delay - 1) P, the thin products of pending updates
};

struct GroupExtents {
  PathwayGroup group;
  std::vector<LayerExtents> layers;  ///< index d - 1
  BatchExtent K;        ///< modes x modes, float64, one per member and pathway of the group
  BatchExtent outside;  ///< 1 x (members * pathways), float64
};

/// What a trainer's memory depends on.
struct ArenaRequest {
  NetworkShape shape;
  Index examples = 0;
  Index modes = 0;
  Index members = 1;
  Precision precision = Precision::float32;
  bool bias = false;
  Index delay = 1;  ///< for layers between hidden layers; the others are always updated at once
};

/// The offset table of a trainer's one allocation: what `--dry-run` prints is what is allocated.
struct Arena {
  std::vector<GroupExtents> groups;
  BatchExtent x;         ///< examples x inputs
  BatchExtent y;         ///< examples x outputs
  BatchExtent residual;  ///< examples x outputs per member
  BatchExtent loss;      ///< 1 x members, float64; likewise `limit`
  BatchExtent limit;
  BatchExtent stopped_epoch;  ///< 1 x members, Index
  BatchExtent epoch;          ///< 1 x 1, Index
  BatchExtent U;              ///< outputs x modes, float64; likewise the next three
  BatchExtent V;              ///< inputs x modes
  BatchExtent pseudo_x;       ///< examples x inputs
  BatchExtent Q;              ///< examples x modes
  Index bytes = 0;
};

[[nodiscard]] Arena plan_arena(const ArenaRequest& request);

}  // namespace polypath
