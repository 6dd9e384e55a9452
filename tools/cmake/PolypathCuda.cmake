# polypath_find_nvcc(VARIABLE REASON): the nvcc to build with, as find_nvcc of tools/common.sh finds
# it (CMAKE_CUDA_COMPILER wins), tried on a kernel; or nothing, and why.
function(polypath_find_nvcc variable reason)
  set(${variable} "" PARENT_SCOPE)
  set(nvcc "${CMAKE_CUDA_COMPILER}")
  if(NOT nvcc)
    execute_process(COMMAND bash -c ". tools/common.sh && find_nvcc"
                    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" RESULT_VARIABLE failed
                    OUTPUT_VARIABLE nvcc ERROR_VARIABLE why OUTPUT_STRIP_TRAILING_WHITESPACE
                    ERROR_STRIP_TRAILING_WHITESPACE)
    if(failed)
      set(${reason} "${why}" PARENT_SCOPE)
      return()
    endif()
  endif()
  if(NOT POLYPATH_NVCC_TRIED STREQUAL nvcc)
    set(probe "${PROJECT_BINARY_DIR}/nvcc_probe.cu")
    file(WRITE "${probe}" "__global__ void f(int* a) { *a = 1; }\nint main() { return 0; }\n")
    execute_process(COMMAND "${nvcc}" -std=c++20 -c "${probe}" -o "${probe}.o"
                    RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
    if(failed)
      string(REGEX MATCH "[^\n]*([Ee]rror|not supported)[^\n]*" line "${said}")
      set(${reason} "${nvcc} does not compile a kernel (${line})" PARENT_SCOPE)
      return()
    endif()
    set(POLYPATH_NVCC_TRIED "${nvcc}" CACHE INTERNAL "the nvcc that compiled a kernel")
  endif()
  set(${variable} "${nvcc}" PARENT_SCOPE)
endfunction()

# polypath_default_architectures(VARIABLE NVCC): the cards that are here, where this nvcc knows them;
# else every major architecture.
function(polypath_default_architectures variable nvcc)
  set(${variable} all-major PARENT_SCOPE)
  execute_process(COMMAND nvidia-smi --query-gpu=compute_cap --format=csv,noheader
                  OUTPUT_VARIABLE listed RESULT_VARIABLE failed ERROR_QUIET)
  string(REGEX MATCHALL "[0-9]+\\.[0-9]+" capabilities "${listed}")
  if(failed OR NOT capabilities)
    return()
  endif()
  string(REPLACE "." "" capabilities "${capabilities}")
  list(REMOVE_DUPLICATES capabilities)
  execute_process(COMMAND "${nvcc}" --list-gpu-arch OUTPUT_VARIABLE known ERROR_QUIET)
  foreach(capability ${capabilities})
    if(NOT known MATCHES "compute_${capability}(\n|$)")
      return()
    endif()
  endforeach()
  set(${variable} "${capabilities}" PARENT_SCOPE)
endfunction()
