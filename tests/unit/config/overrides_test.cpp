#include "parse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Overrides, ReplaceWhatTheFileSays) {
  const Config config =
      only_cell("[network]\nwidth = 5\ndepth = 2\n[train]\nloss = \"sum_squares\"\n",
                {"network.width=7", "train.loss=mean_squares", "init.sigma = 0.5"});
  EXPECT_THAT(config.network.pathways.at(0).hidden, ElementsAre(7));
  EXPECT_EQ(config.train.loss, Loss::mean_squares);
  EXPECT_EQ(config.init.sigma, 0.5);
}

TEST(Overrides, TheLastOneCounts) {
  EXPECT_EQ(only_cell("", {"train.epochs=1", "train.epochs=2"}).train.epochs, 2);
}

TEST(Overrides, TakeBareWordsAsStringsAndTomlAsToml) {
  EXPECT_EQ(only_cell("data.task = \"file\"", {"data.file=../a b=c.h5"}).data.file,
            "folder/../a b=c.h5");
  EXPECT_EQ(only_cell("data.task = \"file\"", {"data.file='x.h5'"}).data.file, "folder/x.h5");
  EXPECT_THAT(only_cell("", {"data.singular_values=[3, 1]"}).data.singular_values,
              ElementsAre(3.0, 1.0));
  EXPECT_TRUE(only_cell("", {"network.bias=true"}).network.bias);
  EXPECT_EQ(only_cell("", {"network.pathway=[{hidden=[3]}]"}).network.pathways.size(), 1U);
  EXPECT_EQ(only_cell("train.loss = \"sum_squares\"", {"train={epochs=3}"}).train.epochs, 3);
}

TEST(Overrides, SetSeedsAndAxes) {
  EXPECT_EQ(only_cell("", {"sweep.seeds=4"}).sweep.seeds, 4);
  const auto added = parse("[sweep]\n\"network.width\" = [1, 2]\n",
                           {"sweep.\"init.sigma, init.seed\"=[[0.1, 1], [0.2, 2]]"});
  ASSERT_EQ(added.cells.size(), 4U);
  EXPECT_EQ(added.cells[1].config.init.sigma, 0.2);
  EXPECT_EQ(added.cells[1].config.network.pathways.at(0).hidden.at(0), 1);
  const auto replaced =
      parse("[sweep]\n\"network.width\" = [1, 2]\n", {"sweep.\"network.width\"=[3]"});
  ASSERT_EQ(replaced.cells.size(), 1U);
  EXPECT_EQ(replaced.cells[0].swept.at(0).value, "3");
}

TEST(Overrides, NameThemselvesInMessages) {
  EXPECT_THAT(message_of("", {"network.widht=3"}),
              AllOf(StartsWith("--set network.widht=3: unknown key network.widht"),
                    HasSubstr("Did you mean network.width?")));
  EXPECT_THAT(message_of("", {"trian.epochs=3"}),
              AllOf(StartsWith("--set trian.epochs=3: unknown key trian.epochs"),
                    HasSubstr("Did you mean train.epochs?")));
  EXPECT_THAT(
      message_of("", {"train.epochs=1O"}),
      StartsWith("--set train.epochs=1O: train.epochs is the string \"1O\", but an integer"));
  EXPECT_THAT(message_of("", {"network.width=0"}),
              StartsWith("--set network.width=0: network.width"));
  EXPECT_THAT(message_of("", {"init.method=file"}),
              StartsWith("--set init.method=file: init.method = \"file\" needs init.file"));
  EXPECT_THAT(message_of("[[network.pathway]]\nhidden = [1]\n", {"network.width=3"}),
              AllOf(StartsWith("--set network.width=3: network.width together with"),
                    HasSubstr("test.toml:1")));
}

TEST(Overrides, OfASweptKeyAreRefused) {
  EXPECT_THAT(
      message_of("[sweep]\n\"network.depth, train.epochs\" = [[2, 5]]\n", {"train.epochs=3"}),
      AllOf(StartsWith("--set train.epochs=3: train.epochs is swept (test.toml:2)"),
            HasSubstr("override the axis in [sweep]")));
}

TEST(Overrides, MalformedOnesAreUsageErrors) {
  for (const std::string text :
       {"train.epochs", "=3", "train.epochs=", "train..epochs=3", "train epochs=3", "a#b=3",
        "train.epochs=[1, 2", "data.file=\"x", "train.epochs=1\ntrain.loss=2"}) {
    EXPECT_THAT(message_of<UsageError>("", {text}),
                AllOf(StartsWith("--set " + text + ": "), HasSubstr("--set train.epochs=200")));
  }
}

}  // namespace
}  // namespace polypath
