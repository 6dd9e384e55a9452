# For programs that run on any Linux whose glibc is new enough (tools/bundle): C++ and all libraries
# but one inside the programs. OpenBLAS and its Fortran library stay shared, once for all programs,
# and are installed beside them (PolypathInstall). Only links differ from an ordinary build.
if(POLYPATH_SANITIZE)
  message(FATAL_ERROR "POLYPATH_RELOCATABLE and POLYPATH_SANITIZE exclude each other: a sanitizer's "
    "library is shared. Leave one out")
endif()
if(NOT fmt_VERSION VERSION_GREATER_EQUAL 9 OR NOT fmt_VERSION VERSION_LESS 10 OR
   NOT HIGHWAY_VERSION VERSION_GREATER_EQUAL 1.0 OR NOT HIGHWAY_VERSION VERSION_LESS 1.0.4)
  message(FATAL_ERROR "POLYPATH_RELOCATABLE is made for the libraries of Debian 12 (fmt 9, Highway "
    "1.0.3; here are ${fmt_VERSION} and ${HIGHWAY_VERSION}), which also keep the glibc asked for low. "
    "Build there, in a container or a chroot")
endif()
# The unwinder stays the system's: every glibc comes with one, program and plug-ins share it, and the
# static one of Debian 12 asks for glibc 2.35. So do hypot, which is wrapped, and the generator behind
# std::random_device, which nobody calls and the linker therefore drops. What is left asks for 2.34.
add_link_options(-static-libstdc++ -Wl,--disable-new-dtags -Wl,--gc-sections -Wl,--wrap=hypot)
# Two levels up: every program lives in libexec/polypath.
set(CMAKE_INSTALL_RPATH "$ORIGIN/../../lib")

# polypath_archive(VARIABLE NAME...): the path of the first libNAME.a.
function(polypath_archive variable)
  list(TRANSFORM ARGN PREPEND "lib")
  list(TRANSFORM ARGN APPEND ".a")
  find_library(${variable} NAMES ${ARGN} PATH_SUFFIXES hdf5/serial)
  if(NOT ${variable})
    message(FATAL_ERROR "POLYPATH_RELOCATABLE: none of ${ARGN} was found. Debian has them in the "
      "packages of tools/packages; elsewhere build that library with its static archive")
  endif()
endfunction()

# HDF5 by parts, since Debian's wrapper also names libcurl and libcrypto, which only its driver for
# remote files calls.
polypath_archive(POLYPATH_HDF5_HL_ARCHIVE hdf5_serial_hl hdf5_hl)
polypath_archive(POLYPATH_HDF5_ARCHIVE hdf5_serial hdf5)
polypath_archive(POLYPATH_SZIP_ARCHIVE sz)
polypath_archive(POLYPATH_AEC_ARCHIVE aec)
polypath_archive(POLYPATH_ZLIB_ARCHIVE z)
set_property(TARGET hdf5_serial PROPERTY INTERFACE_LINK_LIBRARIES "${POLYPATH_HDF5_HL_ARCHIVE}"
  "${POLYPATH_HDF5_ARCHIVE}" "${POLYPATH_SZIP_ARCHIVE}" "${POLYPATH_AEC_ARCHIVE}"
  "${POLYPATH_ZLIB_ARCHIVE}" m ${CMAKE_DL_LIBS})

polypath_archive(POLYPATH_LAPACKE_ARCHIVE lapacke)
set_property(TARGET openblas PROPERTY INTERFACE_LINK_LIBRARIES
  "${POLYPATH_LAPACKE_ARCHIVE}" PkgConfig::OPENBLAS)
set(SIMCUDA_LAPACKE_LIBRARY "${POLYPATH_LAPACKE_ARCHIVE}")

set(archives "${CMAKE_CURRENT_LIST_DIR}/archives")
add_library(polypath_highway STATIC "${archives}/highway.cpp")
target_compile_options(polypath_highway PRIVATE ${HIGHWAY_CFLAGS})
set_property(TARGET PkgConfig::HIGHWAY PROPERTY INTERFACE_LINK_LIBRARIES polypath_highway)

# The imported target keeps its name and its compile options, so that objects are those of an
# ordinary build.
add_library(polypath_fmt STATIC "${archives}/fmt.cpp")
get_target_property(fmt_includes fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
target_include_directories(polypath_fmt SYSTEM PRIVATE ${fmt_includes})
set_target_properties(polypath_fmt PROPERTIES ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
get_target_property(fmt_configurations fmt::fmt IMPORTED_CONFIGURATIONS)
foreach(configuration ${fmt_configurations})
  set_property(TARGET fmt::fmt PROPERTY IMPORTED_LOCATION_${configuration}
    "${PROJECT_BINARY_DIR}/libpolypath_fmt.a")
endforeach()
add_dependencies(fmt::fmt polypath_fmt)

add_library(polypath_older_glibc OBJECT "${archives}/older_glibc.cpp")
link_libraries(polypath_older_glibc)
