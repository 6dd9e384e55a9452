#pragma once

#include "kernels/cuda/handles.hpp"

namespace polypath::cuda {

/// Copies between pageable host memory and the device through pinned memory. Uploads wait for
/// nothing until the pinned memory is full; downloads wait for the stream.
class Staging {
 public:
  explicit Staging(cudaStream_t stream);

  void upload(void* target, const void* host_source, Index bytes);
  void download(void* host_target, const void* source, Index bytes);
  /// The stream has been waited for: nothing reads the pinned memory any more.
  void drained() { used_ = 0; }

 private:
  cudaStream_t stream_;
  PinnedMemory up_;
  PinnedMemory down_;
  Index used_ = 0;  ///< bytes of `up_` that copies in flight may still read
};

}  // namespace polypath::cuda
