#include "src/init/reduction/projected_oracle.hpp"

#include "polypath/core/linalg.hpp"

#include "src/init/reduction/blocks.hpp"

namespace polypath::reduction {
namespace {

NormalStream layer_stream(NormalStream stream, Index d) {
  stream.layer = static_cast<std::uint32_t>(d);
  return stream;
}

Matrix<double> scaled(Matrix<double> matrix, double factor) {
  for (Index i = 0; i < matrix.rows() * matrix.columns(); ++i) {
    matrix.data()[i] *= factor;
  }
  return matrix;
}

}  // namespace

ProjectedOracle::ProjectedOracle(const PathwayShape& shape, std::vector<double> deviation,
                                 const ModeBasis& basis, std::uint64_t seed, Index pathway,
                                 const WideMatrix::Access& access)
    : Oracle(shape, basis.input_dimension(), std::move(deviation)) {
  const NormalStream stream{seed, static_cast<std::uint32_t>(pathway), 0, 0};
  const auto units = [&shape](Index s) { return shape.units[static_cast<std::size_t>(s)]; };
  for (Index s = 1; s < depth(); ++s) {
    frames_.emplace_back(units(s), access.pool);
  }
  for (Index d = 2; d < depth(); ++d) {
    matrices_.emplace_back(units(d), units(d - 1), layer_stream(stream, d), access);
  }
  start(shape, basis, stream);
}

void ProjectedOracle::start(const PathwayShape& shape, const ModeBasis& basis,
                            const NormalStream& stream) {
  const Matrix<double> first =
      scaled(small_normals(shape.units[1], shape.units[0], layer_stream(stream, 1)), deviation(1));
  if (depth() == 1) {
    const Matrix<double> left = multiply_transposed_left(basis.outputs.view(), first.view());
    entries(1) = multiply(left.view(), basis.inputs.view());
    return;
  }
  // Columns of W^1 and rows of W^D in the bases of the end spaces, one a row.
  const Matrix<double> columns = transpose(multiply(first.view(), basis.inputs.view()).view());
  const Matrix<double> inside = name_rows(1, columns);
  entries(1) = transpose(inside.view());
  const Index last_hidden = shape.units[shape.units.size() - 2];
  const Matrix<double> last =
      scaled(small_normals(shape.units.back(), last_hidden, layer_stream(stream, depth())),
             deviation(depth()));
  entries(depth()) =
      name_rows(depth() - 1, multiply_transposed_left(basis.outputs.view(), last.view()));
}

Matrix<double> ProjectedOracle::name_rows(Index s, const Matrix<double>& X) {
  name(s, frame(s).append(X));
  return frame(s).coordinates(X);
}

void ProjectedOracle::reveal_columns(Index d, Index first, Index count) {
  const auto& matrix = matrices_[static_cast<std::size_t>(d - 2)];
  const Matrix<double> images =
      scaled(matrix.times(frame(d - 1).directions(first, count)), deviation(d));
  const Matrix<double> rows = name_rows(d, images);
  paste(transpose(rows.view()).view(), entries(d), 0, first);
}

void ProjectedOracle::reveal_rows(Index d, Index first, Index count) {
  const auto& matrix = matrices_[static_cast<std::size_t>(d - 2)];
  const Matrix<double> images =
      scaled(matrix.transposed_times(frame(d).directions(first, count)), deviation(d));
  const Matrix<double> rows = name_rows(d - 1, images);
  paste(rows.view(), entries(d), first, 0);
}

void ProjectedOracle::rotate_directions(Index s, const Matrix<double>& H) {
  frame(s).rotate(expanded(s), H);
}

}  // namespace polypath::reduction
