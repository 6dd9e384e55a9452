#pragma once

#include "polypath/backend/normal_products.hpp"
#include "polypath/core/matrix.hpp"
#include "polypath/core/normal_stream.hpp"
#include "polypath/core/thread_pool.hpp"

#include <stop_token>

namespace polypath::reduction {

/// One wide weight matrix of standard normals Z (rows x columns), the float32 ones of
/// gaussian_weights, either kept or made again, panel by panel, whenever they are needed. Work is
/// cut into the same parts whatever the number of threads, and sums over parts are taken in
/// order, so neither threads nor storing change a bit of the products; a backend that multiplies
/// regenerated ones changes their rounding.
class WideMatrix {
 public:
  enum class Keep { stored, regenerated };
  /// How all wide matrices of a network are dealt with; the pool outlives them.
  struct Access {
    Keep keep;
    ThreadPool& pool;
    std::stop_token stop = {};              ///< products throw Interrupted soon after a request
    NormalProducts* products = nullptr;     ///< multiplies what is regenerated; null: the pool does
    Index slice_normals = Index{1} << 34U;  ///< so many at once, after which `stop` is looked at
  };
  WideMatrix(Index rows, Index columns, const NormalStream& stream, const Access& access);

  /// (Z Q^T)^T for directions Q (m x columns), one a row: m x rows.
  [[nodiscard]] Matrix<double> times(const Matrix<double>& directions) const;
  /// (Z^T Q^T)^T for directions Q (m x rows): m x columns.
  [[nodiscard]] Matrix<double> transposed_times(const Matrix<double>& directions) const;

 private:
  struct Part {
    Index first = 0;
    Index count = 0;
  };
  [[nodiscard]] Part part(Index number, Index parts) const;
  /// Calls visit(first_row, panel) for the panels of rows in `part`, in order.
  template <class Visit>
  void for_panels(Part part, const Visit& visit) const;
  void generate(Index first_row, MatrixView<float> target) const;
  [[nodiscard]] bool on_backend() const { return stored_.empty() && access_.products != nullptr; }
  /// Calls visit(rows) for all rows in slices that a backend multiplies at once.
  template <class Visit>
  void for_slices(const Visit& visit) const;
  [[nodiscard]] Matrix<double> backend_times(const Matrix<double>& directions) const;
  [[nodiscard]] Matrix<double> backend_transposed_times(const Matrix<double>& directions) const;

  Index rows_;
  Index columns_;
  NormalStream stream_;
  Access access_;
  Matrix<float> stored_;  ///< empty where regenerated
};

/// A whole matrix of standard normals, rows x columns.
[[nodiscard]] Matrix<double> small_normals(Index rows, Index columns, const NormalStream& stream);

}  // namespace polypath::reduction
