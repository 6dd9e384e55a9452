#include "polypath/core/error.hpp"
#include "polypath/data/dataset.hpp"
#include "polypath/io/read.hpp"

#include <cmath>

#include <fmt/format.h>

namespace polypath {
namespace {

void check_finite(const Matrix<double>& matrix, const std::string& path, const char* name) {
  for (Index r = 0; r < matrix.rows(); ++r) {
    for (Index c = 0; c < matrix.columns(); ++c) {
      if (!std::isfinite(matrix(r, c))) {
        throw BadData(
            fmt::format("{}: data set `{}` has {} at row {}, column {} (counted from 0), which "
                        "would spread to every weight; remove that example or feature, or fill it",
                        path, name, matrix(r, c), r, c));
      }
    }
  }
}

}  // namespace

Dataset file_dataset(const std::string& path) {
  Dataset data;
  data.x = read_matrix(path, "x", &data.notes);
  data.y = read_matrix(path, "y", &data.notes);
  check_finite(data.x, path, "x");
  check_finite(data.y, path, "y");
  if (data.x.rows() != data.y.rows()) {
    throw BadData(
        fmt::format("{}: `x` has {} examples (rows) and `y` has {}, but row i of both is one "
                    "example; write as many rows to both, or transpose {}",
                    path, data.x.rows(), data.y.rows(),
                    data.x.columns() == data.y.columns() ? "both, which look the other way round"
                                                         : "one that is the other way round"));
  }
  return data;
}

}  // namespace polypath
