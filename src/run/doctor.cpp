#include "polypath/core/blas.hpp"
#include "polypath/core/build_info.hpp"
#include "polypath/core/error.hpp"
#include "polypath/plan/memory.hpp"
#include "polypath/run/run.hpp"

#include "src/backend/cuda_libraries.hpp"

#include <fstream>
#include <string>
#include <vector>

#include <cblas.h>
#include <fmt/format.h>
#include <hdf5.h>

namespace polypath {
namespace {

/// Prints lines and counts what needs mending.
class Report {
 public:
  void line(const std::string& what, const std::string& found) {
    fmt::print("{:<10} {}\n", what, found);
  }
  void problem(const std::string& what, const std::string& remedy) {
    fmt::print("{:<10} ! {}\n{:<10}   {}\n", "", what, "", remedy);
    ++problems_;
  }
  [[nodiscard]] int problems() const { return problems_; }

 private:
  int problems_ = 0;
};

bool processor_has(const std::string& flag) {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind("flags", 0) == 0) {
      return (line + ' ').find(' ' + flag + ' ') != std::string::npos;
    }
  }
  return false;
}

void check_backends(Report& report) {
  try {
    const BackendInfo info = make_backend({BackendKind::cpu, 1})->info();
    report.line("cpu", fmt::format("{}, SIMD {}, {} processors usable", info.device,
                                   info.simd_target, usable_threads()));
    if (processor_has("avx2") && info.simd_target.rfind("AVX", 0) != 0) {
      report.problem("the processor has AVX2, but slower instructions are in use",
                     "unset POLYPATH_SIMD");
    } else if (info.simd_target.rfind("SSE", 0) == 0 || info.simd_target == "SCALAR") {
      report.line("", "the processor has no AVX2, and takes longer for it; all else is the same");
    }
  } catch (const BackendUnavailable& failure) {
    report.line("cpu", "cannot be used");
    report.problem(failure.what(), "unset POLYPATH_SIMD");
  }
  try {
    const BackendInfo info = make_backend({BackendKind::cuda, 1})->info();
    report.line("cuda", info.device);
    if (!info.math_overrides.empty()) {
      report.problem(math_overrides_warning(info), "take these variables out of the environment");
    }
  } catch (const BackendUnavailable& reason) {
    report.line("cuda", fmt::format("not available: {}", reason.what()));
  }
  if (const std::string fault = cuda_home_fault(); !fault.empty()) {
    report.problem(fault, "correct it, or unset it to search the usual folders");
  }
  report.line("reference", "plain loops in float64, slow; for checking");
}

/// The core in use and why: taken by OpenBLAS, chosen by us (src/core/blas_start.cpp) or asked for.
void check_blas(Report& report) {
  const BlasInUse blas = blas_in_use();
  std::string why = "its own choice";
  if (!blas.asked.empty()) {
    why = fmt::format("OPENBLAS_CORETYPE={}", blas.asked);
  } else if (!blas.found.empty()) {
    why = fmt::format("chosen by polypath, as it took {} by itself", blas.found);
  }
  report.line("OpenBLAS", fmt::format("{}; core {} ({})", openblas_get_config(), blas.core, why));
  if (const std::string fault = find_blas_fault(installed_blas()); !fault.empty()) {
    report.problem("wrong results", blas_fault_text(blas, fault));
  }
  if (const std::string ignored = ignored_blas_core_text(blas); !ignored.empty()) {
    report.problem(ignored, "correct OPENBLAS_CORETYPE, or unset it");
  }
  if (blas.old) {
    report.problem(fmt::format("the core {} is older than this processor", blas.core),
                   old_blas_core_text(blas));
  }
}

void check_memory(Report& report) {
  const HostMemory memory = host_memory();
  report.line("memory",
              fmt::format("{} available to this process", format_bytes(memory.available)));
  if (memory.available < Index{1} << 30) {
    report.problem("less than 1 GB is free", "a network of width 10000 and depth 3 needs 0.9 GB");
  }
}

}  // namespace

int print_doctor() {
  Report report;
  const BuildInfo& build = build_info();
  report.line("polypath", fmt::format("{} ({}), {}, {}", build.version, build.git_revision,
                                      build.compiler, build.build_type));
  if (build.build_type != "Release") {
    report.problem("this is not an optimised build", "cmake --preset release");
  }
  check_backends(report);
  check_blas(report);
  unsigned major = 0;
  unsigned minor = 0;
  unsigned patch = 0;
  H5get_libversion(&major, &minor, &patch);
  report.line("HDF5", fmt::format("{}.{}.{}", major, minor, patch));
  check_memory(report);
  if (report.problems() == 0) {
    fmt::print("no problem found\n");
  } else {
    fmt::print("{} problem{} found\n", report.problems(), report.problems() == 1 ? "" : "s");
  }
  return report.problems();
}

}  // namespace polypath
