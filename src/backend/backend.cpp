#include "polypath/backend/backend.hpp"

#include <atomic>
#include <utility>

namespace polypath {

std::string math_overrides_warning(const BackendInfo& info) {
  if (info.math_overrides.empty()) {
    return {};
  }
  return info.math_overrides +
         " (environment) lets NVIDIA's libraries round otherwise than the float32 and float64 that "
         "results are compared in; polypath's products ask for plain arithmetic "
         "(CUBLAS_PEDANTIC_MATH), which such a variable may overrule. Cell files record it "
         "(math_overrides); unset it unless that is what you mean to study";
}

RepeatOwner::RepeatOwner() {
  static std::atomic<Index> owners{0};
  number_ = ++owners;
}

Buffer::Buffer(Backend& backend, Index bytes)
    : backend_(&backend), data_(backend.allocate(bytes)), bytes_(bytes) {}

Buffer::~Buffer() {
  if (data_ != nullptr) {
    backend_->release(data_, bytes_);
  }
}

Buffer::Buffer(Buffer&& other) noexcept
    : backend_(other.backend_),
      data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(backend_, other.backend_);
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

HostBuffer::HostBuffer(Backend& backend, Index bytes)
    : backend_(&backend), data_(backend.allocate_host(bytes)) {}

HostBuffer::~HostBuffer() {
  if (data_ != nullptr) {
    backend_->release_host(data_);
  }
}

HostBuffer::HostBuffer(HostBuffer&& other) noexcept
    : backend_(other.backend_), data_(std::exchange(other.data_, nullptr)) {}

HostBuffer& HostBuffer::operator=(HostBuffer&& other) noexcept {
  std::swap(backend_, other.backend_);
  std::swap(data_, other.data_);
  return *this;
}

}  // namespace polypath
