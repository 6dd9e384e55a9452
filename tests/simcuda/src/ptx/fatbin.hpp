// The PTX inside the fat binary that nvcc puts into every object.
#pragma once

#include <string>

namespace simcuda::ptx {

// `wrapper` is what nvcc's code hands to __cudaRegisterFatBinary.
std::string ptx_of_fat_binary(const void* wrapper);

}  // namespace simcuda::ptx
