#include "kernels/cuda/cuda_backend.hpp"

#include "kernels/cuda/device.hpp"
#include "kernels/cuda/graph_cache.hpp"
#include "kernels/cuda/marks.hpp"
#include "kernels/cuda/normal_products.hpp"
#include "kernels/cuda/operations.hpp"
#include "kernels/cuda/staging.hpp"
#include "kernels/cuda/svd.hpp"

#include <string>

namespace polypath::cuda {
namespace {

std::string version_text(int version, int major, int minor) {
  return std::to_string(version / major) + "." + std::to_string(version % major / minor);
}

class CudaBackend final : public Backend {
 public:
  explicit CudaBackend(OpenVendorLibrary open)
      : open_(open),
        device_(open_device()),
        stream_(make_stream()),
        blas_(stream_.get(), device_.compute_major),
        staging_(stream_.get()),
        marks_(stream_.get()),
        graphs_(stream_.get()),
        float32_(stream_.get(), blas_, graphs_),
        float64_(stream_.get(), blas_, graphs_),
        products_(stream_.get(), staging_, graphs_) {}
  ~CudaBackend() override {
    ignore(cudaStreamSynchronize(stream_.get()));  // nothing in flight uses what goes
  }
  CudaBackend(const CudaBackend&) = delete;
  CudaBackend& operator=(const CudaBackend&) = delete;

  [[nodiscard]] BackendInfo info() const override {
    int driver = 0;
    check(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
    return {"cuda", device_.name,
            "sm_" + std::to_string(10 * device_.compute_major + device_.compute_minor),
            "CUDA " + version_text(CUDART_VERSION, 1000, 10) + " (driver " +
                version_text(driver, 1000, 10) + "), cuBLAS " +
                version_text(blas_.version(), 10000, 100),
            math_overrides()};
  }

  [[nodiscard]] Operations<float>& operations(float /*tag*/) override { return float32_; }
  [[nodiscard]] Operations<double>& operations(double /*tag*/) override { return float64_; }

  void upload(void* target, const void* host_source, Index bytes) override {
    staging_.upload(target, host_source, bytes);
  }
  void download(void* host_target, const void* source, Index bytes) override {
    staging_.download(host_target, source, bytes);
  }
  void synchronise() override {
    check(cudaStreamSynchronize(stream_.get()), "cudaStreamSynchronize");
    staging_.drained();
  }

  void download_later(void* host_target, const void* source, Index bytes) override {
    if (bytes > 0) {
      check(cudaMemcpyAsync(host_target, source, static_cast<std::size_t>(bytes),
                            cudaMemcpyDeviceToHost, stream_.get()),
            "cudaMemcpyAsync");
    }
  }
  [[nodiscard]] Index mark() override { return marks_.set(); }
  [[nodiscard]] Index marks_kept() const override { return Marks::capacity; }
  [[nodiscard]] bool reached(Index mark) override { return marks_.reached(mark); }
  void wait(Index mark) override { marks_.wait(mark); }

  void repeat(const RepeatOwner& owner, Index start, Index period, Index count,
              const std::function<void(Index)>& body) override {
    graphs_.run({owner.number(), start % period, period, count}, body);
  }

  [[nodiscard]] bool batches_members() const override { return true; }
  [[nodiscard]] std::optional<Index> device_memory() const override { return plannable_memory(); }
  [[nodiscard]] bool slow_float64() const override { return device_.float64_slowdown > 4; }
  [[nodiscard]] std::optional<ThinSvd> thin_svd(MatrixView<const double> a) override {
    return cuda::thin_svd(stream_.get(), a, open_);
  }
  [[nodiscard]] NormalProducts* normal_products() override { return &products_; }

 protected:
  std::byte* allocate(Index bytes) override {
    if (bytes == 0) {
      return nullptr;
    }
    graphs_.forget();
    DeviceMemory memory = make_device_memory(bytes);
    check(cudaMemsetAsync(memory.get(), 0, static_cast<std::size_t>(bytes), stream_.get()),
          "cudaMemsetAsync");
    return static_cast<std::byte*>(memory.release());
  }
  void release(std::byte* data, Index /*bytes*/) noexcept override {
    ignore(cudaStreamSynchronize(stream_.get()));
    staging_.drained();
    graphs_.forget();
    const DeviceMemory memory(data);
  }
  std::byte* allocate_host(Index bytes) override {
    return bytes == 0 ? nullptr : static_cast<std::byte*>(make_pinned_memory(bytes).release());
  }
  void release_host(std::byte* data) noexcept override {
    ignore(cudaStreamSynchronize(stream_.get()));
    const PinnedMemory memory(data);
  }

 private:
  OpenVendorLibrary open_;
  Device device_;
  Stream stream_;
  Blas blas_;
  Staging staging_;
  Marks marks_;
  GraphCache graphs_;
  CudaOperations<float> float32_;
  CudaOperations<double> float64_;
  CudaNormalProducts products_;
};

}  // namespace

std::unique_ptr<Backend> make_cuda_backend(OpenVendorLibrary open) {
  return std::make_unique<CudaBackend>(open);
}

}  // namespace polypath::cuda
