#pragma once

#include "polypath/analysis/cell.hpp"

#include <map>
#include <vector>

namespace polypath::analysis {

/// Every quantity of a cell with its values over the finished members.
struct Samples {
  std::vector<Quantity> quantities;
  std::vector<std::vector<double>> values;  ///< quantity x member

  void add(const std::vector<Measurement>& member);
};

/// Which members have learned what: a mode from learned_from on, a group when every direction of it
/// has got as far (its trace, where K_diagonal alone was recorded).
class LearnedMembers {
 public:
  explicit LearnedMembers(const Samples& samples);

  /// Member by member, whether it learned what the quantity is about; of the whole member: every
  /// mode with a positive target.
  [[nodiscard]] const std::vector<bool>& of(const Quantity& quantity) const;
  /// The values of the members that did.
  [[nodiscard]] std::vector<double> chosen(const Quantity& quantity,
                                           const std::vector<double>& values) const;

 private:
  std::map<Index, std::vector<bool>> modes_;
  std::map<Index, std::vector<bool>> groups_;
  std::vector<bool> every_mode_;
};

/// P(winner) of every pathway; `winners` are the numbers of the pathways, NaN where there is none.
[[nodiscard]] std::vector<WinnerStatistics> count_winners(const Quantity& quantity,
                                                          const std::vector<double>& winners,
                                                          Index pathways);

/// Of all pairs of modes; none of a single pathway.
[[nodiscard]] std::vector<WinnerCorrelation> correlate_winners(const Samples& samples,
                                                               Index pathways);

}  // namespace polypath::analysis
