#include "polypath/analysis/member_k.hpp"

#include <numeric>

namespace polypath::analysis {

MemberK::MemberK(const CellContents& cell, Index member)
    : cell_(cell),
      strengths_(cell.read_K(member)),
      step_(cell.modes() * (cell.diagonal ? 1 : cell.modes())) {}

const double* MemberK::block(Index record, Index pathway) const {
  return strengths_.data() + (record * cell_.pathways + pathway) * step_;
}

double MemberK::diagonal(Index record, Index pathway, Index mode) const {
  return block(record, pathway)[cell_.diagonal ? mode : mode * (cell_.modes() + 1)];
}

std::vector<double> MemberK::traces(Index record, Index first, Index count) const {
  std::vector<double> result(static_cast<std::size_t>(cell_.pathways), 0.0);
  for (Index a = 0; a < cell_.pathways; ++a) {
    for (Index mode = first; mode < first + count; ++mode) {
      result[static_cast<std::size_t>(a)] += diagonal(record, a, mode);
    }
  }
  return result;
}

std::vector<double> MemberK::course(Index first, Index count) const {
  std::vector<double> result;
  for (Index record = 0; record < cell_.records(); ++record) {
    const auto each = traces(record, first, count);
    result.push_back(std::accumulate(each.begin(), each.end(), 0.0));
  }
  return result;
}

MatrixView<const double> MemberK::square(Index record, Index pathway, Index first,
                                         Index count) const {
  const Index modes = cell_.modes();
  return {block(record, pathway) + first * (modes + 1), count, count, modes};
}

}  // namespace polypath::analysis
