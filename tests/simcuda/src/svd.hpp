// The singular value decomposition as cuSOLVER's gesvd gives it, with everything that the
// mathematics leaves open chosen at random.
#pragma once

namespace simcuda {

template <class T>
struct SvdArguments {
  signed char job_u = 'N';
  signed char job_vt = 'N';
  int m = 0;
  int n = 0;
  T* a = nullptr;
  int lda = 0;
  T* s = nullptr;
  T* u = nullptr;
  int ldu = 0;
  T* vt = nullptr;
  int ldvt = 0;
  T* work = nullptr;
  int lwork = 0;
  T* rwork = nullptr;
  int* info = nullptr;
};

// Columns of U and rows of VT that job_u and job_vt ask for.
template <class T>
int columns_of_u(const SvdArguments<T>& svd) {
  return svd.job_u == 'A' ? svd.m : svd.job_u == 'S' ? svd.n : 0;
}
template <class T>
int rows_of_vt(const SvdArguments<T>& svd) {
  return svd.job_vt == 'A' || svd.job_vt == 'S' ? svd.n : 0;
}

template <class T>
void decompose(const SvdArguments<T>& svd);

}  // namespace simcuda
