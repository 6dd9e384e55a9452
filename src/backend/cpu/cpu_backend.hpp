#pragma once

#include "polypath/backend/backend.hpp"

#include <memory>
#include <string>

namespace polypath {

/// The backend of this machine's cores: `threads` >= 1 work inside one member, with the same bits
/// for any number. The SIMD target is the processor's best or the one that POLYPATH_SIMD names.
/// Sets OpenBLAS to one thread for the whole process. Throws BackendUnavailable.
[[nodiscard]] std::unique_ptr<Backend> make_cpu_backend(Index threads);

/// The same with the SIMD target called `simd_target` (empty: the processor's best).
[[nodiscard]] std::unique_ptr<Backend> make_cpu_backend(Index threads,
                                                        const std::string& simd_target);

}  // namespace polypath
