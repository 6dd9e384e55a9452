#include "polypath/config/nearest.hpp"

#include "polypath/core/matrix.hpp"

#include <algorithm>

namespace polypath::config {
namespace {

constexpr Index other_table_cost = 2;

Index dotted_distance(std::string_view word, std::string_view candidate) {
  return edit_distance(last_part(word), last_part(candidate)) +
         std::min(other_table_cost, edit_distance(table_part(word), table_part(candidate)));
}

}  // namespace

Index edit_distance(std::string_view a, std::string_view b) {
  const auto rows = static_cast<Index>(a.size());
  const auto columns = static_cast<Index>(b.size());
  Matrix<Index> distance(rows + 1, columns + 1);
  for (Index i = 0; i <= rows; ++i) {
    distance(i, 0) = i;
  }
  for (Index j = 0; j <= columns; ++j) {
    distance(0, j) = j;
  }
  for (Index i = 1; i <= rows; ++i) {
    for (Index j = 1; j <= columns; ++j) {
      const bool same = a[i - 1] == b[j - 1];
      distance(i, j) = std::min({distance(i - 1, j) + 1, distance(i, j - 1) + 1,
                                 distance(i - 1, j - 1) + (same ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        distance(i, j) = std::min(distance(i, j), distance(i - 2, j - 2) + 1);
      }
    }
  }
  return distance(rows, columns);
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  // Beyond half of the letters a suggestion would be a guess.
  Index best = std::max<Index>(2, static_cast<Index>(last_part(word).size()) / 2) + 1;
  std::string found;
  for (const auto& candidate : candidates) {
    const Index distance = dotted_distance(word, candidate);
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

std::string_view table_part(std::string_view key) {
  const auto dot = key.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : key.substr(0, dot);
}

std::string_view last_part(std::string_view key) {
  const auto dot = key.rfind('.');
  return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

}  // namespace polypath::config
