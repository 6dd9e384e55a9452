# polypath_library(NAME [SOURCES ...] [DEPENDS ...]): the static library polypath_NAME of src/NAME.
function(polypath_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(polypath_${name} STATIC ${ARG_SOURCES})
  target_include_directories(polypath_${name} PUBLIC
    "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}")
  target_link_libraries(polypath_${name} PUBLIC ${ARG_DEPENDS}
    PRIVATE polypath_flags ${ARG_PRIVATE_DEPENDS})
endfunction()

# polypath_test(NAME SOURCES ... DEPENDS ...): one GoogleTest program, its cases known to ctest.
function(polypath_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(polypath_${name}_test ${ARG_SOURCES})
  target_include_directories(polypath_${name}_test PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(polypath_${name}_test PRIVATE polypath_flags polypath_test_support
    ${ARG_DEPENDS} GTest::gmock GTest::gtest GTest::gtest_main)
  gtest_discover_tests(polypath_${name}_test DISCOVERY_MODE PRE_TEST
    PROPERTIES LABELS "${name}" TIMEOUT 600)
endfunction()

# polypath_old_blas_test(NAME FILTER [NIGHTLY]): cases of polypath_NAME_test once more with the core
# that an OpenBLAS older than the processor falls back to. Tolerances hold there too.
function(polypath_old_blas_test name filter)
  cmake_parse_arguments(ARG "NIGHTLY" "" "" ${ARGN})
  if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    return()
  endif()
  set(test old_blas.${name})
  set(command $<TARGET_FILE:polypath_${name}_test> "--gtest_filter=${filter}" --gtest_brief=1)
  if(ARG_NIGHTLY)
    set(test old_blas.Nightly.${name})
    set(command sh -c "test -n \"$POLYPATH_NIGHTLY\" || exit 77; exec \"$@\"" sh ${command})
  endif()
  add_test(NAME ${test} COMMAND ${command})
  set_tests_properties(${test} PROPERTIES LABELS "${name};old_blas" TIMEOUT 3600
                       SKIP_RETURN_CODE 77 ENVIRONMENT OPENBLAS_CORETYPE=Prescott)
endfunction()
