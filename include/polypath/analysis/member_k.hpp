#pragma once

#include "polypath/core/matrix.hpp"
#include "polypath/record/cell_reader.hpp"

#include <vector>

namespace polypath::analysis {

/// One member's recorded K_a (U^T Omega_a V, not divided by gains), all records in memory, and
/// where in it a number is. Records, pathways and modes count from 0. Whether the file holds all of
/// K or the diagonal alone makes no difference but to `square`. `cell` must outlive this object.
class MemberK {
 public:
  /// Reads the file; throws as read_cell.
  MemberK(const CellContents& cell, Index member);

  [[nodiscard]] double diagonal(Index record, Index pathway, Index mode) const;
  /// The sum of the diagonal over modes [first, first + count), one number per pathway.
  [[nodiscard]] std::vector<double> traces(Index record, Index first, Index count) const;
  /// K_a of one mode, one number per pathway.
  [[nodiscard]] std::vector<double> of_mode(Index record, Index mode) const {
    return traces(record, mode, 1);
  }
  /// The sum of `traces` over the pathways, at every record.
  [[nodiscard]] std::vector<double> course(Index first, Index count) const;
  /// The part of K_a that belongs to modes [first, first + count); not where the diagonal alone was
  /// recorded.
  [[nodiscard]] MatrixView<const double> square(Index record, Index pathway, Index first,
                                                Index count) const;

  [[nodiscard]] const CellContents& cell() const { return cell_; }
  [[nodiscard]] Index last() const { return cell_.records() - 1; }

 private:
  [[nodiscard]] const double* block(Index record, Index pathway) const;

  const CellContents& cell_;
  std::vector<double> strengths_;
  Index step_;
};

}  // namespace polypath::analysis
