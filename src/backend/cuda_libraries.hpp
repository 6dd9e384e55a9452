#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace polypath {

/// The shared libraries that an ELF file (64 bit, little endian) names as needed, in its order.
/// @return empty also for a file that is none or cannot be read
[[nodiscard]] std::vector<std::string> needed_libraries(const std::filesystem::path& file);

/// Says of an ELF file that it ends before its headers say: to load it would end the program with
/// SIGBUS. @return empty where it is whole, or no ELF file
[[nodiscard]] std::string damaged_library(const std::filesystem::path& file);

/// Says where POLYPATH_CUDA_HOME names no folder; empty where it does, or is unset.
[[nodiscard]] std::string cuda_home_fault();

/// Folders that may hold NVIDIA's libraries, those of POLYPATH_CUDA_HOME first, then of toolkits
/// (CUDA_HOME, CUDA_PATH, the nvcc in PATH, /usr/local/cuda), then of pip's `nvidia` packages
/// (VIRTUAL_ENV, CONDA_PREFIX, each python3 in PATH, along its links and its pyvenv.cfg, the user's
/// own). Only those that exist.
[[nodiscard]] std::vector<std::filesystem::path> cuda_library_folders();

/// Loads all libraries that `plugin` needs, and those that they need, so that the plug-in itself
/// can be loaded without a search path of its own: POLYPATH_CUDA_HOME goes before the system's
/// search, which goes before the other folders. What was loaded stays loaded.
/// @return empty; else which libraries are missing, where they were looked for, and what to do
[[nodiscard]] std::string load_cuda_libraries(const std::filesystem::path& plugin);

/// Opens a library of the vendor by the name that its soname has, in the same way
/// (OpenVendorLibrary). @return null where it is nowhere, with the same words in `reason`
[[nodiscard]] void* open_vendor_library(const char* name, std::string& reason);

}  // namespace polypath
