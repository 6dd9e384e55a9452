#pragma once

#include "polypath/analysis/prediction.hpp"
#include "polypath/core/thread_pool.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace polypath::analysis {

/// Which gains the predictions of a cell were made with.
enum class GainsUsed {
  configured,  ///< those that the settings give
  measured,    ///< each member's own, per pathway and mode: MeasuredGains
  unneeded,    ///< every pathway has depth 1, where the gain drops out
};

/// How well the product flow agrees with what was recorded of one mode: how far it can be trusted
/// for these settings.
struct Agreement {
  Index members = 0;  ///< those with a predicted and a simulated split
  /// Of the predicted and the simulated share over the members, the mean over the pathways (of two,
  /// that of the signed dominance); NaN for fewer than three members or without a spread.
  double split_correlation = 0;
  Index same_winner = 0;    ///< members in which the predicted pathway wins
  double escape_ratio = 0;  ///< mean of simulated over predicted escape epoch; NaN where unknown
};

/// Every finished member of a cell by the theory, beside what was recorded of it. The first axis of
/// each array is the member, then follow those of its comment, the last fastest. K is not divided
/// by gains; NaN where unknown.
struct CellPredictions {
  GainsUsed gains_used = GainsUsed::configured;
  std::vector<Index> epochs;        ///< record: at most 400 of those recorded, first and last too
  std::vector<std::uint64_t> seed;  ///< of the member

  std::vector<double> K;                ///< record, pathway, mode: product flow from K_a(0)
  std::vector<double> K_simulated;      ///< record, pathway, mode
  std::vector<double> start;            ///< pathway, mode: K_a(0)
  std::vector<double> gain;             ///< pathway, mode
  std::vector<double> final_K;          ///< pathway, mode: product flow
  std::vector<double> final_K_paper;    ///< pathway, mode: (20) and (22)
  std::vector<double> final_simulated;  ///< pathway, mode: last record
  std::vector<double> final_residual;   ///< pathway, mode: final_K - final_simulated

  std::vector<double> escape;            ///< mode, epoch: product flow
  std::vector<double> escape_paper;      ///< mode, epoch: (20)
  std::vector<double> escape_simulated;  ///< mode, epoch
  std::vector<double> residual_rms;      ///< mode: of K - K_simulated over records and pathways
  std::vector<Index> winner;             ///< mode; -1: unknown
  std::vector<Index> winner_paper;       ///< mode
  std::vector<Index> winner_simulated;   ///< mode
  std::vector<std::int8_t> status;       ///< mode: PredictionStatus

  std::vector<Agreement> agreement;  ///< of each mode (no axis of members)
};

/// From each member's own K_a(0) and, where its file has layer quantities, from the gains that its
/// layers had then. One member is in memory at a time, its modes are shared out over the pool;
/// `member_done` is called after each. Throws as read_cell.
[[nodiscard]] CellPredictions predict_members(const TheoryCell& theory, const CellContents& cell,
                                              ThreadPool& pool,
                                              const std::function<void()>& member_done = {});

/// In a line for people, how far predictions can be trusted: by the members of this cell...
[[nodiscard]] std::string trust_text(const CellPredictions& predictions);
/// ...or, where none have been simulated, by a table of what was measured at other depths and gains
/// (the nearest depth, then the nearest gain), which it says.
[[nodiscard]] std::string trust_text(const TheoryCell& theory);

}  // namespace polypath::analysis
