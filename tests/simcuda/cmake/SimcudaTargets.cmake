# Targets `simcuda` and, where nvcc is, `simcuda_ptx`; functions that compile .cu files for each.
find_package(Threads REQUIRED)
set(SIMCUDA_DIR "${CMAKE_CURRENT_LIST_DIR}/..")

set(SIMCUDA_WARNINGS -Wall -Wextra -Wconversion -Wshadow)
set(SIMCUDA_SYSTEM_INCLUDES ${SIMCUDA_CUDA_INCLUDE} ${SIMCUDA_CUBLAS_INCLUDE}
    ${SIMCUDA_CUSOLVER_INCLUDE})
if(SIMCUDA_SANITIZE STREQUAL "address")
  set(SIMCUDA_SANITIZER_FLAGS -fsanitize=address,undefined -fno-sanitize-recover=undefined
      -fno-omit-frame-pointer)
elseif(SIMCUDA_SANITIZE STREQUAL "thread")
  set(SIMCUDA_SANITIZER_FLAGS -fsanitize=thread)
endif()

add_library(simcuda STATIC
  src/api_copy.cpp src/api_device.cpp src/api_launch.cpp src/api_memory.cpp src/api_stream.cpp
  src/block.cpp src/capture.cpp src/counters_report.cpp src/cublas_gemm.cpp src/cublas_handle.cpp
  src/cusolver.cpp src/environment.cpp src/faults.cpp src/fiber.cpp src/gemm.cpp
  src/kernel_registry.cpp src/launch.cpp src/memory.cpp src/protection.cpp src/report.cpp
  src/runtime.cpp src/shared_memory.cpp src/stream.cpp src/svd.cpp src/traffic.cpp src/warp.cpp)
target_compile_features(simcuda PUBLIC cxx_std_20)
set_target_properties(simcuda PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS ON)
target_include_directories(simcuda PUBLIC ${SIMCUDA_DIR}/include PRIVATE ${SIMCUDA_DIR}/src)
target_include_directories(simcuda SYSTEM PUBLIC ${SIMCUDA_SYSTEM_INCLUDES}
                           PRIVATE ${SIMCUDA_CBLAS_INCLUDE} ${SIMCUDA_LAPACKE_INCLUDE})
target_compile_options(simcuda PRIVATE ${SIMCUDA_WARNINGS})
target_link_libraries(simcuda PUBLIC ${SIMCUDA_LAPACKE_LIBRARY} ${SIMCUDA_BLAS_LIBRARY}
                      Threads::Threads ${CMAKE_DL_LIBS})
# Kernels are named by dladdr(), which sees exported symbols only.
target_link_options(simcuda INTERFACE -rdynamic ${SIMCUDA_SANITIZER_FLAGS})
if(SIMCUDA_UCONTEXT)
  target_compile_definitions(simcuda PRIVATE SIMCUDA_UCONTEXT)
endif()
if(SIMCUDA_SANITIZE STREQUAL "thread")
  # The simulator is not watched itself: what it does between CUDA threads is not the program's.
  target_compile_definitions(simcuda PRIVATE SIMCUDA_TSAN=1)
else()
  target_compile_options(simcuda PUBLIC ${SIMCUDA_SANITIZER_FLAGS})
endif()

# Compiles .cu files into `target` with g++, for the fiber executor, and links the simulator. Call it
# in the directory that defines the target.
function(simcuda_add_kernels target)
  set(here "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/..")
  set(options -xc++ -include "${here}/include/simcuda/device.hpp" -fvisibility=default
      -ffp-contract=off -Wno-unknown-pragmas
      -DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP "-isystem${SIMCUDA_CUDA_INCLUDE}/cccl")
  if(SIMCUDA_SANITIZE STREQUAL "thread")
    list(APPEND options -fsanitize=thread)
  endif()
  set_source_files_properties(${ARGN} PROPERTIES LANGUAGE CXX)
  set_property(SOURCE ${ARGN} APPEND PROPERTY COMPILE_OPTIONS ${options})
  target_sources(${target} PRIVATE ${ARGN})
  target_include_directories(${target} PRIVATE "${here}/../..")
  target_link_libraries(${target} PRIVATE simcuda)
endfunction()

if(NOT SIMCUDA_NVCC)
  message(STATUS "simcuda: no nvcc, hence no simcuda_ptx")
  return()
endif()

# The simulator, an interpreter for the PTX that nvcc emitted, and nvcc's registration calls.
add_library(simcuda_ptx STATIC
  src/ptx/arithmetic.cpp src/ptx/body.cpp src/ptx/compare.cpp src/ptx/control.cpp
  src/ptx/fatbin.cpp src/ptx/integer.cpp src/ptx/memory_access.cpp src/ptx/nvcc_registration.cpp
  src/ptx/opcodes.cpp src/ptx/parse.cpp src/ptx/parse_instruction.cpp src/ptx/scanner.cpp)
set_target_properties(simcuda_ptx PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS ON)
target_include_directories(simcuda_ptx PRIVATE ${SIMCUDA_DIR}/src)
target_compile_options(simcuda_ptx PRIVATE ${SIMCUDA_WARNINGS})
target_link_libraries(simcuda_ptx PUBLIC simcuda)

# Compiles .cu files into `target` with nvcc, PTX inside, for the PTX executor, and links it. No
# device code of any architecture is made: what runs is the PTX that nvcc put into the object.
function(simcuda_ptx_add_kernels target)
  set(here "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/..")
  foreach(file IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" OUTPUT_VARIABLE path)
    cmake_path(GET path FILENAME name)
    set(object "${CMAKE_CURRENT_BINARY_DIR}/${target}.${name}.o")
    add_custom_command(
      OUTPUT "${object}"
      COMMAND "${SIMCUDA_NVCC}" -c "${path}" -o "${object}" -std=c++20
              -gencode arch=compute_75,code=compute_75 --no-compress
              -ccbin "${CMAKE_CXX_COMPILER}" -Xcompiler -fPIC -I "${here}/../.."
              "-I$<JOIN:$<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>,;-I>"
              -MD -MF "${object}.d"
      DEPENDS "${path}" DEPFILE "${object}.d" COMMAND_EXPAND_LISTS VERBATIM
      COMMENT "nvcc ${name} for ${target}")
    target_sources(${target} PRIVATE "${object}")
    set_source_files_properties("${object}" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  endforeach()
  target_include_directories(${target} PRIVATE "${here}/../..")
  target_link_libraries(${target} PRIVATE simcuda_ptx)
endfunction()
