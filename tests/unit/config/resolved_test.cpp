#include "parse.hpp"

#include <limits>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string everything = R"(
[data]
task = "random"
levels = 5
branching = 3
examples = 5
inputs = 6
outputs = 7
singular_values = [3, 0.1]
seed = 11
file = "a \"b\" \\ \u0001 é.h5"
whiten = true
correlation = "mean"
svd = "host"
[network]
activation = "tanh"
activation_after_output = false
bias = true
[[network.pathway]]
hidden = [4, 5]
[[network.pathway]]
hidden = []
[init]
scheme = "scaled"
sigma = 0.30000000000000004
seed = 12
file = "w.h5"
[train]
learning_rate = 1e-20
loss = "mean_squares"
epochs = 13
precision = "float64"
[record]
every = "log"
modes = "diagonal"
weights = "final"
[sweep]
seeds = 14
)";

TEST(Resolved, ListsEveryKeyInFixedOrderAndSpelling) {
  EXPECT_EQ(
      parse("network = {width = 5, pathways = 2}\ntrain.learning_rate = 1\n").cells[0].resolved,
      R"([data]
task = "hierarchy"
levels = 4
branching = 2
examples = 8
inputs = 8
outputs = 15
singular_values = [1.0]
seed = 1
file = ""
whiten = false
correlation = "sum"
svd = "auto"

[network]
activation = "linear"
activation_after_output = true
bias = false

[[network.pathway]]
hidden = [5, 5]

[[network.pathway]]
hidden = [5, 5]

[init]
method = "gaussian"
scheme = "fixed"
sigma = 0.01
seed = 1
file = ""
tolerance = 0.001

[train]
learning_rate = 1.0
loss = "sum_squares"
epochs = 1000
precision = "float32"

[record]
every = 10
modes = "full"
weights = "none"
layers = "initial"

[sweep]
seeds = 1
)");
}

TEST(Resolved, ParsesBackToItself) {
  for (const std::string& text : {std::string(), everything}) {
    const auto document = parse(text);
    const auto again = parse(document.cells.at(0).resolved);
    EXPECT_EQ(again.cells.at(0).resolved, document.cells.at(0).resolved);
    EXPECT_EQ(again.resolved, document.resolved);
    EXPECT_EQ(document.resolved, document.cells[0].resolved);
  }
}

TEST(Resolved, ParsesBackToTheSameConfig) {
  const Config first = parse(everything).cells.at(0).config;
  const Config again = parse(parse(everything).cells.at(0).resolved).cells.at(0).config;
  EXPECT_EQ(again.data.file, first.data.file);
  EXPECT_EQ(again.data.file, "folder/a \"b\" \\ \x01 é.h5");
  EXPECT_EQ(again.init.file, first.init.file);
  EXPECT_EQ(again.init.sigma, 0.30000000000000004);
  EXPECT_EQ(again.train.learning_rate, 1e-20);
  EXPECT_EQ(again.data.singular_values, first.data.singular_values);
  ASSERT_EQ(again.network.pathways.size(), 2U);
  EXPECT_THAT(again.network.pathways[0].hidden, ElementsAre(4, 5));
  EXPECT_THAT(again.network.pathways[1].hidden, IsEmpty());
  EXPECT_EQ(again.train.precision, Precision::float64);
  EXPECT_EQ(again.record.every, 0);
  EXPECT_EQ(again.sweep.seeds, 14);
}

TEST(Resolved, KeepsTheBitsOfEveryDouble) {
  for (const double sigma :
       {0.1, 1.0 / 3, 1e22, 123456789.0, std::numeric_limits<double>::min(),
        std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::max()}) {
    const auto document = parse(fmt::format("init.sigma = {:.17e}\n", sigma));
    EXPECT_EQ(document.cells[0].config.init.sigma, sigma);
    EXPECT_EQ(parse(document.cells[0].resolved).cells[0].config.init.sigma, sigma);
  }
}

TEST(Resolved, HoldsTheLargestIntegers) {
  const auto document = parse("init.seed = 9223372036854775807\n");
  EXPECT_EQ(document.cells[0].config.init.seed, 9223372036854775807U);
  EXPECT_THAT(document.cells[0].resolved, HasSubstr("seed = 9223372036854775807\n"));
}

TEST(Resolved, OfADocumentKeepsTheSweep) {
  const std::string axes =
      "\"network.depth,train.epochs\" = [[2, 10], [3, 20]]\n\"init.sigma\" = [1, 0.5]\n";
  const auto document = parse("network.width = 4\n[sweep]\n" + axes);
  EXPECT_THAT(document.resolved,
              HasSubstr("seeds = 1\n\"network.depth, train.epochs\" = [[2, 10], [3, 20]]\n"
                        "\"init.sigma\" = [1.0, 0.5]\n"));
  EXPECT_THAT(document.resolved, HasSubstr("width = 4\n"));
  EXPECT_THAT(document.resolved, Not(HasSubstr("[[network.pathway]]")));
  const auto again = parse(document.resolved);
  EXPECT_EQ(again.resolved, document.resolved);
  ASSERT_EQ(again.cells.size(), document.cells.size());
  for (std::size_t i = 0; i < again.cells.size(); ++i) {
    EXPECT_EQ(again.cells[i].resolved, document.cells[i].resolved);
    EXPECT_THAT(again.cells[i].resolved, Not(HasSubstr("network.depth")));
    EXPECT_THAT(again.cells[i].resolved, HasSubstr("[sweep]\nseeds = 1\n"));
  }
}

TEST(Resolved, OfADocumentWithSweptPathwaysAndMethodsParsesBack) {
  const auto document = parse(
      "init.file = \"w.h5\"\n[sweep]\n\"network.pathway\" = [[{hidden = [3]}], [{hidden = []}]]\n"
      "\"init.method\" = [\"gaussian\", \"file\"]\n");
  EXPECT_THAT(document.resolved, HasSubstr("precision = \"auto\""));
  const auto again = parse(document.resolved);
  ASSERT_EQ(again.cells.size(), 4U);
  for (std::size_t i = 0; i < again.cells.size(); ++i) {
    EXPECT_EQ(again.cells[i].resolved, document.cells[i].resolved);
  }
}

TEST(Resolved, IsTheSameForBothSpellingsOfANetwork) {
  const auto numbers = parse("network = {pathways = 1, depth = 3, width = 4}");
  const auto tables = parse("[[network.pathway]]\nhidden = [4, 4]\n");
  EXPECT_EQ(numbers.resolved, tables.resolved);
}

TEST(DifferingKeys, NamesEachKeyAndBothValues) {
  const std::string a = parse("init.sigma = 0.1").resolved;
  const std::string b = parse("train.epochs = 7\n[sweep]\n\"init.seed\" = [1, 2]\n").resolved;
  EXPECT_THAT(differing_keys(a, a), IsEmpty());
  EXPECT_THAT(differing_keys(a, b),
              ElementsAre("init.sigma: here 0.1, there 0.01", "train.epochs: here 1000, there 7",
                          "sweep.\"init.seed\": here not set, there [1, 2]"));
}

TEST(DifferingKeys, SeesPathways) {
  const std::string a = parse("[[network.pathway]]\nhidden = [3]\n").resolved;
  const std::string b =
      parse("[[network.pathway]]\nhidden = [4]\n[[network.pathway]]\nhidden = [3]\n").resolved;
  EXPECT_THAT(differing_keys(a, b),
              ElementsAre("network.pathway[0].hidden: here [3], there [4]",
                          "network.pathway[1].hidden: here not set, there [3]"));
}

// What an earlier version wrote lacks the keys of today, and its run must go on.
TEST(DifferingKeys, AKeyThatATextLacksHasItsDefault) {
  const auto without_layers = [](std::string text) {
    const std::string line = "layers = \"initial\"\n";
    return text.erase(text.find(line), line.size());
  };
  const std::string now = parse("").resolved;
  const std::string other = parse("record.layers = \"all\"").resolved;
  EXPECT_THAT(differing_keys(now, without_layers(now)), IsEmpty());
  EXPECT_THAT(differing_keys(without_layers(now), now), IsEmpty());
  EXPECT_THAT(differing_keys(other, without_layers(now)),
              ElementsAre("record.layers: here \"all\", there \"initial\""));
  EXPECT_THAT(differing_keys(without_layers(now), other),
              ElementsAre("record.layers: here \"initial\", there \"all\""));
}

TEST(SettingsHash, IsFnv1a) {
  EXPECT_EQ(settings_hash(""), "cbf29ce484222325");  // published test vectors
  EXPECT_EQ(settings_hash("a"), "af63dc4c8601ec8c");
  EXPECT_EQ(settings_hash("foobar"), "85944171f73967e8");
}

TEST(ToString, SpellsEnumsAsConfigsDo) {
  EXPECT_EQ(to_string(Precision::float64), "float64");
  EXPECT_EQ(to_string(Activation::relu), "relu");
  EXPECT_EQ(to_string(Loss::half_sum_squares), "half_sum_squares");
  EXPECT_EQ(to_string(Task::hierarchy), "hierarchy");
  EXPECT_EQ(to_string(CorrelationKind::mean), "mean");
  EXPECT_EQ(to_string(InitMethod::gaussian), "gaussian");
  EXPECT_EQ(to_string(InitScheme::orthogonal), "orthogonal");
  EXPECT_EQ(to_string(ModesRecorded::diagonal), "diagonal");
  EXPECT_EQ(to_string(WeightsRecorded::none), "none");
}

}  // namespace
}  // namespace polypath
