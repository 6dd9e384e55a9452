#pragma once

#include "flow_stepper.hpp"

namespace polypath::theory {

/// Equation (20) of a mode as a flow of p (pathways), for those who need its steps.
[[nodiscard]] Flow reduced_flow(const ModeProblem& problem);

}  // namespace polypath::theory
