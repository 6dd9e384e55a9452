// Products with normals that are never stored: of every backend that offers them, against the
// numbers themselves.
#include "kernels/functor/normal.hpp"

#include "unit/backend/workbench.hpp"

#include <cstdlib>

namespace polypath::testing {
namespace {

/// The backends that multiply normals, which they do in float64 only.
std::vector<BackendCase> product_cases() {
  std::vector<BackendCase> cases;
  for (const BackendCase& one : backend_cases()) {
    if (one.precision == Precision::float64 && one.make()->normal_products() != nullptr) {
      cases.push_back(one);
    }
  }
  return cases;
}

class NormalProductsConformance : public Conformance {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(NormalProductsConformance);
INSTANTIATE_TEST_SUITE_P(Backends, NormalProductsConformance, ::testing::ValuesIn(product_cases()),
                         case_name);

struct Sizes {
  Index rows;
  Index columns;
  Index directions;
  Index first_row = 0;
};

/// Around the edges of tiles (64 outputs, 16 inner, 64 directions) and of parts; a few of them
/// large enough for several parts whose last one is cut.
const std::vector<Sizes> every_size = {
    {1, 1, 1},       {64, 16, 64},        {16, 64, 64}, {65, 17, 3},
    {17, 65, 16},    {63, 15, 65, 5},     {15, 63, 17}, {130, 70, 1, 9},
    {3, 200, 33},    {200, 3, 33, 70000}, {5, 2100, 2}, {2100, 5, 2, 7},
    {150, 170, 130}, {0, 5, 3},           {5, 0, 3},    {5, 5, 0},
};

constexpr double canary = -12345.0;

/// `columns` numbers a row between canaries, as a view with a larger leading dimension.
struct HostMatrix {
  HostMatrix(Index rows, Index columns, std::uint32_t seed)
      : stored(rows + 1, columns + 3), view{stored.data() + 1, rows, columns, columns + 3} {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    for (Index i = 0; i < stored.rows() * stored.columns(); ++i) {
      stored.data()[i] = canary;
    }
    for (Index r = 0; r < rows; ++r) {
      for (Index c = 0; c < columns; ++c) {
        view(r, c) = normal(random);
      }
    }
  }
  void expect_canaries() const {
    for (Index i = 0; i < stored.rows() * stored.columns(); ++i) {
      const Index column = i % stored.columns() - 1;
      if (column < 0 || column >= view.columns || i / stored.columns() >= view.rows) {
        ASSERT_EQ(stored.data()[i], canary) << "offset " << i;
      }
    }
  }

  Matrix<double> stored;
  MatrixView<double> view;
};

/// Normals are below 6.6 and so are directions: a product's error is at most what rounding of
/// `inner` terms of that size makes, in any order.
void expect_entry(double found, double expected, double magnitude, Index inner) {
  const double epsilon = std::numeric_limits<double>::epsilon();
  ASSERT_NEAR(found, expected, epsilon * static_cast<double>(inner + 2) * magnitude);
}

void test_products(NormalProducts& products, const Sizes& s) {
  const NormalRows Z{{0x0123456789ABCDEFU, 3, 2, 0}, s.first_row, s.rows, s.columns};
  const auto z = [&](Index r, Index c) {
    return static_cast<double>(normal_at(Z.stream, Z.first_row + r, c));
  };
  const HostMatrix along_columns(s.directions, s.columns, 1);
  const HostMatrix along_rows(s.directions, s.rows, 2);
  const HostMatrix times(s.directions, s.rows, 3);
  const HostMatrix transposed(s.directions, s.columns, 4);
  products.times(Z, along_columns.view, times.view);
  products.transposed_times(Z, along_rows.view, transposed.view);
  for (Index m = 0; m < s.directions; ++m) {
    for (Index r = 0; r < s.rows; ++r) {
      double sum = 0.0;
      double magnitude = 0.0;
      for (Index c = 0; c < s.columns; ++c) {
        sum += along_columns.view(m, c) * z(r, c);
        magnitude += std::abs(along_columns.view(m, c) * z(r, c));
      }
      expect_entry(times.view(m, r), sum, magnitude, s.columns);
    }
    for (Index c = 0; c < s.columns; ++c) {
      double sum = 0.0;
      double magnitude = 0.0;
      for (Index r = 0; r < s.rows; ++r) {
        sum += along_rows.view(m, r) * z(r, c);
        magnitude += std::abs(along_rows.view(m, r) * z(r, c));
      }
      expect_entry(transposed.view(m, c), sum, magnitude, s.rows);
    }
  }
  times.expect_canaries();
  transposed.expect_canaries();
}

TEST_P(NormalProductsConformance, AgreeWithTheNumbersThemselves) {
  const auto backend = GetParam().make();
  NormalProducts* const products = backend->normal_products();
  for (const Sizes& sizes : every_size) {
    SCOPED_TRACE(std::to_string(sizes.rows) + " x " + std::to_string(sizes.columns) + ", " +
                 std::to_string(sizes.directions) + " directions");
    test_products(*products, sizes);
    if (HasFatalFailure()) {
      return;
    }
  }
}

TEST_P(NormalProductsConformance, HaveTheSameBitsAtEveryCall) {
  const auto backend = GetParam().make();
  NormalProducts* const products = backend->normal_products();
  const NormalRows Z{{1, 0, 2, 0}, 0, 70, 90};
  const HostMatrix directions(20, 90, 1);
  const HostMatrix first(20, 70, 2);
  const HostMatrix second(20, 70, 3);
  products->times(Z, directions.view, first.view);
  products->times(Z, directions.view, second.view);
  EXPECT_EQ(first.stored.elements(), second.stored.elements());
}

}  // namespace
}  // namespace polypath::testing
