#pragma once

#include "polypath/core/matrix.hpp"

#include "src/init/reduction/mode_basis.hpp"

#include <vector>

namespace polypath::reduction {

/// The factors of one pathway at one time: the forward vectors A^s = W^s ... W^1 (k_s x r) and the
/// backward vectors B^s = (W^D ... W^{s+1})^T (k_s x l_y) of every space s = 0, ..., D, columns in
/// the mode basis.
struct Factors {
  std::vector<Matrix<double>> forward;
  std::vector<Matrix<double>> backward;
};

/// From the weights [layer d - 1] of a narrow network; `basis` leads into the end spaces.
[[nodiscard]] Factors make_factors(const std::vector<MatrixView<const double>>& weights,
                                   const ModeBasis& basis);

/// The narrow network at one epoch.
struct Snapshot {
  Index epoch = 0;
  std::vector<Factors> pathways;
  /// How much an input or output direction counts: 1 for modes; the others enter the dynamics only
  /// multiplied by the error along them, so they count with that error relative to the largest
  /// singular value.
  std::vector<double> input_weight;
  std::vector<double> output_weight;
  double largest_error = 0.0;  ///< entry of E = Sigma_yx - sum_a Omega_a Sigma_xx, over the scale
  /// What the arc length of a trajectory is measured in: log |A^s v_j| and log |B^s u_i| of the
  /// modes in the hidden spaces, and 3 / T times the error of every mode.
  std::vector<double> arc_coordinates;
};

[[nodiscard]] Snapshot make_snapshot(Index epoch, std::vector<Factors> pathways,
                                     const ModeBasis& basis);

/// The length of arc from one snapshot to the next: the largest change of a coordinate.
[[nodiscard]] double arc_between(const Snapshot& from, const Snapshot& to);

/// Keeps the snapshots of a run that lie about equally far apart in arc length, never more than
/// a bounded number of bytes.
class SnapshotStore {
 public:
  /// In ascending order of epoch.
  void add(Snapshot snapshot);
  /// The first, the last and those in between.
  [[nodiscard]] std::vector<Snapshot> take();
  [[nodiscard]] const Snapshot& latest() const { return latest_; }

 private:
  struct Stored {
    double arc = 0.0;
    Snapshot snapshot;
  };
  void thin_out();

  std::vector<Stored> stored_;
  Snapshot latest_;
  double arc_ = 0.0;
  double spacing_ = 0.01;
};

}  // namespace polypath::reduction
