#include "polypath/config/key_listing.hpp"
#include "polypath/config/nearest.hpp"

#include "key.hpp"
#include "key_types.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace polypath::config {
namespace {

template <class Enum>
Unused unless(std::string key, Field<Enum> field, Enum needed) {
  return [=](const Settings& settings) {
    const Enum chosen = value_of(field, settings);
    return chosen == needed ? std::string{} : fmt::format("{} = \"{}\"", key, name_of(chosen));
  };
}

Unused unless(Task needed) {
  return unless("data.task", at(&Config::data, &DataConfig::task), needed);
}

Unused unless(InitMethod needed) {
  return unless("init.method", at(&Config::init, &InitConfig::method), needed);
}

std::string weights_from_file(const Settings& settings) {
  return settings.config.init.method == InitMethod::file ? "init.method = \"file\"" : "";
}

std::string not_reduced(const Settings& settings) {
  const InitMethod method = settings.config.init.method;
  return is_reduced(method) ? "" : fmt::format("init.method = \"{}\"", name_of(method));
}

std::string linear(const Settings& settings) {
  return settings.config.network.activation == Activation::linear
             ? "network.activation = \"linear\""
             : "";
}

bool is_positive(double number) { return std::isfinite(number) && number > 0; }
constexpr Index largest_seeds = 10'000'000;

bool is_tolerance(double number) { return number > 0 && number <= 0.1; }
bool is_not_negative(double number) { return std::isfinite(number) && number >= 0; }

std::vector<Key> data_keys() {
  using D = DataConfig;
  const auto d = &Config::data;
  const auto hierarchy = unless(Task::hierarchy);
  const auto random = unless(Task::random);
  return {
      choice("data.task", at(d, &D::task), always, "what is learnt"),
      integer("data.levels", at(d, &D::levels),
              {1, "the root is a level, and the tree must be of a size to be learnt", largest_tree},
              hierarchy, "levels of the tree, the root included"),
      integer(
          "data.branching", at(d, &D::branching),
          {1, "a node has children down to the leaves, no more than can be learnt", largest_tree},
          hierarchy, "children of a node of the tree"),
      integer("data.examples", at(d, &D::examples),
              {1, "there must be something to learn from, and memory for it", largest_count},
              random, "examples of the random task"),
      integer("data.inputs", at(d, &D::inputs),
              {1, "the network needs an input, and memory for it", largest_count}, random,
              "input units of the random task"),
      integer("data.outputs", at(d, &D::outputs),
              {1, "the network needs an output, and memory for it", largest_count}, random,
              "output units of the random task"),
      descending_reals("data.singular_values", at(d, &D::singular_values), random,
                       "singular values of the input-output correlation of the random task"),
      integer("data.seed", at(d, &D::seed), {0, "seeds count up from zero"}, random,
              "seed of the random task"),
      text("data.file", at(d, &D::file), unless(Task::file),
           "HDF5 file with data sets x and y, relative to the folder of the config"),
      boolean("data.whiten", at(d, &D::whiten), always, "whiten x before training"),
      choice("data.correlation", at(d, &D::correlation), always,
             "whether correlations are sums or means over the examples"),
      choice("data.svd", at(d, &D::svd), always,
             "where the SVD of the input-output correlation is made"),
  };
}

std::vector<Key> network_keys() {
  using N = NetworkConfig;
  const auto n = &Config::network;
  return {
      integer("network.pathways", at(&Settings::pathways),
              {1, "random numbers are labelled by a pathway number of 16 bits", largest_pathways},
              always, "parallel pathways from input to output"),
      integer("network.depth", at(&Settings::depth),
              {1,
               "depth counts weight matrices, and random numbers are labelled by a layer number "
               "of 16 bits; depth 1 is one matrix without hidden layers",
               largest_depth},
              always, "weight matrices of each pathway"),
      integer(
          "network.width", at(&Settings::width),
          {1, "a layer without units passes nothing on, and no law holds for more", largest_count},
          always, "units of each hidden layer"),
      choice("network.activation", at(n, &N::activation), always, "nonlinearity of every layer"),
      boolean("network.activation_after_output", at(n, &N::activation_after_output), linear,
              "whether the nonlinearity follows the last layer of a pathway too"),
      boolean("network.bias", at(n, &N::bias), always, "whether layers have biases"),
      pathway_tables("one table per pathway, in place of pathways, depth and width"),
  };
}

std::vector<Key> init_keys() {
  using I = InitConfig;
  const auto i = &Config::init;
  return {
      choice("init.method", at(i, &I::method), always, "where the initial weights come from"),
      choice("init.scheme", at(i, &I::scheme), weights_from_file, "how random weights are scaled"),
      real("init.sigma", at(i, &I::sigma),
           {is_not_negative, "a finite number >= 0", "a standard deviation has no sign"},
           weights_from_file, "standard deviation of the initial weights"),
      integer("init.seed", at(i, &I::seed), {0, "seeds count up from zero"}, weights_from_file,
              "seed of the first member; the next members count up"),
      text("init.file", at(i, &I::file), unless(InitMethod::file),
           "HDF5 file with the initial weights, relative to the folder of the config"),
      real("init.tolerance", at(i, &I::tolerance),
           {is_tolerance, "a number above 0 and at most 0.1",
            "it bounds the error of K, relative to the largest target, of the narrow network"},
           not_reduced, "largest error that replacing the wide network by a narrow one may make"),
  };
}

std::vector<Key> train_keys() {
  using T = TrainConfig;
  const auto t = &Config::train;
  return {
      real("train.learning_rate", at(t, &T::learning_rate),
           {is_positive, "a finite number > 0", "gradient descent needs a step downhill"}, always,
           "step of gradient descent"),
      choice("train.loss", at(t, &T::loss), always, "squared error that is descended"),
      integer("train.epochs", at(t, &T::epochs),
              {0, "training runs forwards, and for less than a lifetime", largest_count}, always,
              "updates of all weights; epoch 0 is the initial state"),
      choice("train.precision", at(&Settings::precision), always,
             "floating-point type of weights and activations"),
  };
}

std::vector<Key> record_keys() {
  using R = RecordConfig;
  const auto r = &Config::record;
  return {
      interval("record.every", at(r, &R::every), always,
               "epochs between records; \"log\": 20 records per decade"),
      choice("record.modes", at(r, &R::modes), always, "the whole matrix K or its diagonal"),
      choice("record.weights", at(r, &R::weights), always, "whether the final weights are kept"),
      choice("record.layers", at(r, &R::layers), always,
             "when each layer's gains (and, with \"all\", its balance) are measured"),
  };
}

std::vector<Key> sweep_keys() {
  return {
      integer("sweep.seeds", at(&Config::sweep, &SweepConfig::seeds),
              {1, "a cell without members computes nothing, and more would not be listed",
               largest_seeds},
              always, "members of every cell, each with its own seed"),
  };
}

std::vector<Key> make_keys() {
  std::vector<Key> keys;
  for (auto&& section :
       {data_keys(), network_keys(), init_keys(), train_keys(), record_keys(), sweep_keys()}) {
    keys.insert(keys.end(), section.begin(), section.end());
  }
  return keys;
}

}  // namespace

const std::vector<Key>& all_keys() {
  static const std::vector<Key> keys = make_keys();
  return keys;
}

const Key* find_key(const std::string& name) {
  for (const auto& key : all_keys()) {
    if (key.name == name) {
      return &key;
    }
  }
  return nullptr;
}

std::vector<std::string> key_names(const std::string& table) {
  std::vector<std::string> names;
  for (const auto& key : all_keys()) {
    if (table.empty() || table_part(key.name) == table) {
      names.push_back(key.name);
    }
  }
  return names;
}

std::vector<std::string> table_names() {
  std::vector<std::string> names;
  for (const auto& key : all_keys()) {
    const std::string table(table_part(key.name));
    if (std::find(names.begin(), names.end(), table) == names.end()) {
      names.push_back(table);
    }
  }
  return names;
}

bool is_short_network_key(const std::string& name) {
  return name == "network.pathways" || name == "network.depth" || name == "network.width";
}

namespace {

bool contains(std::string text, std::string part) {
  const auto lower = [](std::string& word) {
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  };
  lower(text);
  lower(part);
  return text.find(part) != std::string::npos;
}

/// One key as two lines of TOML. What a config could not hold beside the other defaults, or would
/// hold without effect, stands behind a '#'.
std::string listing_of(const Key& key) {
  const Settings defaults;
  const bool other_spelling = key.name == pathway_key;
  const std::string unused = key.unused(defaults);
  return fmt::format("# {}: {}{}\n{}{} = {}\n", key.help, key.expects,
                     unused.empty() ? "" : fmt::format("; no effect with {}", unused),
                     other_spelling || !unused.empty() ? "# " : "", key.name,
                     to_toml(other_spelling ? Value{List{{Table{{"hidden", {List{{Index{50}}}}}}}}}
                                            : key.write(defaults)));
}

}  // namespace

}  // namespace polypath::config

namespace polypath {

std::string key_listing(const std::string& pattern) {
  std::string text;
  std::string table;
  for (const auto& key : config::all_keys()) {
    const std::string listing = config::listing_of(key);
    if (!config::contains(listing, pattern)) {
      continue;
    }
    const std::string its_table(config::table_part(key.name));
    text += its_table != table && !text.empty() ? "\n" : "";
    table = its_table;
    text += listing;
  }
  if (text.empty()) {
    const std::string near = config::nearest(pattern, config::key_names());
    throw UsageError(fmt::format("no key has `{}` in its name or meaning. {}", pattern,
                                 near.empty() ? "`polypath keys` lists all of them"
                                              : fmt::format("Did you mean {}?", near)));
  }
  return text;
}

}  // namespace polypath
