# Third-party libraries, all Debian packages (tools/packages names them).
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Boost REQUIRED)

find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)
add_library(tomlplusplus INTERFACE)
target_include_directories(tomlplusplus SYSTEM INTERFACE "${TOMLPLUSPLUS_INCLUDE_DIR}")

find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)
add_library(random123 INTERFACE)
target_include_directories(random123 SYSTEM INTERFACE "${RANDOM123_INCLUDE_DIR}")

set(HDF5_PREFER_PARALLEL FALSE)
find_package(HDF5 REQUIRED COMPONENTS C)
add_library(hdf5_serial INTERFACE)
target_include_directories(hdf5_serial SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
target_link_libraries(hdf5_serial INTERFACE ${HDF5_C_LIBRARIES})
find_library(HDF5_HL_LIBRARY NAMES hdf5_serial_hl hdf5_hl REQUIRED)
target_link_libraries(hdf5_serial INTERFACE "${HDF5_HL_LIBRARY}")

pkg_check_modules(OPENBLAS REQUIRED IMPORTED_TARGET openblas)
find_library(LAPACKE_LIBRARY NAMES lapacke REQUIRED)
add_library(openblas INTERFACE)
target_link_libraries(openblas INTERFACE "${LAPACKE_LIBRARY}" PkgConfig::OPENBLAS)

pkg_check_modules(HIGHWAY REQUIRED IMPORTED_TARGET libhwy)

if(POLYPATH_RELOCATABLE)
  include(PolypathRelocatable)
endif()
