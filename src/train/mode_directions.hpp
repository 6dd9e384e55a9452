#pragma once

#include "polypath/core/matrix.hpp"

#include <span>

namespace polypath {

/// The columns of `vectors` made orthonormal one after the other (Gram-Schmidt, twice). A column in
/// the span of those before it, or not finite, becomes NaN and is passed over by the later ones.
[[nodiscard]] Matrix<double> orthonormal_directions(const Matrix<double>& vectors);

/// Divides every column by its norm, which goes to `norms`; a column of zeros becomes NaN.
void normalise_columns(Matrix<double>& vectors, std::span<double> norms);

/// products[i] = left column i . right column i.
void column_products(const Matrix<double>& left, const Matrix<double>& right,
                     std::span<double> products);

}  // namespace polypath
