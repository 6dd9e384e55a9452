#include "parse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// "key=value key=value" of every cell.
std::vector<std::string> swept_of(const ConfigDocument& document) {
  std::vector<std::string> cells;
  for (const auto& cell : document.cells) {
    std::string text;
    for (const auto& swept : cell.swept) {
      text += (text.empty() ? "" : " ") + swept.key + "=" + swept.value;
    }
    cells.push_back(text);
  }
  return cells;
}

TEST(Sweep, WithoutAxesThereIsOneCell) {
  const auto document = parse("[sweep]\nseeds = 3\n");
  ASSERT_EQ(document.cells.size(), 1U);
  EXPECT_TRUE(document.cells[0].swept.empty());
}

TEST(Sweep, TheLastAxisOfTheFileVariesFastest) {
  // Sorted by name, init.sigma would come first.
  const auto document =
      parse("[sweep]\n\"train.epochs\" = [1, 2]\nseeds = 2\n\"init.sigma\" = [0.5, 1]\n");
  EXPECT_THAT(swept_of(document),
              ElementsAre("train.epochs=1 init.sigma=0.5", "train.epochs=1 init.sigma=1.0",
                          "train.epochs=2 init.sigma=0.5", "train.epochs=2 init.sigma=1.0"));
  EXPECT_EQ(document.cells[2].config.train.epochs, 2);
  EXPECT_EQ(document.cells[2].config.init.sigma, 0.5);
  EXPECT_EQ(document.cells[3].config.sweep.seeds, 2);
}

TEST(Sweep, KeysOfOneAxisMoveTogether) {
  const auto document =
      parse("[sweep]\n\"network.depth,  train.epochs\" = [[2, 1000], [3, 10000]]\n");
  EXPECT_THAT(swept_of(document), ElementsAre("network.depth=2 train.epochs=1000",
                                              "network.depth=3 train.epochs=10000"));
  EXPECT_EQ(document.cells[1].config.network.pathways.at(1).hidden.size(), 2U);
}

TEST(Sweep, WinsOverTheFile) {
  const auto document = parse("[train]\nepochs = 7\n[sweep]\n\"train.epochs\" = [1, 2]\n");
  EXPECT_EQ(document.cells[0].config.train.epochs, 1);
  EXPECT_TRUE(document.notes.empty());
}

TEST(Sweep, TakesStringsListsAndPathways) {
  const auto document = parse(R"(
[sweep]
"network.activation" = ["relu"]
"data.singular_values" = [[2, 1]]
"network.pathway" = [[{hidden=[50]}, {hidden=[50,50]}], [{hidden=[]}]]
)");
  EXPECT_THAT(swept_of(document),
              ElementsAre("network.activation=\"relu\" data.singular_values=[2.0, 1.0] "
                          "network.pathway=[{hidden = [50]}, {hidden = [50, 50]}]",
                          "network.activation=\"relu\" data.singular_values=[2.0, 1.0] "
                          "network.pathway=[{hidden = []}]"));
  EXPECT_EQ(document.cells[0].config.network.pathways.size(), 2U);
  EXPECT_EQ(document.cells[1].config.network.pathways.size(), 1U);
}

struct SweepMistake {
  std::string name;
  std::string text;
  std::string begins;
  std::string contains;
};

const std::vector<SweepMistake> mistakes = {
    {"unknown_key", "[sweep]\n\"network.widht\" = [1]\n",
     "test.toml:2: unknown key network.widht:", "Did you mean network.width?"},
    {"bare_unknown_key", "[sweep]\nseed = 1\n",
     "test.toml:2: unknown key sweep.seed:", "Did you mean sweep.seeds?"},
    {"wrong_type", "[sweep]\n\"network.width\" = [\n1,\n\"x\"]\n",
     "test.toml:4: network.width is the string \"x\",", "an integer from 1 to 1000000000000"},
    {"out_of_range", "[sweep]\n\"network.depth, train.epochs\" = [[1, 5],\n[0, 5]]\n",
     "test.toml:3: network.depth = 0,", "from 1 to 65535"},
    {"ragged_row", "[sweep]\n\"network.depth, train.epochs\" = [[1, 5], [2]]\n",
     "test.toml:2: this axis moves 2 keys together", "list of 2 values, but [2] stands here"},
    {"row_is_no_list", "[sweep]\n\"network.depth, train.epochs\" = [1, 2]\n",
     "test.toml:2: this axis moves 2 keys together", "but 1 stands here"},
    {"no_values", "[sweep]\n\"network.depth\" = []\n",
     "test.toml:2: the axis \"network.depth\" is an empty list,", "a list of the values"},
    {"no_list", "[sweep]\n\"network.depth\" = 3\n",
     "test.toml:2: the axis \"network.depth\" is the integer 3,", "a list of the values"},
    {"two_axes", "[sweep]\n\"init.seed\" = [1]\n\"init.seed, init.sigma\" = [[1, 2]]\n",
     "test.toml:3: init.seed is swept by two axes (the other is at test.toml:2)", "keep one"},
    {"twice_in_one_axis", "[sweep]\n\"init.seed, init.seed\" = [[1, 2]]\n",
     "test.toml:2: init.seed stands twice", "one axis"},
    {"equal_values", "[sweep]\n\"init.sigma\" = [\n0.1,\n1,\n0.10]\n",
     "test.toml:5: entries 1 and 3 of the axis \"init.sigma\" are both 0.1", "take one out"},
    {"equal_rows", "[sweep]\n\"init.seed, init.sigma\" = [[1, 2], [1, 2.0]]\n",
     "test.toml:2: entries 1 and 2", "both [1, 2.0]"},
    {"seeds", "[sweep]\n\"sweep.seeds\" = [1, 2]\n", "test.toml:2: sweep.seeds cannot be swept",
     "seeds = 20"},
    {"unquoted", "[sweep]\nnetwork.depth = [1, 2]\n",
     "test.toml:2: the swept key network.depth is not in quotes", "\"network.depth\" = [...]"},
    {"width_and_tables", "[sweep]\n\"network.width\" = [1]\n[[network.pathway]]\nhidden = [1]\n",
     "test.toml:2: network.width together with network.pathway (test.toml:3)", "keep either"},
    {"width_and_table_axis",
     "[network]\nwidth = 3\n[sweep]\n\"network.pathway\" = [[{hidden = [1]}]]\n",
     "test.toml:2: network.width together with network.pathway (test.toml:4)", "keep either"},
    {"file_in_one_cell", "[sweep]\n\"init.method\" = [\"gaussian\", \"file\"]\n",
     "test.toml:2: init.method = \"file\" needs init.file", "[init]"},
};

class SweepMistakesTest : public testing::TestWithParam<SweepMistake> {};

TEST_P(SweepMistakesTest, AreNamedWithTheirLine) {
  EXPECT_THAT(message_of(GetParam().text),
              AllOf(StartsWith(GetParam().begins), HasSubstr(GetParam().contains)));
}

INSTANTIATE_TEST_SUITE_P(All, SweepMistakesTest, testing::ValuesIn(mistakes),
                         [](const auto& tested) { return tested.param.name; });

TEST(Sweep, RefusesMoreCellsThanFileNamesCanNumber) {
  std::string values = "0";
  for (int i = 1; i < 400; ++i) {
    values += ", " + std::to_string(i);
  }
  EXPECT_THAT(message_of("[sweep]\n\"init.seed\" = [" + values + "]\n\"train.epochs\" = [" +
                         values + "]\n"),
              AllOf(StartsWith("test.toml:3: "), HasSubstr("more than 100000 cells")));
}

}  // namespace
}  // namespace polypath
