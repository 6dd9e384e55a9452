#include "gemm.hpp"

#include "kernel.hpp"
#include "memory.hpp"
#include "report.hpp"
#include "runtime.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include <cblas.h>

namespace simcuda {
namespace {

bool is_operation(cublasOperation_t operation) {
  return operation == CUBLAS_OP_N || operation == CUBLAS_OP_T || operation == CUBLAS_OP_C;
}

CBLAS_TRANSPOSE to_cblas(cublasOperation_t operation) {
  return operation == CUBLAS_OP_N ? CblasNoTrans : CblasTrans;
}

void gemm(const GemmShape& s, float alpha, const float* a, const float* b, float beta, float* c) {
  cblas_sgemm(CblasColMajor, to_cblas(s.transpose_a), to_cblas(s.transpose_b), s.m, s.n, s.k, alpha,
              a, s.lda, b, s.ldb, beta, c, s.ldc);
}

void gemm(const GemmShape& s, double alpha, const double* a, const double* b, double beta,
          double* c) {
  cblas_dgemm(CblasColMajor, to_cblas(s.transpose_a), to_cblas(s.transpose_b), s.m, s.n, s.k, alpha,
              a, s.lda, b, s.ldb, beta, c, s.ldc);
}

// TF32 keeps 10 bits of the fraction, rounded to nearest.
float to_tf32(float x) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  constexpr std::uint32_t kHalf = 1u << 12;
  bits = (bits + kHalf) & ~((kHalf << 1) - 1);
  std::memcpy(&x, &bits, sizeof bits);
  return x;
}
double to_tf32(double x) { return x; }

template <class T>
std::vector<T> reduced(const T* values, const Operand& operand) {
  std::vector<T> result(values, values + extent(operand));
  std::transform(result.begin(), result.end(), result.begin(), [](T x) { return to_tf32(x); });
  return result;
}

template <class T>
void check_operand(const T* address, const Operand& operand, const char* name, const char* which) {
  const std::string what = std::string(name) + ", operand " + which;
  const std::size_t bytes = extent(operand) * sizeof(T);
  if (bytes > 0) {
    check_range_now(address, bytes, what.c_str());
  }
}

template <class T>
void count_operand(const T* address, const Operand& operand, bool writes, int times = 1) {
  for (int column = 0; traffic_is_counted() && column < times * operand.columns; ++column) {
    const T* begin = address + std::ptrdiff_t{column % operand.columns} * operand.leading;
    count_traffic(begin, static_cast<std::size_t>(operand.rows) * sizeof(T), writes);
  }
}

// How often a product reads an operand whose partner has `side` rows or columns of the result.
int readings(int side) {
  const int tile = config().gemm_tile;
  return tile == 0 ? 1 : (side + tile - 1) / tile;
}

template <class T>
void count_work(const GemmShape& s, const GemmOperands<T>& operands, bool reads_product,
                bool reads_c) {
  Counters& count = mutable_counters();
  const auto m = static_cast<std::uint64_t>(s.m);
  const auto n = static_cast<std::uint64_t>(s.n);
  const auto k = static_cast<std::uint64_t>(s.k);
  if (reads_product) {
    count.gemm_flops += 2 * m * n * k;
    const int of_a = readings(s.n);
    const int of_b = readings(s.m);
    count.gemm_bytes +=
        sizeof(T) * k *
        (m * static_cast<std::uint64_t>(of_a) + n * static_cast<std::uint64_t>(of_b));
    count_operand(operands.a, operand_a(s), false, of_a);
    count_operand(operands.b, operand_b(s), false, of_b);
  }
  count.gemm_bytes += sizeof(T) * m * n * (reads_c ? 2 : 1);
  if (reads_c) {
    count_operand(operands.c, operand_c(s), false);
  }
  count_operand(operands.c, operand_c(s), true);
}

template <class T>
bool overlap(const T* x, std::size_t x_count, const T* y, std::size_t y_count) {
  return x < y + y_count && y < x + x_count;
}

template <class T>
void refuse_aliasing(const GemmShape& s, const GemmOperands<T>& o, const char* name) {
  const std::size_t c = extent(operand_c(s));
  // Interleaved columns of one matrix are legal, so only a shared first element is certain.
  const bool a_aliased = overlap(o.c, c, o.a, extent(operand_a(s))) && s.ldc != s.lda;
  const bool b_aliased = overlap(o.c, c, o.b, extent(operand_b(s))) && s.ldc != s.ldb;
  if (s.k > 0 && (a_aliased || b_aliased || o.c == o.a || o.c == o.b)) {
    violation("%s: C overlaps %s, which cuBLAS leaves undefined", name,
              a_aliased || o.c == o.a ? "A" : "B");
  }
}

}  // namespace

Operand operand_a(const GemmShape& s) {
  return s.transpose_a == CUBLAS_OP_N ? Operand{s.m, s.k, s.lda} : Operand{s.k, s.m, s.lda};
}

Operand operand_b(const GemmShape& s) {
  return s.transpose_b == CUBLAS_OP_N ? Operand{s.k, s.n, s.ldb} : Operand{s.n, s.k, s.ldb};
}

Operand operand_c(const GemmShape& s) { return {s.m, s.n, s.ldc}; }

std::size_t extent(const Operand& o) {
  if (o.rows == 0 || o.columns == 0) {
    return 0;
  }
  return static_cast<std::size_t>(o.leading) * static_cast<std::size_t>(o.columns - 1) +
         static_cast<std::size_t>(o.rows);
}

cublasStatus_t check_shape(const GemmShape& s) {
  const bool valid = is_operation(s.transpose_a) && is_operation(s.transpose_b) && s.m >= 0 &&
                     s.n >= 0 && s.k >= 0 && s.batch >= 0 &&
                     s.lda >= std::max(1, operand_a(s).rows) &&
                     s.ldb >= std::max(1, operand_b(s).rows) && s.ldc >= std::max(1, s.m);
  return valid ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}

template <class T>
void multiply(const GemmShape& s, const GemmScalars<T>& scalars, const GemmOperands<T>& o,
              const char* name) {
  const bool reads_product = s.k > 0 && scalars.alpha != T(0);
  const bool reads_c = scalars.beta != T(0);
  check_operand(o.c, operand_c(s), name, "C");
  if (s.k > 0) {
    check_operand(o.a, operand_a(s), name, "A");
    check_operand(o.b, operand_b(s), name, "B");
  }
  refuse_aliasing(s, o, name);
  count_work(s, o, reads_product, reads_c);
  if (!reads_c) {
    // beta == 0 makes C write-only: what was there, NaN included, must not matter.
    for (int column = 0; column < s.n; ++column) {
      std::fill_n(o.c + std::ptrdiff_t{column} * s.ldc, s.m, T(0));
    }
  }
  mutable_counters().reduced_products += scalars.tf32 || scalars.emulated ? 1 : 0;
  if (scalars.tf32 && reads_product) {
    const auto a = reduced(o.a, operand_a(s));
    const auto b = reduced(o.b, operand_b(s));
    gemm(s, scalars.alpha, a.data(), b.data(), scalars.beta, o.c);
    return;
  }
  gemm(s, scalars.alpha, o.a, o.b, scalars.beta, o.c);
}

template void multiply(const GemmShape&, const GemmScalars<float>&, const GemmOperands<float>&,
                       const char*);
template void multiply(const GemmShape&, const GemmScalars<double>&, const GemmOperands<double>&,
                       const char*);

}  // namespace simcuda
