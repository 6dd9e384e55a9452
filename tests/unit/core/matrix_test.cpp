#include "polypath/core/matrix.hpp"

#include "polypath/core/sizes.hpp"

#include <gtest/gtest.h>

namespace polypath {
namespace {

TEST(MatrixView, AddressesRowsByLeadingDimension) {
  double data[12];
  for (int i = 0; i < 12; ++i) {
    data[i] = i;
  }
  const MatrixView<double> view{data, 3, 2, 4};
  EXPECT_EQ(view(2, 1), 9.0);
  EXPECT_EQ(view.row_block(1, 2)(1, 0), 8.0);
}

TEST(BatchView, StrideZeroRepeatsOneMatrix) {
  float data[6] = {0, 1, 2, 3, 4, 5};
  const BatchView<float> repeated{data, 1, 3, 3, 5, 0};
  EXPECT_EQ(repeated[4](0, 2), 2.0F);
  const BatchView<float> two{data, 1, 3, 3, 2, 3};
  EXPECT_EQ(two[1](0, 2), 5.0F);
  EXPECT_EQ(two.row_block(0, 0)[1].rows, 0);
}

TEST(Matrix, StartsAsZerosRowMajor) {
  Matrix<double> matrix(2, 3);
  EXPECT_EQ(matrix(1, 2), 0.0);
  matrix(1, 0) = 4.0;
  EXPECT_EQ(matrix.elements()[3], 4.0);
}

TEST(RoundUp, GivesMultiples) {
  EXPECT_EQ(round_up(0, 16), 0);
  EXPECT_EQ(round_up(1, 16), 16);
  EXPECT_EQ(round_up(16, 16), 16);
  EXPECT_EQ(round_up(1000, 16), 1008);
}

TEST(Sizes, AreExactUpTo64BitsAndTheLargestBeyond) {
  constexpr Index root = 3'037'000'499;  // the largest integer whose square fits
  EXPECT_EQ(size_product(root, root), root * root);
  EXPECT_EQ(size_product(root + 1, root + 1), largest_size);
  EXPECT_EQ(size_product(0, largest_size), 0);
  EXPECT_EQ(size_product(largest_size, 0), 0);
  EXPECT_EQ(size_product(largest_size, 1), largest_size);
  EXPECT_EQ(size_product(largest_size, largest_size, 0), 0);
  EXPECT_EQ(size_product(2, 3, 4, 5), 120);
  EXPECT_EQ(size_sum(largest_size - 1, 1), largest_size);
  EXPECT_EQ(size_sum(largest_size, largest_size, 1), largest_size);
  EXPECT_EQ(padded_size(65, 64), 128);
  EXPECT_EQ(padded_size(largest_size - 1, 64), largest_size);
}

}  // namespace
}  // namespace polypath
