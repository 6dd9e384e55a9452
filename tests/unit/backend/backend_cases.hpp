#pragma once

#include "polypath/backend/backend.hpp"
#include "polypath/core/types.hpp"

#include "src/backend/cpu/cpu_backend.hpp"
#include "src/backend/cpu/simd_target.hpp"
#include "src/backend/reference/reference_backend.hpp"

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace polypath::testing {

/// A backend and the precision in which the conformance tests run it.
struct BackendCase {
  std::string name;
  Precision precision = Precision::float64;
  std::function<std::unique_ptr<Backend>()> make;
};

inline std::ostream& operator<<(std::ostream& out, const BackendCase& one) {
  return out << one.name;
}

/// Every backend that can run here, each processor target of the cpu backend included.
inline std::vector<BackendCase> backend_cases() {
  std::vector<BackendCase> cases;
  const auto add = [&cases](const std::string& name, auto make) {
    cases.push_back({name + "_float32", Precision::float32, make});
    cases.push_back({name + "_float64", Precision::float64, make});
  };
  cases.push_back({"reference_float64", Precision::float64, make_reference_backend});
  add("cpu_three_threads", [] { return make_cpu_backend(3); });
  for (const cpu::SimdTarget& target : cpu::usable_targets()) {
    add("cpu_" + target.name, [name = target.name] { return make_cpu_backend(1, name); });
  }
  if (cuda_unavailable_reason().empty()) {
    add("cuda", [] { return make_backend({BackendKind::cuda, 1}); });
  }
  return cases;
}

}  // namespace polypath::testing
