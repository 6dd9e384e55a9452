#pragma once

namespace polypath {

/// What OpenBLAS reads when it is loaded.
inline constexpr const char* blas_core_variable = "OPENBLAS_CORETYPE";
/// Set beside it by us: the core that OpenBLAS had taken by itself.
inline constexpr const char* blas_core_replaced = "POLYPATH_BLAS_CORE_REPLACED";

}  // namespace polypath
