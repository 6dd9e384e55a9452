#include "src/init/reduction/oracle.hpp"

#include "polypath/core/linalg.hpp"

#include "src/init/reduction/blocks.hpp"

#include <cassert>

namespace polypath::reduction {

Oracle::Oracle(const PathwayShape& shape, Index inputs, std::vector<double> deviation)
    : deviation_(std::move(deviation)) {
  const Index depth = shape.depth();
  for (const Index units : shape.units) {
    spaces_.push_back({units, 0, 0, 0, 0});
  }
  const Index outputs = shape.units.back();
  spaces_.front() = {inputs, inputs, inputs, inputs, inputs};
  spaces_.back() = {outputs, outputs, outputs, outputs, outputs};
  for (Index d = 1; d <= depth; ++d) {
    cores_.emplace_back(named(d), named(d - 1));
  }
  visits_.assign(static_cast<std::size_t>(depth), 0);
}

void Oracle::name(Index s, Index count) {
  assert(s > 0 && s < depth() && named(s) + count <= width(s));
  space(s).named += count;
  entries(s) = padded(core(s).view(), named(s), core(s).columns());
  entries(s + 1) = padded(core(s + 1).view(), core(s + 1).rows(), named(s));
}

void Oracle::rotate(Index s, const Matrix<double>& H) {
  const Index first = expanded(s);
  const Index count = candidates(s);
  assert(H.rows() == count && H.columns() == count);
  Matrix<double>& below = entries(s);
  const Matrix<double> rows =
      multiply_transposed_left(H.view(), block(below, first, count, 0, below.columns()));
  paste(rows.view(), below, first, 0);
  Matrix<double>& above = entries(s + 1);
  const Matrix<double> columns = multiply(block(above, 0, above.rows(), first, count), H.view());
  paste(columns.view(), above, 0, first);
  rotate_directions(s, H);
}

void Oracle::visit_forward(Index d) {
  const Index first = space(d - 1).sent_forward;
  const Index count = expanded(d - 1) - first;
  if (d == 1 || d == depth() || count == 0) {
    return;  // the end layers are known completely
  }
  reveal_columns(d, first, count);
  space(d - 1).sent_forward += count;
  ++visits_[static_cast<std::size_t>(d - 1)];
}

void Oracle::visit_backward(Index d) {
  const Index first = space(d).sent_backward;
  const Index count = expanded(d) - first;
  if (d == 1 || d == depth() || count == 0) {
    return;
  }
  reveal_rows(d, first, count);
  space(d).sent_backward += count;
  ++visits_[static_cast<std::size_t>(d - 1)];
}

Index Oracle::passes() const { return *std::max_element(visits_.begin(), visits_.end()); }

double Oracle::unseen_variance(Index s) const {
  return deviation(s) * deviation(s) * static_cast<double>(width(s) - expanded(s));
}

Matrix<double> Oracle::expanded_core(Index d) const {
  const Index rows = expanded(d);
  const Index columns = expanded(d - 1);
  return padded(block(core(d), 0, rows, 0, columns), rows, columns);
}

}  // namespace polypath::reduction
