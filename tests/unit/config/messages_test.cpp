#include "parse.hpp"
#include "support/paths.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// A wrong config, and what its message must begin with and contain.
struct Mistake {
  std::string name;
  std::string text;
  std::string begins;
  std::string contains;
};

const std::vector<Mistake> mistakes = {
    {"misspelt_key", "[train]\nlearning_rat = 1\n",
     "test.toml:2: unknown key train.learning_rat:", "Did you mean train.learning_rate?"},
    {"misspelt_table", "\n[training]\nepochs = 1\n",
     "test.toml:2: unknown table [training]:", "Did you mean [train]?"},
    {"wrong_table", "[network]\nsigma = 1\n",
     "test.toml:2: unknown key network.sigma:", "Did you mean init.sigma?"},
    {"key_without_table", "epochs = 5\n",
     "test.toml:1: unknown key epochs:", "Did you mean train.epochs?"},
    {"nothing_near", "[train]\noptimiser = \"adam\"\n", "test.toml:2: unknown key train.optimiser:",
     "The keys of [train] are train.learning_rate, train.loss, train.epochs, train.precision"},
    {"no_table_near", "[optimiser]\nname = 1\n", "test.toml:1: unknown table [optimiser]:",
     "The tables are [data], [network], [init], [train], [record], [sweep]"},
    {"key_in_a_deeper_table", "[train.loss_terms]\na = 1\n",
     "test.toml:1: unknown key train.loss_terms:", "it would have no effect"},
    {"table_as_value", "train = 5\n", "test.toml:1: train is the integer 5,", "write [train]"},
    {"quoted_dotted_key", "\"train.epochs\" = 5\n",
     "test.toml:1: the key \"train.epochs\" is in quotes", "without the quotes"},
    {"wrong_type", "[network]\nwidth = \"wide\"\n",
     "test.toml:2: network.width is the string \"wide\", but an integer from 1 to 1000000000000 is "
     "expected",
     "units of each hidden layer"},
    {"width_zero", "[network]\n\nwidth = 0\n",
     "test.toml:3: network.width = 0, but an integer from 1 to 1000000000000 is expected",
     "passes nothing on"},
    {"width_beyond_64_bits_squared", "[network]\nwidth = 9223372036854775807\n",
     "test.toml:2: network.width = 9223372036854775807, but an integer from 1 to",
     "passes nothing on"},
    {"outputs_without_end", "[data]\noutputs = 9223372036854775807\n",
     "test.toml:2: data.outputs = 9223372036854775807, but an integer from 1 to", "memory"},
    {"list_for_a_number", "[train]\nlearning_rate = [0.1, 0.01]\n",
     "test.toml:2: train.learning_rate is a list, but a finite number > 0 is expected",
     "write \"train.learning_rate\" = [0.1, 0.01] in [sweep]"},
    {"depth_zero", "[network]\ndepth = 0\n",
     "test.toml:2: network.depth = 0, but an integer from 1 to 65535 is expected",
     "depth counts weight matrices"},
    {"too_many_pathways", "[network]\npathways = 65536\n",
     "test.toml:2: network.pathways = 65536, but an integer from 1 to 65535", "16 bits"},
    {"negative_sigma", "[init]\nsigma = -0.5\n",
     "test.toml:2: init.sigma = -0.5, but a finite number >= 0 is expected", "standard deviation"},
    {"infinite_sigma", "[init]\nsigma = inf\n", "test.toml:2: init.sigma = inf,", "finite"},
    {"nan_learning_rate", "[train]\nlearning_rate = nan\n",
     "test.toml:2: train.learning_rate = nan,", "a finite number > 0"},
    {"infinite_singular_value", "[data]\nsingular_values = [inf]\n",
     "test.toml:2: data.singular_values = inf,", "finite"},
    {"no_singular_value", "[data]\nsingular_values = []\n",
     "test.toml:2: data.singular_values = [],", "nothing to learn"},
    {"word_among_singular_values", "[data]\nsingular_values = [\n2,\n\"1\"]\n",
     "test.toml:4: data.singular_values is the string \"1\",", "a list of numbers"},
    {"unknown_choice", "[train]\nloss = \"sum_square\"\n",
     "test.toml:2: train.loss = \"sum_square\",",
     "one of \"sum_squares\", \"half_sum_squares\", \"mean_squares\" is expected (squared error "
     "that "
     "is descended). Did you mean \"sum_squares\"?"},
    {"every_misspelt", "[record]\nevery = \"lgo\"\n", "test.toml:2: record.every = \"lgo\",",
     "Did you mean \"log\"?"},
    {"layers_unknown", "[record]\nlayers = \"some\"\n", "test.toml:2: record.layers = \"some\",",
     "one of \"none\", \"initial\", \"all\" is expected"},
    {"two_spellings", "[network]\nwidth = 5\n[[network.pathway]]\nhidden = [5]\n",
     "test.toml:2: network.width together with network.pathway (test.toml:3)",
     "keep either [[network.pathway]] or pathways, depth and width"},
    {"pathway_key", "[[network.pathway]]\nhiden = [5]\n",
     "test.toml:2: unknown key network.pathway.hiden:", "network.pathway.hidden"},
    {"pathway_without_hidden", "[[network.pathway]]\n",
     "test.toml:1: this pathway has no key hidden", "hidden = [50, 50]"},
    {"pathway_hidden_not_a_list", "[[network.pathway]]\nhidden = 5\n",
     "test.toml:2: network.pathway is the integer 5,", "{hidden = [50, 50]}"},
    {"pathway_width_zero", "[[network.pathway]]\nhidden = [5, 0]\n",
     "test.toml:2: network.pathway = 0,", "passes nothing on"},
    {"no_pathway", "[network]\npathway = []\n", "test.toml:2: network.pathway has 0 pathways,",
     "from 1 to 65535"},
    {"too_many_layers", "[network]\npathways = 60000\ndepth = 60000\n",
     "test.toml:3: the network has 3600000000 weight matrices", "smaller"},
    {"init_file_missing", "[init]\nmethod = \"file\"\n",
     "test.toml:2: init.method = \"file\" needs init.file", "weights.h5"},
    {"init_file_many_seeds", "[init]\nmethod = \"file\"\nfile = \"w.h5\"\n[sweep]\nseeds = 2\n",
     "test.toml:5: sweep.seeds = 2 with init.method = \"file\"", "write seeds = 1"},
    {"data_file_missing", "[data]\ntask = \"file\"\n",
     "test.toml:2: data.task = \"file\" needs data.file", "data.h5"},
    {"syntax", "[train]\nepochs = \n", "test.toml:2: this is not valid TOML", "column"},
    {"twice", "[train]\nepochs = 1\nepochs = 2\n", "test.toml:3: this is not valid TOML", "epochs"},
};

class MessagesTest : public testing::TestWithParam<Mistake> {};

TEST_P(MessagesTest, SaysWhereWhatAndWhatToDo) {
  const std::string message = message_of(GetParam().text);
  EXPECT_THAT(message, AllOf(StartsWith(GetParam().begins), HasSubstr(GetParam().contains)));
  // One screen of 24 lines of 80 characters, with room to spare.
  EXPECT_LT(message.size(), 800U);
  EXPECT_LT(std::count(message.begin(), message.end(), '\n'), 10);
}

INSTANTIATE_TEST_SUITE_P(All, MessagesTest, testing::ValuesIn(mistakes),
                         [](const auto& tested) { return tested.param.name; });

TEST(LoadConfig, SaysThatAFileIsMissing) {
  try {
    const auto document = load_config("no/such.toml");
    FAIL() << "loaded " << document.text;
  } catch (const MissingInput& failure) {
    EXPECT_THAT(failure.what(), StartsWith("no/such.toml: there is no such config file"));
  }
}

TEST(LoadConfig, RefusesAFolder) {
  EXPECT_THROW(static_cast<void>(load_config(source_path("configs").string())), BadData);
}

TEST(LoadConfig, NamesTheFileAndUsesItsFolder) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "polypath_load_config";
  std::filesystem::create_directories(folder);
  const std::string path = (folder / "good.toml").string();
  const std::string text = "[data]\ntask = \"file\"\nfile = \"x.h5\"\n";
  std::ofstream(path) << text;
  const ConfigDocument document = load_config(path);
  EXPECT_EQ(document.text, text);
  EXPECT_EQ(document.cells.at(0).config.data.file, (folder / "x.h5").string());
  std::ofstream(path) << "[data]\nlevel = 3\n";
  try {
    static_cast<void>(load_config(path));
    ADD_FAILURE() << "an unknown key was accepted";
  } catch (const BadData& failure) {
    EXPECT_THAT(failure.what(), AllOf(StartsWith(path + ":2: "), HasSubstr("data.levels?")));
  }
  std::filesystem::remove_all(folder);
}

TEST(Notes, NameTheKeysThatHaveNoEffect) {
  EXPECT_THAT(
      parse("[data]\ntask = \"random\"\nlevels = 3\n[init]\nmethod = \"file\"\nfile = \"w\"\n"
            "scheme = \"scaled\"\nsigma = 1\n")
          .notes,
      ElementsAre(
          "test.toml:3: data.levels is not used with data.task = \"random\"; its value has no "
          "effect",
          "test.toml:7: init.scheme is not used with init.method = \"file\"; its value has no "
          "effect",
          "test.toml:8: init.sigma is not used with init.method = \"file\"; its value has no "
          "effect"));
}

TEST(Notes, AreEmptyWhenEverythingIsUsed) {
  EXPECT_THAT(parse("data.levels = 3\ninit.sigma = 0.1\n").notes, IsEmpty());
}

TEST(Notes, KnowThatACellOfTheSweepUsesTheKey) {
  const std::string axis =
      "network.activation_after_output = true\n[sweep]\n\"network.activation\"";
  EXPECT_THAT(parse(axis + " = [\"linear\", \"relu\"]\n").notes, IsEmpty());
  EXPECT_THAT(parse(axis + " = [\"relu\", \"linear\"]\n").notes, IsEmpty());
  EXPECT_THAT(parse(axis + " = [\"linear\"]\n").notes,
              ElementsAre(HasSubstr("test.toml:1: network.activation_after_output is not used")));
}

TEST(Notes, NameOverridesAndAxes) {
  EXPECT_THAT(parse("[sweep]\n\"data.seed\" = [1, 2]\n", {"data.inputs=3"}).notes,
              ElementsAre(StartsWith("--set data.inputs=3: data.inputs is not used"),
                          StartsWith("test.toml:2: data.seed is not used")));
}

}  // namespace
}  // namespace polypath
