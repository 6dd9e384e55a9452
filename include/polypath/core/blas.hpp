#pragma once

#include "polypath/core/types.hpp"

#include <string>
#include <string_view>

namespace polypath {

// OpenBLAS holds kernels for many processors and takes one set of them, a "core", when it is
// loaded. An OpenBLAS older than the processor does not know it and falls back to a core of the
// year 2004, three times slower. Every program of ours therefore looks, before main, at the core in
// use (src/core/blas_start.cpp) and starts itself again with a better one.

/// Vector instructions that both the processor and the operating system support.
enum class VectorUnit { sse, avx, avx2, avx512 };

[[nodiscard]] VectorUnit processor_vector_unit();

/// What OpenBLAS calls its kernels for that unit: "Haswell" for avx2.
[[nodiscard]] const char* blas_core_for(VectorUnit unit);

/// What can be told before a program starts about the core it got.
struct BlasCoreFacts {
  VectorUnit processor = VectorUnit::sse;
  std::string_view in_use;  ///< openblas_get_corename()
  std::string_view asked;   ///< OPENBLAS_CORETYPE; empty when unset
};

/// True where the kernels in use need less than the processor has, by so much that OpenBLAS cannot
/// have meant it: below AVX2. It may have reasons to prefer AVX2 to AVX-512. A name unknown to us
/// belongs to an OpenBLAS newer than we are, so it is not old.
[[nodiscard]] bool blas_core_is_old(const BlasCoreFacts& facts);

/// The core to start again with; empty to stay: what was asked for wins, and so does a core that
/// is not old.
[[nodiscard]] std::string better_blas_core(const BlasCoreFacts& facts);

/// Of this process.
struct BlasInUse {
  std::string version;  ///< "OpenBLAS 0.3.21"
  std::string core;     ///< "SkylakeX"
  std::string asked;    ///< OPENBLAS_CORETYPE as the user set it; empty when unset or ours
  std::string found;    ///< the core that OpenBLAS took by itself, where we chose another
  bool old = false;     ///< the core needs less than the processor has
  VectorUnit processor = VectorUnit::sse;
};

[[nodiscard]] BlasInUse blas_in_use();

/// One sentence for a person whose core is old: what it costs and what to set. Empty when it is
/// not old.
[[nodiscard]] std::string old_blas_core_text(const BlasInUse& blas);

/// Says that the core in use is not the one that OPENBLAS_CORETYPE asks for: OpenBLAS passes over a
/// name that it does not know, and a core that the processor cannot run. Empty where it took it.
[[nodiscard]] std::string ignored_blas_core_text(const BlasInUse& blas);

/// The calls of BLAS and LAPACK that polypath makes; replaceable for tests of the check below.
struct BlasCalls {
  /// C (rows x columns) <- A B + C, with A rows x inner and B inner x columns, row-major; the
  /// transposed operand is stored as such.
  void (*multiply)(bool transpose_a, bool transpose_b, int rows, int columns, int inner,
                   const double* a, const double* b, double* c);
  /// The eigenvectors (columns, column-major) and ascending eigenvalues of A (n x n), in place.
  int (*symmetric_eigen)(int n, double* a, double* values);
  /// A (m x n, column-major, m <= n) = U diag(S) V^T; A is destroyed, U m x m, V^T m x n.
  int (*svd)(int m, int n, double* a, double* s, double* u, double* v_transposed);
  /// The rows of A (m x n, column-major, m <= n) by an orthonormal basis of their span.
  int (*orthonormal_rows)(int m, int n, double* a);
};

/// Those of the library that the program is linked with.
[[nodiscard]] BlasCalls installed_blas();

/// Compares results with plain loops, at sizes that reach the optimised kernels and their edges;
/// about a millisecond. What is wrong, as "dgemm NT of 23 x 29 x 17: 3 of 391 entries are wrong";
/// empty when nothing is.
[[nodiscard]] std::string find_blas_fault(const BlasCalls& calls);

/// What is wrong, why it matters and what to set, of a fault found in `blas`.
[[nodiscard]] std::string blas_fault_text(const BlasInUse& blas, const std::string& fault);

/// Throws BackendUnavailable when find_blas_fault finds one: old builds compute wrong results on
/// some processors newer than they are, and every mode and figure would be wrong with them.
void require_sound_blas();

}  // namespace polypath
