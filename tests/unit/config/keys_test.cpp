#include "parse.hpp"
#include "src/config/key.hpp"

#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// A key with its default, another value, a value of the wrong type and, where there is a range,
/// one outside it (all TOML).
struct KeyCase {
  std::string key;
  std::string by_default;
  std::string other;
  std::string wrong_type;
  std::string out_of_range;
};

const std::vector<KeyCase> cases = {
    {"data.task", R"("hierarchy")", R"("random")", "3", R"("tree")"},
    {"data.levels", "4", "1", "4.0", "0"},
    {"data.branching", "2", "1", R"("two")", "0"},
    {"data.examples", "8", "1", "true", "0"},
    {"data.inputs", "8", "1", "[8]", "-8"},
    {"data.outputs", "15", "1", "1.5", "0"},
    {"data.singular_values", "[1.0]", "[3.5, 1.0, 0.0]", "1.0", "[1.0, 2.0]"},
    {"data.seed", "1", "0", "1.0", "-1"},
    {"data.file", R"("")", R"("x.h5")", "1", ""},
    {"data.whiten", "false", "true", "1", ""},
    {"data.correlation", R"("sum")", R"("mean")", "false", R"("average")"},
    {"data.svd", R"("auto")", R"("device")", "1", R"("gpu")"},
    {"network.pathways", "2", "65535", "2.0", "65536"},
    {"network.depth", "3", "1", R"("3")", "0"},
    {"network.width", "1000", "1", R"("wide")", "0"},
    {"network.activation", R"("linear")", R"("relu")", "0", R"("sigmoid")"},
    {"network.activation_after_output", "true", "false", R"("yes")", ""},
    {"network.bias", "false", "true", "0", ""},
    {"network.pathway", "", "[{hidden = [5]}, {hidden = []}]", "3", "[]"},
    {"init.method", R"("gaussian")", R"("file")", "1", R"("normal")"},
    {"init.scheme", R"("fixed")", R"("orthogonal")", "1979-05-27", R"("xavier")"},
    {"init.sigma", "0.01", "0.0", R"("small")", "-0.01"},
    {"init.seed", "1", "0", "1.5", "-1"},
    {"init.file", R"("")", R"("w.h5")", "true", ""},
    {"init.tolerance", "0.001", "0.05", R"("tight")", "0.0"},
    {"train.learning_rate", "0.01", "1e-05", "[0.1]", "0.0"},
    {"train.loss", R"("sum_squares")", R"("mean_squares")", "2", R"("mse")"},
    {"train.epochs", "1000", "0", "1e3", "-1"},
    {"train.precision", R"("auto")", R"("float64")", "64", R"("double")"},
    {"record.every", "10", R"("log")", "2.5", "0"},
    {"record.modes", R"("full")", R"("diagonal")", "1", R"("all")"},
    {"record.weights", R"("none")", R"("final")", "false", R"("all")"},
    {"record.layers", R"("initial")", R"("all")", "true", R"("some")"},
    {"sweep.seeds", "1", "20", R"("many")", "0"},
};

/// The assignment, in that line of a text.
std::string assignment(int line, const std::string& key, const std::string& value) {
  return fmt::format("{:\n>{}}{} = {}\n", "", line - 1, key, value);
}

class KeysTest : public testing::TestWithParam<KeyCase> {
 protected:
  const config::Key& key() const { return *config::find_key(GetParam().key); }
  /// What the settings hold after the value was read.
  std::string read(const std::string& value) const {
    const auto cells = parse(fmt::format("[sweep]\n\"{}\" = [{}]\n", GetParam().key, value)).cells;
    return cells.at(0).swept.at(0).value;
  }
};

TEST_P(KeysTest, HasTheDocumentedDefault) {
  if (GetParam().key != config::pathway_key) {
    EXPECT_EQ(to_toml(key().write(config::Settings{})), GetParam().by_default);
  }
}

TEST_P(KeysTest, TakesAnotherValue) {
  if (GetParam().key == "sweep.seeds") {
    EXPECT_EQ(only_cell("sweep.seeds = 20").sweep.seeds, 20);
  } else if (GetParam().key == "init.method") {
    EXPECT_EQ(only_cell("init = {method = \"file\", file = \"w.h5\"}").init.method,
              InitMethod::file);
  } else {
    EXPECT_EQ(read(GetParam().other), GetParam().key == config::pathway_key
                                          ? "[{hidden = [5]}, {hidden = []}]"
                                          : GetParam().other);
  }
}

TEST_P(KeysTest, RefusesAnotherType) {
  const std::string message = message_of(assignment(2, GetParam().key, GetParam().wrong_type));
  EXPECT_THAT(message, StartsWith(fmt::format("test.toml:2: {} is ", GetParam().key)));
  EXPECT_THAT(message,
              HasSubstr(fmt::format("but {} is expected ({})", key().expects, key().help)));
}

TEST_P(KeysTest, RefusesWhatIsOutOfRange) {
  if (!GetParam().out_of_range.empty()) {
    const std::string message = message_of(assignment(3, GetParam().key, GetParam().out_of_range));
    EXPECT_THAT(message, StartsWith("test.toml:3: " + GetParam().key));
  }
}

INSTANTIATE_TEST_SUITE_P(All, KeysTest, testing::ValuesIn(cases), [](const auto& tested) {
  std::string name = tested.param.key;
  name[name.find('.')] = '_';
  return name;
});

TEST(KeyTable, HasACaseForEveryKey) {
  std::set<std::string> tested;
  for (const auto& item : cases) {
    tested.insert(item.key);
  }
  const auto names = config::key_names();
  EXPECT_EQ(tested, std::set<std::string>(names.begin(), names.end()));
  EXPECT_THAT(config::table_names(),
              ElementsAre("data", "network", "init", "train", "record", "sweep"));
}

TEST(Config, AnEmptyFileGivesTheDefaultsOfTheStructs) {
  const Config config = only_cell("");
  const Config structs;
  ASSERT_EQ(config.network.pathways.size(), structs.network.pathways.size());
  for (std::size_t a = 0; a < config.network.pathways.size(); ++a) {
    EXPECT_EQ(config.network.pathways[a].hidden, structs.network.pathways[a].hidden);
  }
  EXPECT_EQ(config.train.precision, structs.train.precision);
  EXPECT_EQ(config.data.file, "");
}

TEST(Config, EveryTableReachesItsStruct) {
  const Config config = only_cell(R"(
[data]
task = "random"
examples = 5
inputs = 6
outputs = 7
singular_values = [3, 2.5]
seed = 11
whiten = true
correlation = "mean"
[network]
pathways = 3
depth = 2
width = 9
activation = "tanh"
activation_after_output = false
bias = true
[init]
scheme = "scaled"
sigma = 1
seed = 12
[train]
learning_rate = 0.5
loss = "half_sum_squares"
epochs = 13
precision = "float64"
[record]
every = "log"
modes = "diagonal"
weights = "final"
layers = "none"
[sweep]
seeds = 14
)");
  EXPECT_EQ(config.data.task, Task::random);
  EXPECT_EQ(config.data.examples, 5);
  EXPECT_EQ(config.data.inputs, 6);
  EXPECT_EQ(config.data.outputs, 7);
  EXPECT_THAT(config.data.singular_values, ElementsAre(3.0, 2.5));
  EXPECT_EQ(config.data.seed, 11);
  EXPECT_TRUE(config.data.whiten);
  EXPECT_EQ(config.data.correlation, CorrelationKind::mean);
  ASSERT_EQ(config.network.pathways.size(), 3);
  EXPECT_THAT(config.network.pathways[2].hidden, ElementsAre(9));
  EXPECT_EQ(config.network.activation, Activation::tanh);
  EXPECT_FALSE(config.network.activation_after_output);
  EXPECT_TRUE(config.network.bias);
  EXPECT_EQ(config.init.scheme, InitScheme::scaled);
  EXPECT_EQ(config.init.sigma, 1.0);
  EXPECT_EQ(config.init.seed, 12);
  EXPECT_EQ(config.train.learning_rate, 0.5);
  EXPECT_EQ(config.train.loss, Loss::half_sum_squares);
  EXPECT_EQ(config.train.epochs, 13);
  EXPECT_EQ(config.train.precision, Precision::float64);
  EXPECT_EQ(config.record.every, 0);
  EXPECT_EQ(config.record.modes, ModesRecorded::diagonal);
  EXPECT_EQ(config.record.weights, WeightsRecorded::final);
  EXPECT_EQ(config.record.layers, LayersRecorded::none);
  EXPECT_EQ(config.sweep.seeds, 14);
}

TEST(Config, PathwayTablesGiveEachPathwayItsLayers) {
  const Config config =
      only_cell("[[network.pathway]]\nhidden = [25, 18, 30]\n[[network.pathway]]\nhidden = []\n");
  ASSERT_EQ(config.network.pathways.size(), 2);
  EXPECT_THAT(config.network.pathways[0].hidden, ElementsAre(25, 18, 30));
  EXPECT_THAT(config.network.pathways[1].hidden, ElementsAre());
}

TEST(Config, DepthOneHasNoHiddenLayer) {
  EXPECT_TRUE(only_cell("network.depth = 1").network.pathways.at(0).hidden.empty());
}

TEST(Config, RelativePathsCountFromTheFolderOfTheConfig) {
  const Config config = only_cell(
      "data = {task = \"file\", file = \"sub/x.h5\"}\ninit = {method = \"file\", file = "
      "\"/w.h5\"}");
  EXPECT_EQ(config.data.file, "folder/sub/x.h5");
  EXPECT_EQ(config.init.file, "/w.h5");
}

}  // namespace
}  // namespace polypath
