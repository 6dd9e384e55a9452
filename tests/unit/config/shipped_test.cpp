#include "polypath/config/config.hpp"

#include "support/paths.hpp"

#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

const std::filesystem::path folder = source_path("configs");

ConfigDocument shipped(const std::string& name) { return load_config((folder / name).string()); }

/// Depth and epochs of every cell.
std::vector<std::pair<std::size_t, Index>> cells_of(const ConfigDocument& document) {
  std::vector<std::pair<std::size_t, Index>> cells;
  for (const auto& cell : document.cells) {
    cells.emplace_back(cell.config.network.pathways.at(0).hidden.size() + 1,
                       cell.config.train.epochs);
  }
  return cells;
}

TEST(ShippedConfigs, AllLoadWithoutNotes) {
  int loaded = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    // claims.toml lists what the README there says, for the tests that make it anew; it is no
    // config.
    if (entry.path().extension() == ".toml" && entry.path().filename() != "claims.toml") {
      EXPECT_THAT(load_config(entry.path().string()).notes, IsEmpty()) << entry.path();
      ++loaded;
    }
  }
  EXPECT_GE(loaded, 6);
}

TEST(ShippedConfigs, FiguresHaveThePapersSettings) {
  for (const int figure : {4, 5, 6, 7, 8}) {
    for (const auto& cell : shipped("figure" + std::to_string(figure) + ".toml").cells) {
      const Config& config = cell.config;
      ASSERT_EQ(config.network.pathways.size(), 2U);
      for (const auto& pathway : config.network.pathways) {
        EXPECT_THAT(pathway.hidden, testing::Each(1000));
      }
      EXPECT_EQ(config.data.task, Task::hierarchy);
      EXPECT_EQ(config.init.scheme, InitScheme::fixed);
      EXPECT_EQ(config.init.sigma, 0.01);
      EXPECT_EQ(config.train.learning_rate, 0.01);
      EXPECT_EQ(config.train.loss, Loss::sum_squares);
    }
  }
}

TEST(ShippedConfigs, FiguresHaveThePapersDepthsAndEpochs) {
  EXPECT_THAT(cells_of(shipped("figure4.toml")), ElementsAre(Pair(2, 10)));
  EXPECT_THAT(cells_of(shipped("figure5.toml")),
              ElementsAre(Pair(2, 1000), Pair(3, 10000), Pair(4, 10000), Pair(7, 20000)));
  EXPECT_THAT(cells_of(shipped("figure6.toml")), ElementsAre(Pair(7, 20000)));
  EXPECT_EQ(shipped("figure6.toml").cells.at(0).config.sweep.seeds, 2);
  for (const std::string name : {"figure7.toml", "figure8.toml"}) {
    EXPECT_THAT(cells_of(shipped(name)),
                ElementsAre(Pair(2, 10000), Pair(3, 10000), Pair(4, 20000), Pair(7, 20000)));
  }
  EXPECT_EQ(shipped("figure7.toml").cells.at(0).config.network.activation, Activation::relu);
  EXPECT_EQ(shipped("figure8.toml").cells.at(0).config.network.activation, Activation::tanh);
}

TEST(ShippedConfigs, QuickstartKeepsTheGainOfThePaper) {
  for (const auto& cell : shipped("quickstart.toml").cells) {
    const double width = static_cast<double>(cell.config.network.pathways.at(0).hidden.at(0));
    // Both spellings of g carry four digits.
    EXPECT_NEAR(cell.config.init.sigma * std::sqrt(width), 0.01 * std::sqrt(1000.0), 1e-4);
  }
}

}  // namespace
}  // namespace polypath
