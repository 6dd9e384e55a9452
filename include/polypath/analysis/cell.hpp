#pragma once

#include "polypath/analysis/intervals.hpp"
#include "polypath/analysis/member.hpp"

#include <optional>
#include <string>
#include <vector>

namespace polypath::analysis {

/// A cell's settings as statistics over cells need them.
struct CellSettings {
  Config config;
  std::vector<Index> depths;    ///< of each pathway
  std::optional<Index> depth;   ///< where all pathways have the same
  std::optional<double> width;  ///< where all hidden layers have the same
  std::optional<double> gain;   ///< sigma sqrt(width), `fixed` and `orthogonal`; sigma, `scaled`
};

[[nodiscard]] CellSettings cell_settings(const Config& config);
/// From the resolved settings that the file carries; empty when they cannot be read.
[[nodiscard]] std::optional<CellSettings> cell_settings(const CellContents& cell);

/// Whom statistics are over: the finished members for which a quantity is defined, or those of them
/// that have learned (learned_from) what it is about: its mode, every direction of its group, or,
/// where it is of the whole member, every mode.
enum class Members { all, learned };

struct QuantityStatistics {
  Quantity quantity;
  Summary summary;  ///< Members::all
  Summary learned;  ///< Members::learned
  [[nodiscard]] const Summary& over(Members members) const {
    return members == Members::all ? summary : learned;
  }
};

/// In how many members a pathway wins a mode (or a group: mode = 0). There is a winner where the
/// mode has been learned.
struct WinnerStatistics {
  Index mode = 0;
  Index group = 0;
  Index pathway = 0;
  Index wins = 0;
  Index members = 0;  ///< those that have a winner
  double probability = 0;
  Interval interval;  ///< Wilson
};

/// Shares of one mode and pathway over the members, in equal bins from 0 to 1.
struct ShareHistogram {
  Index mode = 0;
  Index pathway = 0;
  Index below = 0;  ///< shares below 0
  Index above = 0;  ///< shares above 1
  std::vector<Index> counts;
};
inline constexpr Index share_bins = 20;

/// How the winners of two modes go together. In the basis chosen for it where modes have equal
/// singular values.
struct WinnerCorrelation {
  Index mode_a = 0;
  Index mode_b = 0;
  Index members = 0;            ///< those that have learned both
  Index same = 0;               ///< those in which one pathway wins both
  double same_probability = 0;  ///< P(the same pathway wins both)
  Interval same_interval;       ///< Wilson
  double chance = 0;            ///< P(same) of independent winners: sum_a P(a wins A) P(a wins B)
  /// Of the winners as vectors with one 1: the phi coefficient for two pathways. NaN where one of
  /// the modes has the same winner in every member.
  double correlation = 0;
  Interval interval;  ///< same_interval carried over at the measured P(a wins)
};

/// One cell over its finished members.
struct CellStatistics {
  Index cell = 0;
  std::vector<SweptValue> swept;
  std::optional<CellSettings> settings;
  bool growing = false;   ///< the file has not been finished yet
  bool diagonal = false;  ///< K_diagonal alone was recorded
  Index pathways = 0;
  Index members = 0;
  Index finished = 0;          ///< those that the statistics are made of
  Index diverged = 0;          ///< left out
  Index unfinished = 0;        ///< left out
  std::vector<double> S;       ///< rank
  std::vector<double> target;  ///< rank: T
  std::vector<Index> group;    ///< rank

  std::vector<QuantityStatistics> quantities;
  std::vector<WinnerStatistics> winners;
  std::vector<ShareHistogram> histograms;
  std::vector<WinnerCorrelation> correlations;

  std::vector<std::uint64_t> seeds;             ///< of the finished members
  std::vector<std::vector<double>> dominances;  ///< rank x finished, for fits over cells
  std::vector<std::vector<bool>> learned;       ///< rank x finished: the mode has been learned

  /// The statistics of one quantity; null when there is none.
  [[nodiscard]] const Summary* find(const Quantity& quantity, Members members = Members::all) const;
  /// How many finished members have learned a mode (from 1).
  [[nodiscard]] Index learned_members(Index mode) const;
};

/// Reads one member's K at a time.
[[nodiscard]] CellStatistics analyse_cell(const CellContents& cell);

}  // namespace polypath::analysis
