#include "theory_cells.hpp"

#include "polypath/analysis/measures.hpp"
#include "polypath/theory/product_flow.hpp"

#include <algorithm>
#include <cmath>

namespace polypath {
namespace {

using analysis::ModePrediction;
using analysis::PredictionStatus;
using analysis::TheoryCell;

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

std::vector<Index> epochs_of(const CellContents& cell, const std::vector<Index>& records) {
  std::vector<Index> epochs(records.size());
  std::transform(records.begin(), records.end(), epochs.begin(),
                 [&](Index record) { return cell.epochs[static_cast<std::size_t>(record)]; });
  return epochs;
}

/// All that is written of members, each array with the axes of its comment, member first.
struct Columns {
  std::vector<std::uint64_t> seed;
  std::vector<double> K, simulated;  ///< record, pathway, mode
  std::vector<double> start;         ///< pathway, mode
  std::vector<double> gain;          ///< pathway, mode
  std::vector<double> final_K, final_paper, final_simulated, final_residual;  ///< pathway, mode
  std::vector<double> escape, escape_paper, escape_simulated;                 ///< mode
  std::vector<double> residual_rms;                                           ///< mode
  std::vector<Index> winner, winner_paper, winner_simulated;                  ///< mode
  std::vector<std::int8_t> status;                                            ///< mode
};

/// One member of a cell: what was recorded of it, mode by mode.
class Recorded {
 public:
  Recorded(const CellContents& cell, Index member)
      : cell_(cell),
        strengths_(cell.read_K(member)),
        step_(cell.modes() * (cell.diagonal ? 1 : cell.modes())) {}

  [[nodiscard]] double at(Index record, Index pathway, Index mode) const {
    const Index entry = cell_.diagonal ? mode : mode * (cell_.modes() + 1);
    return strengths_[static_cast<std::size_t>((record * cell_.pathways + pathway) * step_ +
                                               entry)];
  }
  [[nodiscard]] std::vector<double> at(Index record, Index mode) const {
    std::vector<double> result;
    for (Index a = 0; a < cell_.pathways; ++a) {
      result.push_back(at(record, a, mode));
    }
    return result;
  }
  [[nodiscard]] double escape(Index mode, double target) const {
    std::vector<double> total;
    for (Index record = 0; record < cell_.records(); ++record) {
      double sum = 0;
      for (Index a = 0; a < cell_.pathways; ++a) {
        sum += at(record, a, mode);
      }
      total.push_back(sum);
    }
    return analysis::escape_epoch(total, cell_.epochs, target);
  }

 private:
  const CellContents& cell_;
  std::vector<double> strengths_;
  Index step_;
};

double rms_residual(const ModePrediction& prediction, const Recorded& recorded, Index mode,
                    const std::vector<Index>& records) {
  double squares = 0;
  for (Index i = 0; i < prediction.K.rows(); ++i) {
    for (Index a = 0; a < prediction.K.columns(); ++a) {
      const double difference =
          prediction.K(i, a) - recorded.at(records[static_cast<std::size_t>(i)], a, mode);
      squares += difference * difference;
    }
  }
  return std::sqrt(squares / static_cast<double>(prediction.K.elements().size()));
}

/// Appends the arrays that have no record axis.
void add_ends(const std::vector<ModePrediction>& modes, const Recorded& recorded, Index last,
              Index pathways, Columns& out) {
  for (Index a = 0; a < pathways; ++a) {
    for (std::size_t mode = 0; mode < modes.size(); ++mode) {
      const auto place = static_cast<std::size_t>(a);
      const double end = recorded.at(last, a, static_cast<Index>(mode));
      out.start.push_back(recorded.at(0, a, static_cast<Index>(mode)));
      out.final_K.push_back(modes[mode].final_K[place]);
      out.final_paper.push_back(modes[mode].final_K_paper[place]);
      out.final_simulated.push_back(end);
      out.final_residual.push_back(modes[mode].final_K[place] - end);
    }
  }
}

void add_modes(const std::vector<ModePrediction>& modes, const Recorded& recorded,
               const TheoryCell& theory, const std::vector<Index>& records, Columns& out) {
  for (std::size_t mode = 0; mode < modes.size(); ++mode) {
    const auto number = static_cast<Index>(mode);
    const ModePrediction& prediction = modes[mode];
    out.escape.push_back(prediction.escape_epoch);
    out.escape_paper.push_back(prediction.escape_epoch_paper);
    out.escape_simulated.push_back(recorded.escape(number, theory.target[mode]));
    out.residual_rms.push_back(rms_residual(prediction, recorded, number, records));
    out.winner.push_back(prediction.winner);
    out.winner_paper.push_back(prediction.winner_paper);
    out.winner_simulated.push_back(analysis::winner(
        analysis::shares(recorded.at(records.back(), number), theory.target[mode])));
    out.status.push_back(static_cast<std::int8_t>(prediction.status));
  }
}

/// The theory's pathways with the gains that a member's own layers had at the start; where none
/// were recorded, or they vanish, the configured ones.
class MeasuredPathways {
 public:
  MeasuredPathways(const TheoryCell& theory, const CellContents& cell, Index member)
      : theory_(theory), layers_(cell.layers), modes_(cell.modes()) {
    if (cell.layers_recorded != LayersRecorded::none) {
      measured_ = cell.read_layers(member);
    }
  }

  [[nodiscard]] TheoryCell of_mode(Index mode) const {
    TheoryCell result = theory_;
    for (std::size_t a = 0; measured_ && a < result.pathways.size(); ++a) {
      auto& pathway = result.pathways[a];
      if (pathway.depth < 2) {
        continue;
      }
      const double rate =
          theory::plateau_rate(gains(measured_->forward_gain, static_cast<Index>(a), mode),
                               gains(measured_->backward_gain, static_cast<Index>(a), mode));
      if (rate > 0 && std::isfinite(rate)) {
        pathway.gain = theory::effective_gain(rate, pathway.depth);
      }
    }
    return result;
  }

 private:
  /// One number a layer of the pathway.
  [[nodiscard]] std::vector<double> gains(const std::vector<double>& values, Index pathway,
                                          Index mode) const {
    std::vector<double> result;
    for (Index d = 0; d < theory_.pathways[static_cast<std::size_t>(pathway)].depth; ++d) {
      result.push_back(
          values.at(static_cast<std::size_t>((pathway * layers_ + d) * modes_ + mode)));
    }
    return result;
  }

  const TheoryCell& theory_;
  Index layers_;
  Index modes_;
  std::optional<LayerQuantities> measured_;
};

void add_gains(const MeasuredPathways& measured, const TheoryCell& theory, Columns& out) {
  std::vector<TheoryCell> modes;
  for (std::size_t mode = 0; mode < theory.target.size(); ++mode) {
    modes.push_back(measured.of_mode(static_cast<Index>(mode)));
  }
  for (std::size_t a = 0; a < theory.pathways.size(); ++a) {
    for (const auto& mode : modes) {
      out.gain.push_back(mode.pathways[a].gain);
    }
  }
}

void add_member(const TheoryCell& theory, const CellContents& cell, Index member,
                const std::vector<Index>& records, ThreadPool& pool, Columns& out) {
  const Recorded recorded(cell, member);
  const MeasuredPathways measured(theory, cell, member);
  const auto epochs = epochs_of(cell, records);
  std::vector<ModePrediction> modes(theory.target.size());
  pool.run(static_cast<Index>(modes.size()), [&](Index mode) {
    modes[static_cast<std::size_t>(mode)] =
        analysis::predict_mode(measured.of_mode(mode), mode, recorded.at(0, mode), epochs);
  });
  out.seed.push_back(cell.seeds[static_cast<std::size_t>(member)]);
  for (std::size_t i = 0; i < records.size(); ++i) {
    for (Index a = 0; a < cell.pathways; ++a) {
      for (std::size_t mode = 0; mode < modes.size(); ++mode) {
        out.K.push_back(modes[mode].K(static_cast<Index>(i), a));
        out.simulated.push_back(recorded.at(records[i], a, static_cast<Index>(mode)));
      }
    }
  }
  add_gains(measured, theory, out);
  add_ends(modes, recorded, records.back(), cell.pathways, out);
  add_modes(modes, recorded, theory, records, out);
}

void write_columns(NamedArrays& out, const Columns& columns) {
  const std::vector<std::string> course{"member", "record", "pathway", "mode"};
  const std::vector<std::string> split{"member", "pathway", "mode"};
  const std::vector<std::string> mode{"member", "mode"};
  out.put("seed", columns.seed, {"member"}, "seed of the member's initial weights");
  out.put("K", columns.K, course, "K_a predicted by the product flow from K_a(0)");
  out.put("K_simulated", columns.simulated, course, "diagonal of the recorded K_a");
  out.put("K_start", columns.start, split, "recorded K_a(0), where the prediction starts");
  out.put("gain_used", columns.gain, split,
          "gain of each layer that the prediction was made with, see the attribute gains_used");
  out.put("final_K", columns.final_K, split, "where the product flow ends");
  out.put("final_K_paper", columns.final_paper, split, "where equation (20) ends, by (22)");
  out.put("final_K_simulated", columns.final_simulated, split, "last record");
  out.put("final_residual", columns.final_residual, split, "final_K - final_K_simulated");
  out.put("residual_rms", columns.residual_rms, mode,
          "root mean square of K - K_simulated over records and pathways");
  out.put("escape_epoch", columns.escape, mode, "sum of K reaches half the target: product flow",
          "epoch");
  out.put("escape_epoch_paper", columns.escape_paper, mode, "the same by equation (20)", "epoch");
  out.put("escape_epoch_simulated", columns.escape_simulated, mode, "the same as recorded",
          "epoch");
  out.put("winner", columns.winner, mode, "pathway that wins by the product flow; -1: unknown");
  out.put("winner_paper", columns.winner_paper, mode, "the same by equation (20)");
  out.put("winner_simulated", columns.winner_simulated, mode, "the same at the last record");
  const DataSet status =
      out.put("prediction_status", columns.status, mode,
              "whether the product flow could be started from K_a(0) and integrated");
  write_attribute(status.handle(), "flag_values", std::vector<std::int8_t>{0, 1, 2},
                  status.where());
  write_attribute(status.handle(), "flag_meanings", std::string("predicted no_start failed"),
                  status.where());
}

}  // namespace

void write_theory_cell(NamedArrays& out, const TheoryCell& cell) {
  out.axis("pathway", static_cast<Index>(cell.pathways.size()), 0, "pathway, from 0");
  out.axis("mode", static_cast<Index>(cell.target.size()), 1, "singular mode, from 1");
  std::vector<Index> depth;
  std::vector<double> gain;
  for (const auto& pathway : cell.pathways) {
    depth.push_back(pathway.depth);
    gain.push_back(pathway.gain);
  }
  out.put("depth", depth, {"pathway"}, "weight matrices");
  out.put("gain", gain, {"pathway"}, "configured gain of each layer, sigma sqrt(N)");
  out.put("target", cell.target, {"mode"}, "what the sum of K over the pathways tends to");
  out.put("time_per_epoch", cell.time_per_epoch, {"mode"}, "theory time that an epoch takes",
          "1/epoch");
  std::vector<double> product_flow;
  std::vector<double> paper;
  for (Index mode = 0; mode < static_cast<Index>(cell.target.size()); ++mode) {
    const auto escape = analysis::predict_escape(cell, mode);
    product_flow.push_back(escape.product_flow);
    paper.push_back(escape.paper);
  }
  out.put("escape_epoch_from_rest", product_flow, {"mode"},
          "sum of K reaches half the target, from K(0) = 0: product flow", "epoch");
  out.put("escape_epoch_from_rest_paper", paper, {"mode"}, "the same by equation (20)", "epoch");
  for (std::size_t i = 0; i < cell.notes.size(); ++i) {
    out.attribute("note_" + std::to_string(i + 1), cell.notes[i]);
  }
}

void write_predictions(NamedArrays& out, const TheoryCell& theory, const CellContents& cell,
                       ThreadPool& pool) {
  const auto records = chosen_records(cell.records());
  Columns columns;
  for (Index member = 0; member < cell.members() && !records.empty(); ++member) {
    if (cell.status[static_cast<std::size_t>(member)] == MemberStatus::finished) {
      add_member(theory, cell, member, records, pool, columns);
    }
  }
  out.axis("member", static_cast<Index>(columns.seed.size()), 0, "finished member of the ensemble");
  out.axis("record", static_cast<Index>(records.size()), 0, "record; its epoch is in `epoch`");
  const auto epochs = epochs_of(cell, records);
  out.put("epoch", epochs, {"record"}, "gradient-descent steps done before the record", "epoch");
  write_columns(out, columns);
  out.attribute("gains_used", cell.layers_recorded == LayersRecorded::none
                                  ? "configured: sigma sqrt(N)"
                                  : "measured: each member's plateau rate per pathway and mode");
}

}  // namespace polypath
