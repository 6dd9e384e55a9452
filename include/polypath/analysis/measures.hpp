#pragma once

#include "polypath/core/matrix.hpp"

#include <vector>

namespace polypath::analysis {

// What is measured on K_a at one record: of one mode, K holds one number per pathway, K_a,aa. What
// is undefined is NaN. The same functions serve a mode group, with the trace of the group's
// diagonal block in the place of K_a,aa and the sum of the group's targets in the place of T:
// traces do not depend on the basis chosen within a group, so neither does what is derived from
// them.

/// A mode counts as learned from this part of its target on.
inline constexpr double learned_from = 0.99;
/// A share means nothing before this part of the target has been learned.
inline constexpr double share_from = 0.05;

/// K_a / sum_b K_b; all NaN until the sum has reached 0.05 T, and for T <= 0.
[[nodiscard]] std::vector<double> shares(const std::vector<double>& K, double target);

/// How far one pathway holds a mode, from its shares: |share_1 - share_2| of two pathways,
/// (M max share - 1)/(M - 1) of M > 2, NaN of one. 0: evenly shared, 1: in one pathway alone; above
/// 1 where shares of opposite sign cancel.
[[nodiscard]] double dominance(const std::vector<double>& shares);
/// share_1 - share_2 of two pathways; NaN of any other number.
[[nodiscard]] double signed_dominance(const std::vector<double>& shares);
/// The pathway with the largest share, the first one when tied; -1 where shares are undefined.
[[nodiscard]] Index winner(const std::vector<double>& shares);

/// (sum |K_a|)^2 / sum K_a^2: the number of pathways that take part, 1 to M. NaN when all are 0.
[[nodiscard]] double participation_ratio(const std::vector<double>& K);
/// Of |K_a| / sum_b |K_b|, nats: 0 to log M. NaN when all are 0.
[[nodiscard]] double entropy(const std::vector<double>& K);

/// ||K - its diagonal blocks||_F / ||K||_F of a square K, where row and column i belong to block
/// block[i]: with a block each this is the off-diagonal energy; with mode groups it does not depend
/// on the basis within them. NaN for K = 0.
[[nodiscard]] double off_block_energy(MatrixView<const double> K, const std::vector<Index>& block);

/// The epoch at which `total` (record: sum_a K_a) first reaches T/2, interpolated linearly between
/// records; the first recorded epoch when it is there already; NaN when never, and for T <= 0.
[[nodiscard]] double escape_epoch(const std::vector<double>& total,
                                  const std::vector<Index>& epochs, double target);

}  // namespace polypath::analysis
