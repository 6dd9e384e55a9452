# The files of the CUDA backend, for the plug-in and for its build on the simulated device.
set(POLYPATH_CUDA_FOLDER "${CMAKE_CURRENT_LIST_DIR}")
set(POLYPATH_CUDA_KERNELS bias.cu normal.cu normal_product.cu pointwise.cu probe.cu reductions.cu)
set(POLYPATH_CUDA_HOST blas.cpp check.cpp cuda_backend.cpp device.cpp graph_cache.cpp
    limits.cpp normal_products.cpp operations.cpp projection.cpp solver_library.cpp staging.cpp
    svd.cpp)
list(TRANSFORM POLYPATH_CUDA_KERNELS PREPEND "${POLYPATH_CUDA_FOLDER}/")
list(TRANSFORM POLYPATH_CUDA_HOST PREPEND "${POLYPATH_CUDA_FOLDER}/")
set(POLYPATH_CUDA_ENTRY "${POLYPATH_CUDA_FOLDER}/plugin.cpp")
