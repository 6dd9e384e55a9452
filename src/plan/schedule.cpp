#include "polypath/plan/schedule.hpp"

#include <cmath>

namespace polypath {
namespace {

constexpr int log_records_per_decade = 20;

}  // namespace

std::vector<Index> recorded_epochs(Index epochs, Index every) {
  std::vector<Index> recorded{0};
  if (every > 0) {
    for (Index epoch = every; epoch < epochs; epoch += every) {
      recorded.push_back(epoch);
    }
  } else {
    for (int step = 0;; ++step) {
      const double exact = std::pow(10.0, static_cast<double>(step) / log_records_per_decade);
      const auto epoch = static_cast<Index>(std::llround(exact));
      if (epoch >= epochs) {
        break;
      }
      if (epoch > recorded.back()) {
        recorded.push_back(epoch);
      }
    }
  }
  if (epochs > 0) {
    recorded.push_back(epochs);
  }
  return recorded;
}

}  // namespace polypath
