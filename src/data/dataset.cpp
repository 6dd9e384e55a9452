#include "polypath/data/dataset.hpp"

#include "polypath/core/error.hpp"
#include "polypath/core/linalg.hpp"

#include "input_range.hpp"

#include <fmt/format.h>

namespace polypath {
namespace {

Dataset raw_dataset(const DataConfig& config) {
  switch (config.task) {
    case Task::hierarchy:
      return hierarchy_dataset(config.levels, config.branching);
    case Task::random:
      return random_dataset(config);
    case Task::file:
      return file_dataset(config.file);
  }
  throw InternalError("data.task has no maker of data sets; this is a defect, report it");
}

/// Squares of the entries are summed in single precision at the least.
void require_usable_scale(const Matrix<double>& matrix, const char* name, const char* remedy,
                          const DataConfig& config) {
  constexpr double least = 1e-18;
  constexpr double most = 1e15;
  const double largest = max_abs(matrix.view());
  if (largest > 0 && (largest < least || largest > most)) {
    throw BadData(fmt::format(
        "{}: the largest entry of `{}` is {:.3g}; sums of squares of such numbers {}, so that "
        "training would give zeros or NaN. Scale the data: multiply `{}` by a number that brings "
        "it near 1{}",
        config.task == Task::file ? config.file : "[data]", name, largest,
        largest < least ? "vanish" : "overflow", name, remedy));
  }
}

}  // namespace

// With X = A diag(s) B^T, X (X^T X)^{-1/2} = A B^T.
void whiten(Dataset& data) {
  const InputRange range = find_input_range(data.x);
  data.x = multiply_transposed_right(range.examples.view(), range.inputs.view());
}

Dataset make_dataset(const DataConfig& config) {
  Dataset data = raw_dataset(config);
  if (config.whiten) {
    whiten(data);
  }
  require_usable_scale(data.x, "x", ", or set data.whiten = true", config);
  require_usable_scale(data.y, "y", "", config);
  return data;
}

}  // namespace polypath
