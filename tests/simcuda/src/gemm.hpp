// C = alpha op(A) op(B) + beta C, for one matrix or a batch, as cuBLAS documents it.
#pragma once

#include <cstddef>
#include <string>

#include <cublas_v2.h>

namespace simcuda {

struct GemmShape {
  cublasOperation_t transpose_a = CUBLAS_OP_N;
  cublasOperation_t transpose_b = CUBLAS_OP_N;
  int m = 0;
  int n = 0;
  int k = 0;
  int lda = 0;
  int ldb = 0;
  int ldc = 0;
  int batch = 1;
};

// A column-major operand; `rows` and `columns` as stored, before op().
struct Operand {
  int rows;
  int columns;
  int leading;
};

Operand operand_a(const GemmShape& shape);
Operand operand_b(const GemmShape& shape);
Operand operand_c(const GemmShape& shape);
// Elements from the first to one past the last.
std::size_t extent(const Operand& operand);

// CUBLAS_STATUS_SUCCESS, or the status that cuBLAS documents for these arguments.
cublasStatus_t check_shape(const GemmShape& shape);

template <class T>
struct GemmOperands {
  const T* a = nullptr;
  const T* b = nullptr;
  T* c = nullptr;
};

template <class T>
struct GemmScalars {
  T alpha = T(0);
  T beta = T(0);
  bool tf32 = false;
  bool emulated = false;  // by tensor cores, to the same accuracy but not to the same bits
};

// One matrix of the batch, now. Checks that all three operands lie in live memory.
template <class T>
void multiply(const GemmShape& shape, const GemmScalars<T>& scalars,
              const GemmOperands<T>& operands, const char* name);

}  // namespace simcuda
