# polypath_find_nvcc(VARIABLE): the nvcc to build with, or nothing. CUDACXX and PATH come first, then
# the places of an installed toolkit, then what tools/cuda_toolkit got.
function(polypath_find_nvcc variable)
  if(NOT CMAKE_CUDA_COMPILER AND DEFINED ENV{CUDACXX})
    set(${variable} "$ENV{CUDACXX}" PARENT_SCOPE)
    return()
  endif()
  find_program(POLYPATH_NVCC nvcc
    HINTS ENV POLYPATH_CUDA_HOME ENV CUDA_HOME ENV CUDA_PATH
    PATHS /usr/local/cuda "${PROJECT_SOURCE_DIR}/build/cuda-toolkit/nvidia/cu13"
    PATH_SUFFIXES bin)
  mark_as_advanced(POLYPATH_NVCC)
  if(CMAKE_CUDA_COMPILER)
    set(${variable} "${CMAKE_CUDA_COMPILER}" PARENT_SCOPE)
  elseif(POLYPATH_NVCC)
    set(${variable} "${POLYPATH_NVCC}" PARENT_SCOPE)
  else()
    set(${variable} "" PARENT_SCOPE)
  endif()
endfunction()

# polypath_default_architectures(VARIABLE): the card that is here, else every major architecture.
function(polypath_default_architectures variable)
  execute_process(COMMAND nvidia-smi --query-gpu=compute_cap --format=csv,noheader
                  OUTPUT_VARIABLE listed RESULT_VARIABLE failed ERROR_QUIET)
  string(REGEX MATCHALL "[0-9]+\\.[0-9]+" capabilities "${listed}")
  if(failed OR NOT capabilities)
    set(${variable} all-major PARENT_SCOPE)
    return()
  endif()
  string(REPLACE "." "" capabilities "${capabilities}")
  list(REMOVE_DUPLICATES capabilities)
  set(${variable} "${capabilities}" PARENT_SCOPE)
endfunction()
