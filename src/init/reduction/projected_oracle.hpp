#pragma once

#include "src/init/reduction/direction_frame.hpp"
#include "src/init/reduction/mode_basis.hpp"
#include "src/init/reduction/oracle.hpp"
#include "src/init/reduction/wide_matrix.hpp"

#include <cstdint>

namespace polypath::reduction {

/// A pathway whose weights are those of gaussian_weights, kept or regenerated.
class ProjectedOracle final : public Oracle {
 public:
  /// Pathway number `pathway` of the member with this seed. The pool of `access` outlives the
  /// oracle.
  ProjectedOracle(const PathwayShape& shape, std::vector<double> deviation, const ModeBasis& basis,
                  std::uint64_t seed, Index pathway, const WideMatrix::Access& access);

 protected:
  void reveal_columns(Index d, Index first, Index count) override;
  void reveal_rows(Index d, Index first, Index count) override;
  void rotate_directions(Index s, const Matrix<double>& H) override;

 private:
  void start(const PathwayShape& shape, const ModeBasis& basis, const NormalStream& stream);
  [[nodiscard]] DirectionFrame& frame(Index s) { return frames_[static_cast<std::size_t>(s - 1)]; }
  /// Names what is new in the rows of X and returns their coordinates in space s.
  [[nodiscard]] Matrix<double> name_rows(Index s, const Matrix<double>& X);

  std::vector<DirectionFrame> frames_;  ///< hidden space s at s - 1
  std::vector<WideMatrix> matrices_;    ///< layer d at d - 2, d = 2, ..., D - 1
};

}  // namespace polypath::reduction
