#pragma once

#include "polypath/analysis/ensemble.hpp"

#include <string>

namespace polypath::analysis {

/// "nan" for what is undefined, else as many digits as a double needs (`digits` = 0) or that many.
[[nodiscard]] std::string number_text(double value, int digits = 0);

/// "0.5 [0.3, 0.7]"; "-" for what is undefined.
[[nodiscard]] std::string value_and_interval(double value, const Interval& interval);

/// The part of the table for people that is about one cell.
[[nodiscard]] std::string cell_text(const CellStatistics& cell, Members members);
/// P(the same pathway wins both) of all pairs of modes; empty where there is none.
[[nodiscard]] std::string same_winner_text(const CellStatistics& cell);

/// "student_t", "student_t_log", "student_t_logit"; empty where there is no interval.
[[nodiscard]] std::string method_name(IntervalMethod method);

/// "width", "depth".
[[nodiscard]] std::string against_name(DominanceFit::Against against);

}  // namespace polypath::analysis
