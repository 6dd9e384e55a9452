#pragma once

#include "polypath/core/types.hpp"

#include <concepts>
#include <numeric>
#include <vector>

namespace polypath {

/// The numbers that data sets hold.
enum class Element { float64, float32, int64, uint64, int8 };

/// Extents, slowest axis first.
using Extents = std::vector<Index>;

template <class T>
concept ElementType = std::same_as<T, double> || std::same_as<T, float> ||
    std::same_as<T, std::int64_t> || std::same_as<T, std::uint64_t> || std::same_as<T, std::int8_t>;

template <ElementType T>
inline constexpr Element element_of = std::same_as<T, double>          ? Element::float64
                                      : std::same_as<T, float>         ? Element::float32
                                      : std::same_as<T, std::int64_t>  ? Element::int64
                                      : std::same_as<T, std::uint64_t> ? Element::uint64
                                                                       : Element::int8;

[[nodiscard]] constexpr Index bytes_of(Element element) {
  switch (element) {
    case Element::float32:
      return 4;
    case Element::int8:
      return 1;
    default:
      return 8;
  }
}

/// The number of elements; 1 for no axes.
[[nodiscard]] inline Index elements_in(const Extents& extents) {
  Index product = 1;
  for (const Index extent : extents) {
    product *= extent;
  }
  return product;
}

/// first, first + 1, ...: a scale that numbers its axis.
[[nodiscard]] inline std::vector<Index> counted(Index count, Index first) {
  std::vector<Index> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), first);
  return values;
}

}  // namespace polypath
