#include "report_text.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace polypath::analysis {
namespace {

/// "3 of 5 cells; without N = 400 (cell 2: nothing learned)" where some are absent.
std::string cells_text(const DominanceFit& fit, const char* symbol) {
  if (fit.absent.empty()) {
    return fmt::format("{} cells", fit.cells.size());
  }
  std::vector<std::string> absent;
  absent.reserve(fit.absent.size());
  for (const auto& cell : fit.absent) {
    absent.push_back(
        fmt::format("{} = {} (cell {}: {})", symbol, number_text(cell.x, 6), cell.cell, cell.why));
  }
  return fmt::format("{} of {} cells; without {}", fit.cells.size(),
                     fit.cells.size() + fit.absent.size(), listed(absent));
}

std::string fit_text(const DominanceFit& fit) {
  const bool width = fit.against == DominanceFit::Against::width;
  const char* symbol = width ? "N" : "D";
  const auto [least, most] = std::minmax_element(fit.members.begin(), fit.members.end());
  const std::string members =
      *least == *most ? std::to_string(*least) : fmt::format("{} to {}", *least, *most);
  const auto all = std::accumulate(fit.members.begin(), fit.members.end(), Index{0});
  const auto learned = std::accumulate(fit.learned.begin(), fit.learned.end(), Index{0});
  const std::string unlearned =
      learned < all
          ? fmt::format("; {} of the {} members learned less than 99 %", all - learned, all)
          : "";
  return fmt::format("  mode {}: {} {} ({}; {} {} to {}; n = {} in {}{})\n", fit.mode,
                     width ? "dominance ~ N^" : "change of dominance per layer",
                     value_and_interval(fit.slope, fit.interval), fit.held, symbol,
                     number_text(fit.x.front(), 6), number_text(fit.x.back(), 6), members,
                     cells_text(fit, symbol), unlearned);
}

}  // namespace

std::string number_text(double value, int digits) {
  if (std::isnan(value)) {
    return "nan";
  }
  return digits > 0 ? fmt::format("{:.{}g}", value, digits) : fmt::format("{}", value);
}

std::string value_and_interval(double value, const Interval& interval) {
  if (std::isnan(value)) {
    return "-";
  }
  if (std::isnan(interval.low)) {
    return number_text(value, 3);
  }
  return fmt::format("{} [{}, {}]", number_text(value, 3), number_text(interval.low, 3),
                     number_text(interval.high, 3));
}

std::string method_name(IntervalMethod method) {
  switch (method) {
    case IntervalMethod::none:
      return "";
    case IntervalMethod::student_t:
      return "student_t";
    case IntervalMethod::student_t_log:
      return "student_t_log";
    case IntervalMethod::student_t_logit:
      return "student_t_logit";
  }
  return "";
}

std::string against_name(DominanceFit::Against against) {
  return against == DominanceFit::Against::width ? "width" : "depth";
}

std::string text_table(const Ensemble& ensemble, Members members) {
  std::string text = fmt::format(
      "{}\nmean over {} [95 % interval: Student's t, on a scale that keeps it within what is "
      "possible; of probabilities: Wilson]; n: members for which it is defined\n",
      ensemble.directory.string(),
      members == Members::all ? "members" : "the members that have learned the mode (99 %)");
  for (const auto& cell : ensemble.cells) {
    text += fmt::format("\n{}", cell_text(cell, members));
  }
  const auto& fits = members == Members::all ? ensemble.fits : ensemble.learned_fits;
  for (const auto against : {DominanceFit::Against::width, DominanceFit::Against::depth}) {
    bool first = true;
    for (const auto& fit : fits) {
      if (fit.against == against) {
        text += first ? fmt::format("\nmean |dominance| against {}\n", against_name(against)) : "";
        text += fit_text(fit);
        first = false;
      }
    }
  }
  for (const auto& note : ensemble.notes) {
    text += (&note == &ensemble.notes.front() ? "\nnote: " : "note: ") + note + "\n";
  }
  return text;
}

}  // namespace polypath::analysis
