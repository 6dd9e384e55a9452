#include "weight_rows.hpp"

#include <algorithm>

namespace polypath {
namespace {

constexpr Index block_elements = Index{1} << 17;

Index rows_at_once(Index columns) {
  return std::max<Index>(1, block_elements / std::max<Index>(1, columns));
}

/// visit(first row, rows) for blocks of rows fetched into `buffer`.
template <class T, class Visit>
void fetch(Backend& backend, std::vector<std::byte>& buffer, MatrixView<const T> view,
           const Visit& visit) {
  const Index step = rows_at_once(view.columns);
  for (Index first = 0; first < view.rows && !view.empty(); first += step) {
    const Index count = std::min(step, view.rows - first);
    const Index elements = (count - 1) * view.leading_dimension + view.columns;
    buffer.resize(static_cast<std::size_t>(elements) * sizeof(T));
    backend.download(buffer.data(), view.row(first), elements * Index{sizeof(T)});
    visit(first, MatrixView<const T>{reinterpret_cast<const T*>(buffer.data()), count, view.columns,
                                     view.leading_dimension});
  }
}

template <class T>
MatrixView<const double> widen(MatrixView<const T> source, std::vector<double>& target) {
  target.resize(static_cast<std::size_t>(source.rows * source.columns));
  for (Index r = 0; r < source.rows; ++r) {
    std::copy_n(source.row(r), source.columns, target.data() + r * source.columns);
  }
  return {target.data(), source.rows, source.columns, source.columns};
}

}  // namespace

AnyLayer layer_of(const AnyMemberWeights& weights, std::size_t pathway, std::size_t d) {
  return std::visit(
      [&]<class T>(const MemberWeights<T>& member) {
        return AnyLayer(MatrixView<const T>(member.pathways[pathway][d].weights));
      },
      weights);
}

std::pair<Index, Index> sides(const AnyLayer& layer) {
  return std::visit([](const auto& view) { return std::pair(view.rows, view.columns); }, layer);
}

std::vector<std::size_t> depths(const AnyMemberWeights& weights) {
  std::vector<std::size_t> result;
  std::visit(
      [&](const auto& member) {
        for (const auto& pathway : member.pathways) {
          result.push_back(pathway.size());
        }
      },
      weights);
  return result;
}

LayerCopy WeightRows::copy(const AnyLayer& layer) {
  return std::visit(
      [&]<class T>(const MatrixView<const T>& view) {
        Matrix<T> result(view.rows, view.columns);
        fetch(backend_, fetched_, view, [&](Index first, MatrixView<const T> rows) {
          for (Index r = 0; r < rows.rows; ++r) {
            std::copy_n(rows.row(r), rows.columns, &result(first + r, 0));
          }
        });
        return LayerCopy(std::move(result));
      },
      layer);
}

void WeightRows::each(const AnyLayer& layer, const Visit& visit) {
  std::visit(
      [&]<class T>(const MatrixView<const T>& view) {
        fetch(backend_, fetched_, view,
              [&](Index first, MatrixView<const T> rows) { visit(first, widen(rows, rows_)); });
      },
      layer);
}

void WeightRows::each(const AnyLayer& layer, const LayerCopy& copy, const VisitBoth& visit) {
  each(layer, [&](Index first, MatrixView<const double> rows) {
    std::visit(
        [&](const auto& kept) {
          visit(first, rows, widen(kept.view().row_block(first, rows.rows), copied_));
        },
        copy);
  });
}

}  // namespace polypath
