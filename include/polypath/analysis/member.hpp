#pragma once

#include "polypath/record/cell_reader.hpp"
#include "polypath/record/index_file.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace polypath::analysis {

/// What a number is about.
struct Quantity {
  std::string name;
  Index mode = 0;      ///< from 1; 0: of a group or of the whole member
  Index group = -1;    ///< from 0, also of the mode; -1: of the whole member
  Index pathway = -1;  ///< from 0; -1: of all together
  Index order = 0;     ///< singular values of a group's block, largest first, from 1; else 0

  bool operator==(const Quantity&) const = default;
};

struct Measurement {
  Quantity quantity;
  double value = 0;
};

/// Everything measured on one member, of the last record unless said otherwise, modes up to the
/// rank. Which quantities, and their order, depend on the cell alone.
///
/// Of a mode: initial_strength (K_a,aa at the first record) and strength per pathway, share per
/// pathway, learned (sum_a K_a,aa / T), dominance, signed_dominance, winner (NaN until `learned`
/// has reached learned_from), participation_ratio, entropy, escape_epoch.
/// Of a mode group, independent of the basis within it, with the names' prefix "group_": trace per
/// pathway, share, learned, dominance, signed_dominance, winner, participation_ratio, entropy and
/// escape_epoch of the traces; singular_value of each pathway's diagonal block; least_learned
/// (sum_a K_a over T in the direction of the group that has been learned least); direction_share
/// per pathway, of each direction learned; split, the dominance over directions: 1 also when each
/// pathway holds other directions of the group, which the traces do not see (GroupBlocks).
/// Of the member: off_diagonal_energy, off_group_energy (basis-invariant) and outside per pathway;
/// sum_off_diagonal_energy of sum_a K_a, which is 0 at the end for white inputs: what pathways have
/// off their diagonals cancels.
/// What needs all of K is NaN where K_diagonal was recorded.
[[nodiscard]] std::vector<Measurement> measure_member(const CellContents& cell, Index member);

/// What index.h5 has beyond what is in the cell files as it stands.
struct IndexMetrics {
  /// Of share, learned, dominance, signed_dominance, winner, participation_ratio and escape_epoch
  /// of a mode (metrics/<name>/mode_<m>) and of a group (metrics/group_<name>/group_<g>, also of
  /// split), of off_diagonal_energy and off_group_energy; quantities of a pathway end in
  /// /pathway_<a>. Rows as in member_rows(directory); NaN for members that did not finish. Modes
  /// and groups beyond the 32nd and pathways beyond the 8th have none.
  MetricColumns members;
  /// Of each of these quantities, cell by cell, mean with interval, quantiles and, of winners,
  /// probabilities with Wilson's interval: IndexStatisticsBuilder.
  IndexStatistics statistics;
};

[[nodiscard]] IndexMetrics index_metrics(const std::filesystem::path& directory,
                                         const std::vector<MemberRow>& rows);

/// rebuild_index with these.
void rebuild_index_with_metrics(const std::filesystem::path& directory);

}  // namespace polypath::analysis
