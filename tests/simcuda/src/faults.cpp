// Calls that fail on demand: the n-th one, once or for good, and a device that is lost.
#include "report.hpp"
#include "runtime.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

namespace simcuda {
namespace {

std::vector<Fault> pending_faults;
cudaError_t sticky_error = cudaSuccess;
cudaError_t coming_error = cudaSuccess;  // sticky from the next call on

}  // namespace

void reset_faults() {
  pending_faults.clear();
  sticky_error = cudaSuccess;
  coming_error = cudaSuccess;
}

void inject_fault(const Fault& fault) {
  const auto lock = lock_device();
  pending_faults.push_back(fault);
}

void lose_device(cudaError_t error) {
  const auto lock = lock_device();
  sticky_error = error;
}

bool device_is_dead() { return sticky_error != cudaSuccess; }

std::vector<std::string> faults_not_met() {
  std::vector<std::string> names;
  for (const Fault& fault : pending_faults) {
    names.push_back(fault.api);
  }
  return names;
}

cudaError_t apply_faults(const char* api) {
  if (sticky_error == cudaSuccess) {
    sticky_error = coming_error;
  }
  if (sticky_error != cudaSuccess) {
    return sticky_error;
  }
  cudaError_t result = cudaSuccess;
  for (Fault& fault : pending_faults) {
    if ((fault.api != "*" && fault.api != api) || --fault.nth != 0) {
      continue;
    }
    if (fault.kind != FaultKind::once) {
      (fault.kind == FaultKind::sticky ? sticky_error : coming_error) = fault.error;
    }
    if (fault.kind != FaultKind::asynchronous) {
      result = fault.error;
    }
  }
  const auto spent = [](const Fault& fault) { return fault.nth == 0; };
  pending_faults.erase(std::remove_if(pending_faults.begin(), pending_faults.end(), spent),
                       pending_faults.end());
  return result;
}

}  // namespace simcuda
