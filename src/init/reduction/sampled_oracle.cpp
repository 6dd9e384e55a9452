#include "src/init/reduction/sampled_oracle.hpp"

namespace polypath::reduction {

SampledOracle::SampledOracle(const PathwayShape& shape, std::vector<double> deviation, Index inputs,
                             std::uint64_t seed, Index pathway, FreeDimensions free_dimensions)
    : Oracle(shape, inputs, std::move(deviation)), free_dimensions_(free_dimensions) {
  for (Index d = 1; d <= depth(); ++d) {
    draws_.emplace_back(seed, pathway, d);
  }
  start();
}

void SampledOracle::start() {
  if (depth() == 1) {
    for (Index i = 0; i < named(1) * named(0); ++i) {
      entries(1).data()[i] = deviation(1) * draws_[0].normal();
    }
    return;
  }
  for (Index j = 0; j < named(0); ++j) {
    reveal_column(1, j, 0);
  }
  for (Index i = 0; i < named(depth()); ++i) {
    reveal_row(depth(), i, 0);
  }
}

void SampledOracle::reveal_column(Index d, Index j, Index known) {
  Draws& draws = draws_[static_cast<std::size_t>(d - 1)];
  const Index rows = named(d);
  for (Index i = known; i < rows; ++i) {
    entries(d)(i, j) = deviation(d) * draws.normal();
  }
  if (rows < width(d)) {
    name(d, 1);
    entries(d)(rows, j) = deviation(d) * draws.chi(free_dimensions_(width(d), rows));
  }
}

void SampledOracle::reveal_row(Index d, Index i, Index known) {
  Draws& draws = draws_[static_cast<std::size_t>(d - 1)];
  const Index columns = named(d - 1);
  for (Index j = known; j < columns; ++j) {
    entries(d)(i, j) = deviation(d) * draws.normal();
  }
  if (columns < width(d - 1)) {
    name(d - 1, 1);
    entries(d)(i, columns) = deviation(d) * draws.chi(free_dimensions_(width(d - 1), columns));
  }
}

void SampledOracle::reveal_columns(Index d, Index first, Index count) {
  for (Index j = first; j < first + count; ++j) {
    reveal_column(d, j, known_rows(d));
  }
}

void SampledOracle::reveal_rows(Index d, Index first, Index count) {
  for (Index i = first; i < first + count; ++i) {
    reveal_row(d, i, known_columns(d));
  }
}

}  // namespace polypath::reduction
