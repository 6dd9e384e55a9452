#include "kernels/cuda/staging.hpp"

#include <algorithm>
#include <cstring>

namespace polypath::cuda {
namespace {

constexpr Index pinned_bytes = Index{1} << 20;

std::byte* at(const PinnedMemory& memory, Index offset) {
  return static_cast<std::byte*>(memory.get()) + offset;
}

}  // namespace

Staging::Staging(cudaStream_t stream)
    : stream_(stream),
      up_(make_pinned_memory(pinned_bytes)),
      down_(make_pinned_memory(pinned_bytes)) {}

void Staging::upload(void* target, const void* host_source, Index bytes) {
  for (Index done = 0; done < bytes;) {
    if (used_ == pinned_bytes) {
      check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
      drained();
    }
    const Index part = std::min(bytes - done, pinned_bytes - used_);
    std::byte* staged = at(up_, used_);
    std::memcpy(staged, static_cast<const std::byte*>(host_source) + done,
                static_cast<std::size_t>(part));
    check(cudaMemcpyAsync(static_cast<std::byte*>(target) + done, staged,
                          static_cast<std::size_t>(part), cudaMemcpyHostToDevice, stream_),
          "cudaMemcpyAsync");
    used_ += part;
    done += part;
  }
}

void Staging::download(void* host_target, const void* source, Index bytes) {
  for (Index done = 0; done < bytes; done += pinned_bytes) {
    const auto part = static_cast<std::size_t>(std::min(bytes - done, pinned_bytes));
    check(cudaMemcpyAsync(down_.get(), static_cast<const std::byte*>(source) + done, part,
                          cudaMemcpyDeviceToHost, stream_),
          "cudaMemcpyAsync");
    check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
    drained();
    std::memcpy(static_cast<std::byte*>(host_target) + done, down_.get(), part);
  }
}

}  // namespace polypath::cuda
