#include "src/backend/cpu/cpu_backend.hpp"

#include "polypath/core/thread_pool.hpp"

#include "src/backend/cpu/cpu_operations.hpp"
#include "src/backend/cpu/memory.hpp"
#include "src/backend/cpu/simd_target.hpp"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

#include <cblas.h>
#include <fmt/format.h>

namespace polypath {
namespace {

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "processor of unknown name";
}

/// "OpenBLAS 0.3.21 ... MAX_THREADS=64" without its build options.
std::string openblas_name() {
  const std::string config = openblas_get_config();
  const auto second_space = config.find(' ', config.find(' ') + 1);
  return fmt::format("{} (core {})", config.substr(0, second_space), openblas_get_corename());
}

class CpuBackend final : public Backend {
 public:
  CpuBackend(Index threads, cpu::SimdTarget target)
      : target_(std::move(target)),
        pool_(threads),
        float32_(cpu::kernels_of(target_).float32, pool_),
        float64_(cpu::kernels_of(target_).float64, pool_) {}

  [[nodiscard]] BackendInfo info() const override {
    return {"cpu", processor_name(), target_.name,
            "Highway " POLYPATH_HIGHWAY_VERSION ", " + openblas_name()};
  }
  [[nodiscard]] Operations<float>& operations(float /*tag*/) override { return float32_; }
  [[nodiscard]] Operations<double>& operations(double /*tag*/) override { return float64_; }

  void upload(void* target, const void* host_source, Index bytes) override {
    copy(target, host_source, bytes);
  }
  void download(void* host_target, const void* source, Index bytes) override {
    copy(host_target, source, bytes);
  }
  void synchronise() override {}
  [[nodiscard]] bool batches_members() const override { return false; }

 protected:
  std::byte* allocate(Index bytes) override { return cpu::allocate_zeroed(bytes); }
  void release(std::byte* data, Index bytes) noexcept override { cpu::release(data, bytes); }

 private:
  static void copy(void* target, const void* source, Index bytes) {
    if (bytes > 0) {
      std::memcpy(target, source, static_cast<std::size_t>(bytes));
    }
  }

  cpu::SimdTarget target_;
  ThreadPool pool_;
  cpu::CpuOperations<float> float32_;
  cpu::CpuOperations<double> float64_;
};

}  // namespace

std::unique_ptr<Backend> make_cpu_backend(Index threads, const std::string& simd_target) {
  openblas_set_num_threads(1);
  return std::make_unique<CpuBackend>(threads, cpu::choose_target(simd_target));
}

std::unique_ptr<Backend> make_cpu_backend(Index threads) {
  const char* forced = std::getenv("POLYPATH_SIMD");  // NOLINT(concurrency-mt-unsafe)
  return make_cpu_backend(threads, forced == nullptr ? std::string() : std::string(forced));
}

}  // namespace polypath
