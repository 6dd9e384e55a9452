#include "svd.hpp"

#include "runtime.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <lapacke.h>

namespace simcuda {
namespace {

int gesvd(char job_u, char job_vt, int m, int n, float* a, int lda, float* s, float* u, int ldu,
          float* vt, int ldvt, float* unconverged) {
  return LAPACKE_sgesvd(LAPACK_COL_MAJOR, job_u, job_vt, m, n, a, lda, s, u, ldu, vt, ldvt,
                        unconverged);
}

int gesvd(char job_u, char job_vt, int m, int n, double* a, int lda, double* s, double* u, int ldu,
          double* vt, int ldvt, double* unconverged) {
  return LAPACKE_dgesvd(LAPACK_COL_MAJOR, job_u, job_vt, m, n, a, lda, s, u, ldu, vt, ldvt,
                        unconverged);
}

// Element `row` of singular vector `mode`, whichever way it is stored.
template <class T>
struct Vectors {
  T* first;
  std::ptrdiff_t between_modes;
  std::ptrdiff_t between_elements;
  int length;
  T& at(int mode, int element) const {
    return first[mode * between_modes + element * between_elements];
  }
};

template <class T>
void flip(const Vectors<T>& vectors, int mode) {
  for (int i = 0; i < vectors.length; ++i) {
    vectors.at(mode, i) = -vectors.at(mode, i);
  }
}

template <class T>
void rotate(const Vectors<T>& vectors, int mode, T cosine, T sine) {
  for (int i = 0; i < vectors.length; ++i) {
    const T x = vectors.at(mode, i);
    const T y = vectors.at(mode + 1, i);
    vectors.at(mode, i) = cosine * x - sine * y;
    vectors.at(mode + 1, i) = sine * x + cosine * y;
  }
}

// Any sign, and any rotation among equal singular values, is as right as LAPACK's: a caller that
// relies on a particular one must find out here.
template <class T>
void randomise(const std::vector<Vectors<T>>& sides, const T* s, int n) {
  std::uniform_real_distribution<double> angle(0.0, 6.283185307179586);
  const T tolerance = 32 * std::numeric_limits<T>::epsilon() * (n > 0 ? s[0] : T(0));
  for (int mode = 0; mode + 1 < n; ++mode) {
    const double turn = angle(library_random_engine());
    if (s[mode] - s[mode + 1] <= tolerance) {
      for (const Vectors<T>& side : sides) {
        rotate(side, mode, static_cast<T>(std::cos(turn)), static_cast<T>(std::sin(turn)));
      }
    }
  }
  for (int mode = 0; mode < n; ++mode) {
    const bool negate = (library_random_engine()() & 1) != 0;
    for (const Vectors<T>& side : sides) {
      if (negate) {
        flip(side, mode);
      }
    }
  }
}

}  // namespace

template <class T>
void decompose(const SvdArguments<T>& svd) {
  std::vector<T> unconverged(static_cast<std::size_t>(svd.n) + 1, T(0));
  *svd.info = gesvd(static_cast<char>(svd.job_u), static_cast<char>(svd.job_vt), svd.m, svd.n,
                    svd.a, svd.lda, svd.s, svd.u, svd.ldu, svd.vt, svd.ldvt, unconverged.data());
  if (config().svd_diverges) {
    *svd.info = 1;
    std::fill_n(svd.s, svd.n, std::numeric_limits<T>::quiet_NaN());
  }
  std::vector<Vectors<T>> sides;
  if (columns_of_u(svd) > 0) {
    sides.push_back({svd.u, svd.ldu, 1, svd.m});
  } else if (svd.job_u == 'O') {
    sides.push_back({svd.a, svd.lda, 1, svd.m});
  }
  if (rows_of_vt(svd) > 0) {
    sides.push_back({svd.vt, 1, svd.ldvt, svd.n});
  } else if (svd.job_vt == 'O') {
    sides.push_back({svd.a, 1, svd.lda, svd.n});
  }
  randomise(sides, svd.s, svd.n);
  // A is destroyed: whoever reads it again finds NaN.
  for (int column = 0; svd.job_u != 'O' && svd.job_vt != 'O' && column < svd.n; ++column) {
    for (int row = 0; row < svd.m; ++row) {
      svd.a[std::ptrdiff_t{column} * svd.lda + row] = std::numeric_limits<T>::quiet_NaN();
    }
  }
}

template void decompose(const SvdArguments<float>&);
template void decompose(const SvdArguments<double>&);

}  // namespace simcuda
