#pragma once

#include "polypath/core/types.hpp"

#include <cstddef>

namespace polypath::cpu {

/// Zeroed memory, 64-byte aligned; from 2 MiB on it is aligned to 2 MiB and asks for huge pages.
/// Zero bytes give a null pointer. Throws OutOfMemory.
[[nodiscard]] std::byte* allocate_zeroed(Index bytes);

/// Gives back what allocate_zeroed(bytes) returned.
void release(std::byte* data, Index bytes) noexcept;

}  // namespace polypath::cpu
