#include "polypath/analysis/prediction.hpp"

#include "polypath/core/error.hpp"
#include "polypath/theory/product_flow.hpp"
#include "polypath/theory/reduced.hpp"
#include "polypath/theory/steady_state.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

namespace polypath::analysis {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

std::vector<double> times_of(const TheoryCell& cell, Index mode, const std::vector<Index>& epochs) {
  const double pace = cell.time_per_epoch[static_cast<std::size_t>(mode)];
  std::vector<double> times(epochs.size());
  std::transform(epochs.begin(), epochs.end(), times.begin(),
                 [&](Index epoch) { return static_cast<double>(epoch) * pace; });
  return times;
}

double epoch_at(const TheoryCell& cell, Index mode, const std::optional<double>& time) {
  return time ? *time / cell.time_per_epoch[static_cast<std::size_t>(mode)] : undefined;
}

theory::ModeProblem problem_of(const TheoryCell& cell, Index mode, std::vector<double> start) {
  return {cell.target[static_cast<std::size_t>(mode)], cell.pathways, std::move(start)};
}

ModePrediction unknown(std::size_t epochs, std::size_t pathways) {
  ModePrediction result;
  result.K = Matrix<double>(static_cast<Index>(epochs), static_cast<Index>(pathways));
  std::fill_n(result.K.data(), epochs * pathways, undefined);
  result.final_K.assign(pathways, undefined);
  result.final_K_paper.assign(pathways, undefined);
  result.escape_epoch = undefined;
  result.escape_epoch_paper = undefined;
  return result;
}

void predict_paper(const TheoryCell& cell, Index mode, const theory::ModeProblem& problem,
                   const std::vector<double>& times, ModePrediction& result) {
  const auto rest = theory::reduced_steady_state(problem);
  result.final_K_paper = rest.K;
  result.winner_paper = rest.winner;
  result.escape_epoch_paper =
      epoch_at(cell, mode, theory::integrate_reduced(problem, {times.back()}).escape_time);
}

void predict_product(const TheoryCell& cell, Index mode, const theory::ModeProblem& problem,
                     const std::vector<double>& times, ModePrediction& result) {
  const auto course = theory::integrate_product_flow(problem, times);
  const auto rest = theory::product_flow_steady_state(problem);
  result.K = course.K;
  result.escape_epoch = epoch_at(cell, mode, course.escape_time);
  result.final_K = rest.K;
  result.winner = rest.winner;
}

/// Runs one way of predicting and tells how it went.
PredictionStatus attempt(const std::function<void()>& predict) {
  try {
    predict();
  } catch (const BadData&) {
    return PredictionStatus::no_start;
  } catch (const std::runtime_error&) {
    return PredictionStatus::failed;
  } catch (const std::logic_error&) {
    // Boost's root finders, of numbers beyond their range.
    return PredictionStatus::failed;
  }
  return PredictionStatus::predicted;
}

bool is_biased(const TheoryCell& cell, Index mode) {
  return cell.constant_part[static_cast<std::size_t>(mode)] > most_constant_part;
}

bool has_target(const TheoryCell& cell, Index mode) {
  return cell.target[static_cast<std::size_t>(mode)] > 0;
}

}  // namespace

ModePrediction predict_mode(const TheoryCell& cell, Index mode, const std::vector<double>& start,
                            const std::vector<Index>& epochs) {
  ModePrediction result = unknown(epochs.size(), cell.pathways.size());
  if (epochs.empty()) {
    return result;
  }
  if (!has_target(cell, mode)) {
    result.status = PredictionStatus::no_target;
    return result;
  }
  if (is_biased(cell, mode)) {
    result.status = PredictionStatus::biased;
    return result;
  }
  const auto problem = problem_of(cell, mode, start);
  const auto times = times_of(cell, mode, epochs);
  (void)attempt([&] { predict_paper(cell, mode, problem, times, result); });
  result.status = attempt([&] { predict_product(cell, mode, problem, times, result); });
  return result;
}

EscapePrediction predict_escape(const TheoryCell& cell, Index mode) {
  if (!has_target(cell, mode) || is_biased(cell, mode) ||
      std::any_of(cell.pathways.begin(), cell.pathways.end(),
                  [](const auto& pathway) { return std::isnan(pathway.gain); })) {
    return {undefined, undefined};
  }
  const auto problem = problem_of(cell, mode, std::vector<double>(cell.pathways.size(), 0.0));
  // From rest a mode takes about 1/(g^{2D-2} T); nothing is spent on time after it has settled.
  constexpr double patience = 1e9;
  double fastest = 0;
  for (const auto& pathway : cell.pathways) {
    fastest = std::max(fastest, theory::strength_growth(0, pathway));
  }
  const std::vector<double> times{patience / fastest / std::abs(problem.target)};
  EscapePrediction escape{undefined, undefined};
  (void)attempt([&] {
    const auto course = theory::integrate_product_flow(problem, times);
    escape.product_flow = epoch_at(cell, mode, course.escape_time);
  });
  (void)attempt([&] {
    escape.paper = epoch_at(cell, mode, theory::integrate_reduced(problem, times).escape_time);
  });
  return escape;
}

}  // namespace polypath::analysis
