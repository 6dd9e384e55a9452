#include "polypath/core/error.hpp"
#include "polypath/core/linalg.hpp"
#include "polypath/data/dataset.hpp"

#include "normal_matrix.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace polypath {
namespace {

void check_sizes(const DataConfig& config) {
  if (config.examples < 1 || config.inputs < 1 || config.outputs < 1) {
    throw BadData(
        fmt::format("data.examples = {}, data.inputs = {}, data.outputs = {}: a random data set "
                    "needs at least one of each; set all three to 1 or more",
                    config.examples, config.inputs, config.outputs));
  }
}

void check_spectrum(const DataConfig& config) {
  const std::vector<double>& values = config.singular_values;
  const auto most =
      static_cast<std::size_t>(std::min({config.examples, config.inputs, config.outputs}));
  if (values.empty() || values.size() > most) {
    throw BadData(
        fmt::format("data.singular_values has {} entries, but {} examples, {} inputs and {} "
                    "outputs have between 1 and {} singular values; change the list or the sizes",
                    values.size(), config.examples, config.inputs, config.outputs, most));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i]) || values[i] < 0.0) {
      throw BadData(
          fmt::format("data.singular_values: entry {} is {}, but singular values are finite and "
                      "not negative; correct it",
                      i + 1, values[i]));
    }
    if (i > 0 && values[i] > values[i - 1]) {
      throw BadData(
          fmt::format("data.singular_values: entry {} ({}) is larger than the one before it ({}), "
                      "but modes are numbered by falling singular value; list them largest first",
                      i + 1, values[i], values[i - 1]));
    }
  }
}

Matrix<double> random_frame(Index rows, Index columns, std::uint64_t seed, std::uint32_t number) {
  return qr_orthonormal(normal_matrix(rows, columns, seed, number).view());
}

}  // namespace

// With random frames G (examples x range), H (inputs x range), U (outputs x modes) and range =
// min(examples, inputs): X = G H^T is white on its range, and Y = G_k diag(s) U^T, G_k being the
// first k columns of G, gives Sigma_yx = Y^T X = U diag(s) H_k^T.
Dataset random_dataset(const DataConfig& config) {
  check_sizes(config);
  check_spectrum(config);
  const Index range = std::min(config.examples, config.inputs);
  const auto modes = static_cast<Index>(config.singular_values.size());
  const Matrix<double> G = random_frame(config.examples, range, config.seed, 0);
  const Matrix<double> H = random_frame(config.inputs, range, config.seed, 1);
  const Matrix<double> U = random_frame(config.outputs, modes, config.seed, 2);
  Matrix<double> scaled(config.examples, modes);
  for (Index r = 0; r < config.examples; ++r) {
    for (Index c = 0; c < modes; ++c) {
      scaled(r, c) = G(r, c) * config.singular_values[static_cast<std::size_t>(c)];
    }
  }
  return {multiply_transposed_right(G.view(), H.view()),
          multiply_transposed_right(scaled.view(), U.view())};
}

}  // namespace polypath
