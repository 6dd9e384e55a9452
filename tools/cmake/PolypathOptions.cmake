# Build-wide choices. Floating-point contraction is off everywhere: a fused multiply-add happens
# where the source says so, which is what makes trajectories a function of the specification alone.
option(POLYPATH_WERROR "Treat compiler warnings as errors" OFF)
option(POLYPATH_TESTS "Build the tests" ON)
option(POLYPATH_BENCHMARKS "Build the benchmarks" ON)
option(POLYPATH_RELOCATABLE "Link for machines that have none of the libraries (tools/bundle)" OFF)
set(POLYPATH_SANITIZE "" CACHE STRING "Comma-separated list for -fsanitize= (empty: none)")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set_property(GLOBAL PROPERTY USE_FOLDERS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

find_program(POLYPATH_CCACHE ccache)
if(POLYPATH_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${POLYPATH_CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER "${POLYPATH_CCACHE}")
  set(CMAKE_CUDA_COMPILER_LAUNCHER "${POLYPATH_CCACHE}")
endif()

add_library(polypath_flags INTERFACE)
target_compile_options(polypath_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -ffp-contract=off
  -fno-math-errno)
if(POLYPATH_WERROR)
  target_compile_options(polypath_flags INTERFACE -Werror)
endif()
if(POLYPATH_SANITIZE)
  target_compile_options(polypath_flags INTERFACE
    "-fsanitize=${POLYPATH_SANITIZE}" -fno-omit-frame-pointer -g -O1)
  target_link_options(polypath_flags INTERFACE "-fsanitize=${POLYPATH_SANITIZE}")
endif()
