#include "polypath/plan/schedule.hpp"

#include <cmath>

namespace polypath {
namespace {

constexpr int log_records_per_decade = 20;

}  // namespace

Index record_count(Index epochs, Index every) {
  if (every == 0) {
    return static_cast<Index>(recorded_epochs(epochs, every).size());
  }
  return epochs == 0 ? 1 : (epochs - 1) / every + 2;
}

std::vector<Index> recorded_epochs(Index epochs, Index every) {
  std::vector<Index> recorded{0};
  if (every > 0) {
    recorded.reserve(static_cast<std::size_t>(record_count(epochs, every)));
    for (Index epoch = every; epoch < epochs; epoch += every) {
      recorded.push_back(epoch);
    }
  } else {
    for (int step = 0;; ++step) {
      const double exact = std::pow(10.0, static_cast<double>(step) / log_records_per_decade);
      if (exact >= static_cast<double>(epochs)) {
        break;
      }
      const auto epoch = static_cast<Index>(std::llround(exact));
      if (epoch > recorded.back() && epoch < epochs) {
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
