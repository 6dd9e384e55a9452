#pragma once

#include "polypath/analysis/ensemble.hpp"

#include <string>

namespace polypath::analysis {

/// "nan" for what is undefined, else as many digits as a double needs (`digits` = 0) or that many.
[[nodiscard]] std::string number_text(double value, int digits = 0);

/// "width", "depth".
[[nodiscard]] std::string against_name(DominanceFit::Against against);

}  // namespace polypath::analysis
