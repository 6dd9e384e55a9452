#include "polypath/analysis/cell.hpp"
#include "polypath/analysis/prediction.hpp"
#include "polypath/core/error.hpp"
#include "polypath/core/linalg.hpp"
#include "polypath/data/dataset.hpp"
#include "polypath/theory/product_flow.hpp"
#include "polypath/train/loss.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace polypath::analysis {
namespace {

/// What is known of the data set's modes.
struct ModeTable {
  const std::vector<double>& S;
  const Matrix<double>& target;
  const Matrix<double>& V;
  Index rank = 0;
  Index outputs = 0;
  const Dataset* data = nullptr;  ///< null: not to be found
};

void require_linear(const Config& config) {
  if (config.network.activation != Activation::linear) {
    throw BadData(fmt::format(
        "network.activation = \"{}\": the reduced equations describe linear pathways only",
        to_string(config.network.activation)));
  }
}

enum class Gains { from_settings, from_members };

/// The gain that the settings give; NaN where members alone can tell it.
double gain_of(const Config& config, const PathwayConfig& pathway, Index outputs, Gains gains) {
  const bool unknown = config.init.method == InitMethod::file && !pathway.hidden.empty();
  return unknown && gains == Gains::from_members ? std::numeric_limits<double>::quiet_NaN()
                                                 : configured_gain(config.init, pathway, outputs);
}

const Dataset& known_data(const ModeTable& modes) {
  if (modes.data == nullptr) {
    throw BadData(
        "network.bias, loss = \"mean_squares\" and correlation = \"mean\" need the examples, and "
        "the data file is not to be found from here; run the command where data.file can be "
        "opened");
  }
  return *modes.data;
}

Index known_examples(const ModeTable& modes) { return known_data(modes).examples(); }

/// The c of t = c eta epoch.
double gradient_factor(Loss loss, const ModeTable& modes) {
  const Index examples = loss == Loss::mean_squares ? known_examples(modes) : 1;
  return loss_factors(loss, examples, modes.outputs).gradient;
}

void note_off_diagonal_target(const ModeTable& modes, TheoryCell& cell) {
  double off = 0;
  for (Index r = 0; r < modes.rank; ++r) {
    for (Index c = 0; c < modes.rank; ++c) {
      off = r == c ? off : std::max(off, std::abs(modes.target(r, c)));
    }
  }
  if (off > 1e-6 * max_abs(modes.target.view())) {
    cell.notes.push_back(
        "the inputs are not white in the basis of the modes (the target has off-diagonal entries), "
        "which the reduced equations ignore; data.whiten = true removes it");
  }
}

/// Mode by mode, of x v over the examples: (sum)^2 / (examples * sum of squares).
std::vector<double> constant_parts(const Dataset& data, const ModeTable& modes) {
  const Matrix<double> added = multiply(data.x.view(), modes.V.view());
  std::vector<double> parts;
  for (Index mode = 0; mode < modes.rank; ++mode) {
    double sum = 0;
    double squares = 0;
    for (Index example = 0; example < added.rows(); ++example) {
      sum += added(example, mode);
      squares += added(example, mode) * added(example, mode);
    }
    parts.push_back(sum * sum / (static_cast<double>(added.rows()) * squares));
  }
  return parts;
}

void note_biases(TheoryCell& cell) {
  double most = 0;
  for (std::size_t mode = 0; mode < cell.constant_part.size(); ++mode) {
    const double part = cell.constant_part[mode];
    if (part > most_constant_part) {
      cell.notes.push_back(fmt::format(
          "mode {} stays unknown: {:.0f} % of what it adds to the outputs is the same for all "
          "examples, which biases learn within a few epochs, and the equations are without biases",
          mode + 1, 100 * part));
    } else {
      most = std::max(most, part);
    }
  }
  if (most > 0.001) {
    cell.notes.push_back(fmt::format(
        "biases learn up to {:.1f} % of the modes that are predicted, which the equations ignore",
        100 * most));
  }
}

TheoryCell make(const Config& config, const ModeTable& modes, Gains gains) {
  require_linear(config);
  TheoryCell cell;
  for (const auto& pathway : config.network.pathways) {
    cell.pathways.push_back({static_cast<Index>(pathway.hidden.size()) + 1,
                             gain_of(config, pathway, modes.outputs, gains)});
  }
  const double pace = config.train.learning_rate * gradient_factor(config.train.loss, modes);
  const double sum = config.data.correlation == CorrelationKind::mean
                         ? static_cast<double>(known_examples(modes))
                         : 1.0;
  for (Index mode = 0; mode < modes.rank; ++mode) {
    const double target = modes.target(mode, mode);
    cell.target.push_back(target);
    if (target > 0) {
      // The error of a mode is S - lambda K = lambda (T - K), lambda the input's second moment.
      cell.time_per_epoch.push_back(pace * sum * modes.S[static_cast<std::size_t>(mode)] / target);
    } else {
      cell.time_per_epoch.push_back(std::numeric_limits<double>::quiet_NaN());
      cell.notes.push_back(
          fmt::format("mode {} has the target {} and stays unknown: the reduced equations need a "
                      "positive one",
                      mode + 1, target));
    }
  }
  cell.constant_part.assign(cell.target.size(), 0.0);
  if (config.network.bias) {
    cell.constant_part = constant_parts(known_data(modes), modes);
    note_biases(cell);
  }
  note_off_diagonal_target(modes, cell);
  return cell;
}

std::optional<Dataset> find_data(const DataConfig& data) {
  try {
    return make_dataset(data);
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

double configured_gain(const InitConfig& init, const PathwayConfig& pathway, Index outputs) {
  const auto depth = static_cast<Index>(pathway.hidden.size()) + 1;
  if (depth == 1) {
    // A single layer has no other layer to stretch what it sees; its gain drops out.
    return 1;
  }
  if (init.method == InitMethod::file) {
    throw BadData(
        "init.method = \"file\": no setting tells the gains of these weights, and none were "
        "measured; run the config with record.layers = \"initial\" (or \"all\") and give polypath "
        "theory the output directory");
  }
  const auto D = static_cast<double>(depth);
  double log_rate = std::log(init.sigma) * (2 * D - 2);
  if (init.scheme == InitScheme::scaled) {
    double sum = 1;
    for (const Index units : pathway.hidden) {
      sum += static_cast<double>(units) / static_cast<double>(outputs);
    }
    log_rate += std::log(sum);
  } else {
    log_rate += std::log(D);
    for (const Index units : pathway.hidden) {
      log_rate += std::log(static_cast<double>(units));
    }
  }
  return theory::effective_gain(std::exp(log_rate), depth);
}

TheoryCell theory_cell(const Config& config, const Modes& modes, const Dataset& data) {
  return make(config, {modes.S, modes.target, modes.V, modes.rank, modes.U.rows(), &data},
              Gains::from_settings);
}

TheoryCell theory_cell(const CellContents& cell) {
  const auto settings = cell_settings(cell);
  if (!settings) {
    throw BadData(fmt::format("{} does not carry settings that this version can read",
                              cell.path.filename().string()));
  }
  const auto data = find_data(settings->config.data);
  return make(
      settings->config,
      {cell.S, cell.target, cell.V, cell.rank, cell.U.rows(), data ? &*data : nullptr},
      cell.layers_recorded == LayersRecorded::none ? Gains::from_settings : Gains::from_members);
}

}  // namespace polypath::analysis
