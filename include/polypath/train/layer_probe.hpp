#pragma once

#include "polypath/backend/backend.hpp"
#include "polypath/core/types.hpp"
#include "polypath/data/modes.hpp"
#include "polypath/train/layer_quantities.hpp"
#include "polypath/train/weights.hpp"

#include <memory>

namespace polypath {

enum class Balance { ignored, watched };

/// Measures the layer quantities of one member, in float64 on the host. Weights are fetched from
/// the backend some rows at a time; gains cost two passes over them (3 modes multiply-adds a
/// weight), as long as a few epochs.
///
/// Balance::watched keeps a copy of the initial weights on the host, in their precision. The change
/// C = W - R of a layer is written as a product of two thin factors, found by random projections
/// whose number grows until what is left is below the rounding of the weights, |C - P P^T C|_F <=
/// epsilon sqrt(1 + epoch) |W|_F with epsilon that of the precision (checked on every entry of C,
/// so chance decides cost alone); the drift follows from the factors exactly. About 10 rank
/// multiply-adds a weight and record; the rank is some tens, in the worst case N.
class LayerProbe {
 public:
  /// `initial` are the weights at epoch 0. `backend` and `modes` must outlive the probe.
  LayerProbe(Backend& backend, const AnyMemberWeights& initial, const Modes& modes,
             Balance balance);
  ~LayerProbe();
  LayerProbe(LayerProbe&&) noexcept;
  LayerProbe& operator=(LayerProbe&&) noexcept;

  /// At the weights that the probe was made with; no balance_drift.
  [[nodiscard]] const LayerQuantities& initial() const;
  /// At `weights`, of the initial shapes, after `epoch` updates.
  [[nodiscard]] LayerQuantities measure(const AnyMemberWeights& weights, Index epoch);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace polypath
