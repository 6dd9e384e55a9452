#include "polypath/analysis/cell_predictions.hpp"

#include "polypath/analysis/measured_gains.hpp"
#include "polypath/analysis/measures.hpp"
#include "polypath/analysis/member_k.hpp"

#include "agreement.hpp"

#include <algorithm>
#include <cmath>

namespace polypath::analysis {
namespace {

constexpr Index most_records = 400;

/// Numbers of at most `most_records` records, the first and the last among them.
std::vector<Index> chosen_records(Index records) {
  std::vector<Index> chosen;
  const Index count = std::min(records, most_records);
  for (Index i = 0; i < count; ++i) {
    chosen.push_back(count == 1 ? 0 : i * (records - 1) / (count - 1));
  }
  return chosen;
}

/// One member, what was recorded of it and what is predicted.
struct PredictedMember {
  const TheoryCell& theory;
  const MemberK& K;
  const std::vector<Index>& records;
  std::vector<std::vector<theory::TheoryPathway>> pathways;  ///< mode
  std::vector<ModePrediction> modes;

  [[nodiscard]] Index mode_count() const { return static_cast<Index>(modes.size()); }
  [[nodiscard]] const ModePrediction& mode(Index number) const {
    return modes[static_cast<std::size_t>(number)];
  }
};

double rms_residual(const PredictedMember& member, Index mode) {
  const Matrix<double>& predicted = member.mode(mode).K;
  double squares = 0;
  for (Index i = 0; i < predicted.rows(); ++i) {
    for (Index a = 0; a < predicted.columns(); ++a) {
      const Index record = member.records[static_cast<std::size_t>(i)];
      const double difference = predicted(i, a) - member.K.diagonal(record, a, mode);
      squares += difference * difference;
    }
  }
  return std::sqrt(squares / static_cast<double>(predicted.elements().size()));
}

void add_courses(const PredictedMember& member, CellPredictions& out) {
  for (std::size_t i = 0; i < member.records.size(); ++i) {
    for (Index a = 0; a < member.K.cell().pathways; ++a) {
      for (Index mode = 0; mode < member.mode_count(); ++mode) {
        out.K.push_back(member.mode(mode).K(static_cast<Index>(i), a));
        out.K_simulated.push_back(member.K.diagonal(member.records[i], a, mode));
      }
    }
  }
}

void add_ends(const PredictedMember& member, CellPredictions& out) {
  for (Index a = 0; a < member.K.cell().pathways; ++a) {
    const auto pathway = static_cast<std::size_t>(a);
    for (Index mode = 0; mode < member.mode_count(); ++mode) {
      const ModePrediction& prediction = member.mode(mode);
      const double end = member.K.diagonal(member.records.back(), a, mode);
      out.start.push_back(member.K.diagonal(0, a, mode));
      out.gain.push_back(member.pathways[static_cast<std::size_t>(mode)][pathway].gain);
      out.final_K.push_back(prediction.final_K[pathway]);
      out.final_K_paper.push_back(prediction.final_K_paper[pathway]);
      out.final_simulated.push_back(end);
      out.final_residual.push_back(prediction.final_K[pathway] - end);
    }
  }
}

void add_modes(const PredictedMember& member, CellPredictions& out) {
  for (Index mode = 0; mode < member.mode_count(); ++mode) {
    const ModePrediction& prediction = member.mode(mode);
    const double target = member.theory.target[static_cast<std::size_t>(mode)];
    out.escape.push_back(prediction.escape_epoch);
    out.escape_paper.push_back(prediction.escape_epoch_paper);
    out.escape_simulated.push_back(
        escape_epoch(member.K.course(mode, 1), member.K.cell().epochs, target));
    out.residual_rms.push_back(rms_residual(member, mode));
    out.winner.push_back(prediction.winner);
    out.winner_paper.push_back(prediction.winner_paper);
    out.winner_simulated.push_back(
        winner(shares(member.K.of_mode(member.records.back(), mode), target)));
    out.status.push_back(static_cast<std::int8_t>(prediction.status));
  }
}

void add_member(const TheoryCell& theory, const CellContents& cell, Index number,
                const std::vector<Index>& records, ThreadPool& pool, CellPredictions& out) {
  const MemberK K(cell, number);
  const MeasuredGains gains(cell, number, theory.pathways);
  PredictedMember member{theory, K, records, {}, {}};
  member.modes.resize(theory.target.size());
  for (Index mode = 0; mode < member.mode_count(); ++mode) {
    member.pathways.push_back(gains.of_mode(mode));
  }
  pool.run(member.mode_count(), [&](Index mode) {
    TheoryCell own = theory;
    own.pathways = member.pathways[static_cast<std::size_t>(mode)];
    member.modes[static_cast<std::size_t>(mode)] =
        predict_mode(own, mode, K.of_mode(0, mode), out.epochs);
  });
  out.seed.push_back(cell.seeds[static_cast<std::size_t>(number)]);
  add_courses(member, out);
  add_ends(member, out);
  add_modes(member, out);
}

GainsUsed gains_used(const TheoryCell& theory, const CellContents& cell) {
  const bool flat = std::all_of(theory.pathways.begin(), theory.pathways.end(),
                                [](const auto& pathway) { return pathway.depth < 2; });
  if (flat) {
    return GainsUsed::unneeded;
  }
  return cell.layers_recorded == LayersRecorded::none ? GainsUsed::configured : GainsUsed::measured;
}

}  // namespace

CellPredictions predict_members(const TheoryCell& theory, const CellContents& cell,
                                ThreadPool& pool, const std::function<void()>& member_done) {
  CellPredictions out;
  out.gains_used = gains_used(theory, cell);
  const auto records = chosen_records(cell.records());
  for (const Index record : records) {
    out.epochs.push_back(cell.epochs[static_cast<std::size_t>(record)]);
  }
  for (Index member = 0; member < cell.members() && !records.empty(); ++member) {
    if (cell.status[static_cast<std::size_t>(member)] == MemberStatus::finished) {
      add_member(theory, cell, member, records, pool, out);
      if (member_done) {
        member_done();
      }
    }
  }
  out.agreement = agreements(out, cell.pathways, theory.target);
  return out;
}

}  // namespace polypath::analysis
