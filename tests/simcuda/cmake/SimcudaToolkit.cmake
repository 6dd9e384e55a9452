# Finds the toolkit's headers (no CUDA library is ever linked), nvcc if there is one, and the CPU
# libraries that stand in for cuBLAS and cuSOLVER. Sets SIMCUDA_TOOLKIT_FOUND.
set(SIMCUDA_TOOLKIT_FOUND FALSE)

find_program(SIMCUDA_NVCC nvcc HINTS ENV CUDA_HOME ENV CUDA_PATH PATHS /usr/local/cuda
             "${CMAKE_SOURCE_DIR}/build/cuda-toolkit/nvidia/cu13" PATH_SUFFIXES bin)
if(SIMCUDA_NVCC)
  cmake_path(GET SIMCUDA_NVCC PARENT_PATH simcuda_hint)
  cmake_path(GET simcuda_hint PARENT_PATH simcuda_hint)
endif()
find_path(SIMCUDA_CUDA_INCLUDE cuda_runtime.h HINTS ${simcuda_hint} ENV CUDA_HOME ENV CUDA_PATH
          PATHS /usr/local/cuda PATH_SUFFIXES include targets/x86_64-linux/include)
find_path(SIMCUDA_CUBLAS_INCLUDE cublas_v2.h HINTS ${SIMCUDA_CUDA_INCLUDE})
find_path(SIMCUDA_CUSOLVER_INCLUDE cusolverDn.h HINTS ${SIMCUDA_CUDA_INCLUDE})
find_path(SIMCUDA_LAPACKE_INCLUDE lapacke.h)
find_path(SIMCUDA_CBLAS_INCLUDE cblas.h PATH_SUFFIXES openblas ${CMAKE_LIBRARY_ARCHITECTURE})
find_library(SIMCUDA_LAPACKE_LIBRARY lapacke)
find_library(SIMCUDA_BLAS_LIBRARY NAMES openblas cblas)

foreach(part CUDA_INCLUDE CUBLAS_INCLUDE CUSOLVER_INCLUDE LAPACKE_INCLUDE CBLAS_INCLUDE
             LAPACKE_LIBRARY BLAS_LIBRARY)
  mark_as_advanced(SIMCUDA_${part})
  if(NOT SIMCUDA_${part})
    set(SIMCUDA_SKIP_REASON "SIMCUDA_${part} was not found")
    return()
  endif()
endforeach()

file(STRINGS "${SIMCUDA_CUDA_INCLUDE}/cuda_runtime_api.h" simcuda_version
     REGEX "^#define CUDART_VERSION +[0-9]+")
string(REGEX MATCH "[0-9]+$" simcuda_version "${simcuda_version}")
if(simcuda_version LESS 12080)
  set(SIMCUDA_SKIP_REASON "the CUDA headers are version ${simcuda_version}, 12.8 is required")
  return()
endif()
set(SIMCUDA_TOOLKIT_FOUND TRUE)
