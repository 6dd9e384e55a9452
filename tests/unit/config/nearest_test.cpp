#include "polypath/config/nearest.hpp"

#include "src/config/key.hpp"

#include <gtest/gtest.h>

namespace polypath::config {
namespace {

TEST(EditDistance, CountsEdits) {
  EXPECT_EQ(edit_distance("", ""), 0);
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("width", "width"), 0);
  EXPECT_EQ(edit_distance("widht", "width"), 1);   // neighbours swapped
  EXPECT_EQ(edit_distance("epoch", "epochs"), 1);  // one missing
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("sitting", "kitten"), 3);
}

TEST(Nearest, FindsKeysThroughTheirLastPartAndTable) {
  const auto names = key_names();
  EXPECT_EQ(nearest("train.learning_rat", names), "train.learning_rate");
  EXPECT_EQ(nearest("network.widht", names), "network.width");
  EXPECT_EQ(nearest("network.sigma", names), "init.sigma");
  EXPECT_EQ(nearest("trian.epochs", names), "train.epochs");
  EXPECT_EQ(nearest("init.seeds", names), "init.seed");
  EXPECT_EQ(nearest("train.seeds", names), "sweep.seeds");
  EXPECT_EQ(nearest("data.sed", names), "data.seed");
}

TEST(Nearest, KeepsQuietWhenNothingIsNear) {
  EXPECT_EQ(nearest("train.momentum", key_names()), "");
  EXPECT_EQ(nearest("optimiser", table_names()), "");
}

TEST(Nearest, FindsTables) {
  EXPECT_EQ(nearest("training", table_names()), "train");
  EXPECT_EQ(nearest("sweeps", table_names()), "sweep");
  EXPECT_EQ(nearest("nework", table_names()), "network");
}

}  // namespace
}  // namespace polypath::config
