#include "src/backend/reference/reference_backend.hpp"

#include "polypath/core/error.hpp"

#include "src/backend/reference/reference_operations.hpp"

#include <cstring>
#include <new>
#include <string>

namespace polypath {
namespace {

constexpr std::align_val_t alignment{64};

/// Host memory is backend memory, and every call has finished when it returns.
class ReferenceBackend final : public Backend {
 public:
  [[nodiscard]] BackendInfo info() const override {
    return {"reference", "processor, one thread", "none", "none"};
  }

  [[nodiscard]] Operations<float>& operations(float) override {
    throw BackendUnavailable(
        "the reference backend computes in float64 only, because it is what the others are "
        "compared with; set train.precision = \"float64\" or choose another backend");
  }
  [[nodiscard]] Operations<double>& operations(double) override { return operations_; }

  void upload(void* target, const void* host_source, Index bytes) override {
    copy(target, host_source, bytes);
  }
  void download(void* host_target, const void* source, Index bytes) override {
    copy(host_target, source, bytes);
  }
  void synchronise() override {}

  [[nodiscard]] bool batches_members() const override { return false; }

 protected:
  std::byte* allocate(Index bytes) override {
    if (bytes == 0) {
      return nullptr;
    }
    const auto size = static_cast<std::size_t>(bytes);
    void* data = ::operator new(size, alignment, std::nothrow);
    if (data == nullptr) {
      throw OutOfMemory("the reference backend could not get " + std::to_string(bytes) +
                        " bytes of memory, so the run cannot hold its weights; use fewer seeds at "
                        "a time or a smaller network.width");
    }
    std::memset(data, 0, size);
    return static_cast<std::byte*>(data);
  }
  void release(std::byte* data, Index) noexcept override { ::operator delete(data, alignment); }

 private:
  static void copy(void* target, const void* source, Index bytes) {
    if (bytes > 0) {
      std::memcpy(target, source, static_cast<std::size_t>(bytes));
    }
  }

  ReferenceOperations operations_;
};

}  // namespace

std::unique_ptr<Backend> make_reference_backend() { return std::make_unique<ReferenceBackend>(); }

}  // namespace polypath
