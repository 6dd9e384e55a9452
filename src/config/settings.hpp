#pragma once

#include "polypath/config/config.hpp"

namespace polypath::config {

enum class PrecisionChoice { automatic, float32, float64 };

/// The settings as the keys say them: paths as given, `auto` not resolved, and the network in
/// either of its two spellings. `finished` turns them into a Config.
struct Settings {
  Config config;  ///< train.precision unset; network.pathways set by [[network.pathway]] only
  PrecisionChoice precision = PrecisionChoice::automatic;
  bool has_pathway_tables = false;  ///< [[network.pathway]] stands for the three numbers below
  Index pathways = 2;
  Index depth = 3;
  Index width = 1000;
};

}  // namespace polypath::config
