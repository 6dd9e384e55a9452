#pragma once

#include "polypath/core/linalg.hpp"
#include "polypath/theory/product_flow.hpp"
#include "polypath/train/layer_probe.hpp"

#include "unit/init/reduction_cases.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace polypath::testing {

/// Escape epochs of the modes of the hierarchy, NaN where a mode did not escape.
using Escapes = std::vector<double>;

/// When the sum of K over the pathways first reaches half the target, interpolated between records.
inline Escapes simulated_escapes(const KHistory& history, const Modes& modes) {
  const auto count = static_cast<Index>(modes.S.size());
  Escapes result;
  for (Index mode = 0; mode < count; ++mode) {
    const double half = modes.target(mode, mode) / 2;
    double before = 0.0;
    double escape = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t r = 0; r < history.K.size(); ++r) {
      const auto& K = history.K[r];
      double now = 0.0;
      for (std::size_t at = 0; at < K.size(); at += static_cast<std::size_t>(count * count)) {
        now += K[at + static_cast<std::size_t>(mode * (count + 1))];
      }
      if (now >= half) {
        const auto epoch = static_cast<double>(history.epochs[r]);
        escape = r == 0 ? epoch
                        : epoch - static_cast<double>(history.epochs[r] - history.epochs[r - 1]) *
                                      (now - half) / (now - before);
        break;
      }
      before = now;
    }
    result.push_back(escape);
  }
  return result;
}

/// The product flow's escape epoch of a mode under sum_squares, c = 2.
inline double predicted_escape(double target, const std::vector<theory::TheoryPathway>& pathways,
                               const std::vector<double>& start, const TrainConfig& train) {
  const double time_per_epoch = 2 * train.learning_rate;
  const double last = static_cast<double>(4 * train.epochs) * time_per_epoch;
  const auto course = theory::integrate_product_flow({target, pathways, start}, {last});
  return course.escape_time ? *course.escape_time / time_per_epoch
                            : std::numeric_limits<double>::quiet_NaN();
}

/// From K(0) = 0 with one gain for all layers.
inline Escapes escapes_from_rest(const ReductionProblem& problem, double gain) {
  std::vector<theory::TheoryPathway> pathways;
  for (const auto& pathway : problem.shape.pathways) {
    pathways.push_back({pathway.depth(), gain});
  }
  Escapes result;
  for (Index mode = 0; mode < problem.modes.rank; ++mode) {
    result.push_back(predicted_escape(problem.modes.target(mode, mode), pathways,
                                      std::vector<double>(pathways.size(), 0.0), problem.train));
  }
  return result;
}

/// From each pathway's own K(0) and the gain of its own plateau rate.
inline Escapes escapes_from_start(const ReductionProblem& problem, const KHistory& history,
                                  const LayerQuantities& layers) {
  const auto modes = static_cast<Index>(problem.modes.S.size());
  const std::size_t deepest = layers.forward_gain.size() / (layers.p.empty() ? 1 : layers.p.size());
  Escapes result;
  for (Index mode = 0; mode < problem.modes.rank; ++mode) {
    std::vector<theory::TheoryPathway> pathways;
    std::vector<double> start;
    for (std::size_t a = 0; a < problem.shape.pathways.size(); ++a) {
      const Index depth = problem.shape.pathways[a].depth();
      std::vector<double> forward;
      std::vector<double> backward;
      for (Index d = 0; d < depth; ++d) {
        const auto at =
            (a * deepest + static_cast<std::size_t>(d)) * static_cast<std::size_t>(modes) +
            static_cast<std::size_t>(mode);
        forward.push_back(layers.forward_gain[at]);
        backward.push_back(layers.backward_gain[at]);
      }
      pathways.push_back(
          {depth, theory::effective_gain(theory::plateau_rate(forward, backward), depth)});
      start.push_back(history.K[0][a * static_cast<std::size_t>(modes * modes) +
                                   static_cast<std::size_t>(mode * (modes + 1))]);
    }
    result.push_back(
        predicted_escape(problem.modes.target(mode, mode), pathways, start, problem.train));
  }
  return result;
}

/// The last layer of every pathway, `gain` times orthonormal rows that see nothing of what the
/// layers below make of the inputs: K(0) = 0, all entries, and isometric layers throughout.
inline void isolate_outputs(Backend& backend, const AnyMemberWeights& weights, double gain) {
  for (const auto& pathway : std::get<MemberWeights<double>>(weights).pathways) {
    Matrix<double> signal = download_matrix<double>(backend, pathway.front().weights);
    for (std::size_t d = 1; d + 1 < pathway.size(); ++d) {
      signal = multiply(download_matrix<double>(backend, pathway[d].weights).view(), signal.view());
    }
    const Matrix<double> last = download_matrix<double>(backend, pathway.back().weights);
    Matrix<double> both(signal.rows(), signal.columns() + last.rows());
    for (Index r = 0; r < both.rows(); ++r) {
      for (Index c = 0; c < both.columns(); ++c) {
        both(r, c) = c < signal.columns() ? signal(r, c) : last(c - signal.columns(), r);
      }
    }
    const Matrix<double> frame = qr_orthonormal(both.view());
    Matrix<double> isolated(last.rows(), last.columns());
    for (Index r = 0; r < last.rows(); ++r) {
      for (Index c = 0; c < last.columns(); ++c) {
        isolated(r, c) = gain * frame(c, signal.columns() + r);
      }
    }
    upload_matrix<double>(backend, isolated, pathway.back().weights);
  }
}

}  // namespace polypath::testing
