#include "theory_cells.hpp"

namespace polypath {
namespace {

using analysis::CellPredictions;
using analysis::GainsUsed;

std::string describe(GainsUsed gains) {
  switch (gains) {
    case GainsUsed::configured:
      return "configured: as in `gain`";
    case GainsUsed::measured:
      return "measured: each member's plateau rate per pathway and mode; where the layers let "
             "nothing of a mode through, and at depth 1, as in `gain`";
    case GainsUsed::unneeded:
      return "unneeded: at depth 1 the gain drops out of every equation and is given as 1";
  }
  return "";
}

void write_courses(NamedArrays& out, const CellPredictions& cell) {
  const std::vector<std::string> course{"member", "epoch", "pathway", "mode"};
  const std::vector<std::string> split{"member", "pathway", "mode"};
  out.put("K", cell.K, course, "K_a predicted by the product flow from K_a(0)");
  out.put("K_simulated", cell.K_simulated, course, "diagonal of the recorded K_a");
  out.put("K_start", cell.start, split, "recorded K_a(0), where the prediction starts");
  out.put("gain_used", cell.gain, split,
          "gain of each layer that the prediction was made with, see the attribute gains_used; "
          "without effect, and 1, at depth 1");
  out.put("final_K", cell.final_K, split, "where the product flow ends");
  out.put("final_K_paper", cell.final_K_paper, split, "where equation (20) ends, by (22)");
  out.put("final_K_simulated", cell.final_simulated, split, "last record");
  out.put("final_residual", cell.final_residual, split, "final_K - final_K_simulated");
}

void write_agreement(NamedArrays& out, const std::vector<analysis::Agreement>& modes) {
  std::vector<Index> members;
  std::vector<Index> same_winner;
  std::vector<double> correlation;
  std::vector<double> ratio;
  for (const auto& mode : modes) {
    members.push_back(mode.members);
    same_winner.push_back(mode.same_winner);
    correlation.push_back(mode.split_correlation);
    ratio.push_back(mode.escape_ratio);
  }
  out.put("compared_members", members, {"mode"}, "members with a predicted and a simulated split");
  out.put("split_correlation", correlation, {"mode"},
          "correlation of the predicted and the simulated share over the members, mean over the "
          "pathways: how far the predicted split can be trusted");
  out.put("same_winner_members", same_winner, {"mode"},
          "of compared_members, those in which the predicted pathway wins");
  out.put("escape_ratio", ratio, {"mode"}, "mean of simulated over predicted escape epoch");
}

void write_modes(NamedArrays& out, const CellPredictions& cell) {
  const std::vector<std::string> mode{"member", "mode"};
  out.put("residual_rms", cell.residual_rms, mode,
          "root mean square of K - K_simulated over records and pathways");
  out.put("escape_epoch", cell.escape, mode, "sum of K reaches half the target: product flow",
          "epoch");
  out.put("escape_epoch_paper", cell.escape_paper, mode, "the same by equation (20)", "epoch");
  out.put("escape_epoch_simulated", cell.escape_simulated, mode, "the same as recorded", "epoch");
  out.put("winner", cell.winner, mode, "pathway that wins by the product flow; -1: unknown");
  out.put("winner_paper", cell.winner_paper, mode, "the same by equation (20)");
  out.put("winner_simulated", cell.winner_simulated, mode, "the same at the last record");
  const DataSet status =
      out.put("prediction_status", cell.status, mode,
              "whether the product flow could be started from K_a(0) and the gain, and integrated; "
              "no_target: the mode's target is not positive; biased: biases learn the mode");
  write_attribute(status.handle(), "flag_values", std::vector<std::int8_t>{0, 1, 2, 3, 4},
                  status.where());
  write_attribute(status.handle(), "flag_meanings",
                  std::string("predicted no_start failed no_target biased"), status.where());
}

}  // namespace

void write_theory_cell(NamedArrays& out, const analysis::TheoryCell& cell) {
  out.axis("pathway", static_cast<Index>(cell.pathways.size()), 0, "pathway, from 0");
  out.axis("mode", static_cast<Index>(cell.target.size()), 1, "singular mode, from 1");
  std::vector<Index> depth;
  std::vector<double> gain;
  for (const auto& pathway : cell.pathways) {
    depth.push_back(pathway.depth);
    gain.push_back(pathway.gain);
  }
  out.put("depth", depth, {"pathway"}, "weight matrices");
  out.put("gain", gain, {"pathway"},
          "gain of each of the isometric layers that have the plateau rate expected of the "
          "configured weights: sigma sqrt(N) for `fixed` and `orthogonal`; 1 at depth 1, where it "
          "drops out; NaN for weights from a file");
  out.put("target", cell.target, {"mode"}, "what the sum of K over the pathways tends to");
  out.put("time_per_epoch", cell.time_per_epoch, {"mode"},
          "theory time that an epoch takes; NaN for a target that is not positive", "1/epoch");
  out.put("constant_part", cell.constant_part, {"mode"},
          "of what the mode adds to the outputs (squares), the part that is the same for all "
          "examples, where there are biases to learn it; 0 without biases");
  std::vector<double> product_flow;
  std::vector<double> paper;
  for (Index mode = 0; mode < static_cast<Index>(cell.target.size()); ++mode) {
    const auto escape = analysis::predict_escape(cell, mode);
    product_flow.push_back(escape.product_flow);
    paper.push_back(escape.paper);
  }
  out.put("escape_epoch_from_rest", product_flow, {"mode"},
          "sum of K reaches half the target, from K(0) = 0 with `gain`: product flow", "epoch");
  out.put("escape_epoch_from_rest_paper", paper, {"mode"}, "the same by equation (20)", "epoch");
  for (std::size_t i = 0; i < cell.notes.size(); ++i) {
    out.attribute("note_" + std::to_string(i + 1), cell.notes[i]);
  }
}

void write_predictions(NamedArrays& out, const CellPredictions& predictions) {
  out.axis("member", static_cast<Index>(predictions.seed.size()), 0,
           "finished member of the ensemble");
  out.axis("epoch", predictions.epochs,
           "epoch of the record: gradient-descent steps done before it", "epoch");
  out.put("seed", predictions.seed, {"member"}, "seed of the member's initial weights");
  write_courses(out, predictions);
  write_modes(out, predictions);
  write_agreement(out, predictions.agreement);
  out.attribute("gains_used", describe(predictions.gains_used));
}

}  // namespace polypath
