#include "polypath/data/dataset.hpp"

#include "polypath/core/error.hpp"
#include "polypath/core/linalg.hpp"

#include "input_range.hpp"

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
  return data;
}

}  // namespace polypath
