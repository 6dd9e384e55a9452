#pragma once

#include "polypath/backend/backend.hpp"
#include "polypath/core/matrix.hpp"
#include "polypath/plan/shape.hpp"

#include <variant>
#include <vector>

namespace polypath {

/// Where the weights of one member lie in backend memory: [pathway][layer], layer d at d - 1.
template <class T>
struct MemberWeights {
  struct Layer {
    MatrixView<T> weights;  ///< N_d x N_{d-1}
    MatrixView<T> bias;     ///< 1 x N_d; no columns without bias
  };
  std::vector<std::vector<Layer>> pathways;
};

using AnyMemberWeights = std::variant<MemberWeights<float>, MemberWeights<double>>;

/// Where a network starts from. The trainer cannot tell one source from another.
class InitialWeights {
 public:
  virtual ~InitialWeights() = default;
  /// Writes the weights of member number `member` (from 0) of the cell. `target` starts as zeros.
  /// Thread-safe for different backends.
  virtual void write(Index member, Backend& backend, const AnyMemberWeights& target) const = 0;
};

/// Rounds `source` to T and copies it into `target` of equal shape.
template <class T>
void upload_matrix(Backend& backend, const Matrix<double>& source, MatrixView<T> target);

/// The inverse, exact.
template <class T>
[[nodiscard]] Matrix<double> download_matrix(Backend& backend, MatrixView<const T> source);

}  // namespace polypath
