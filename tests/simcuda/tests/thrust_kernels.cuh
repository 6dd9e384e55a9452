// A Thrust algorithm on the device, behind a plain function.
#pragma once

#include <cuda_runtime.h>

namespace thrust_kernels {

// x[i] <- i * i
cudaError_t fill_squares(cudaStream_t stream, double* x, int n);

}  // namespace thrust_kernels
