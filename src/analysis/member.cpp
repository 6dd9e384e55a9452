#include "polypath/analysis/member.hpp"

#include "polypath/analysis/group_blocks.hpp"
#include "polypath/analysis/measures.hpp"
#include "polypath/analysis/member_k.hpp"
#include "polypath/core/linalg.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

namespace polypath::analysis {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

double sum_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

/// Modes [first, first + count) as one: a mode (count 1) or a group.
struct Part {
  std::string prefix;  ///< of the quantities' names
  Index mode = 0;
  Index group = 0;
  Index first = 0;
  Index count = 1;
  double target = 0;
};

class Measurements {
 public:
  void add(const std::string& name, const Part& part, double value, Index pathway = -1,
           Index order = 0) {
    list_.push_back({{part.prefix + name, part.mode, part.group, pathway, order}, value});
  }
  void add_pathways(const std::string& name, const Part& part, const std::vector<double>& values) {
    for (std::size_t a = 0; a < values.size(); ++a) {
      add(name, part, values[a], static_cast<Index>(a));
    }
  }
  std::vector<Measurement> take() { return std::move(list_); }

 private:
  std::vector<Measurement> list_;
};

/// What a mode and the traces of a group have in common.
void measure_part(const MemberK& K, const Part& part, Measurements& out) {
  const auto strength = K.traces(K.last(), part.first, part.count);
  const auto share = shares(strength, part.target);
  const double learned = part.target > 0 ? sum_of(strength) / part.target : undefined;
  const Index won = learned >= learned_from ? winner(share) : -1;
  out.add_pathways(part.mode > 0 ? "strength" : "trace", part, strength);
  out.add_pathways("share", part, share);
  out.add("learned", part, learned);
  out.add("dominance", part, dominance(share));
  out.add("signed_dominance", part, signed_dominance(share));
  out.add("winner", part, won < 0 ? undefined : static_cast<double>(won));
  out.add("participation_ratio", part, participation_ratio(strength));
  out.add("entropy", part, entropy(strength));
  out.add("escape_epoch", part,
          escape_epoch(K.course(part.first, part.count), K.cell().epochs, part.target));
}

bool is_finite(MatrixView<const double> matrix) {
  for (Index r = 0; r < matrix.rows; ++r) {
    if (!std::all_of(matrix.row(r), matrix.row(r) + matrix.columns,
                     [](double value) { return std::isfinite(value); })) {
      return false;
    }
  }
  return true;
}

/// What follows from the group's blocks as matrices. Without them the diagonal is all there is to a
/// group of one.
void measure_blocks(const MemberK& K, const Part& part, Measurements& out) {
  const Index pathways = K.cell().pathways;
  const bool known = !K.cell().diagonal;
  std::vector<MatrixView<const double>> blocks;
  bool finite = known;
  for (Index a = 0; a < pathways && known; ++a) {
    blocks.push_back(K.square(K.last(), a, part.first, part.count));
    finite = finite && is_finite(blocks.back());
  }
  const double target = part.target / static_cast<double>(part.count);
  const GroupBlocks group(finite ? blocks : std::vector<MatrixView<const double>>{}, target);
  const auto list = [&](const char* name, std::vector<double> values, Index a) {
    values.resize(static_cast<std::size_t>(part.count), undefined);
    for (Index i = 0; i < part.count; ++i) {
      out.add(name, part, values[static_cast<std::size_t>(i)], a, i + 1);
    }
  };
  for (Index a = 0; a < pathways; ++a) {
    std::vector<double> singular;
    if (finite) {
      singular = thin_svd(blocks[static_cast<std::size_t>(a)]).S;
    } else if (!known && part.count == 1) {
      singular = {std::abs(K.diagonal(K.last(), a, part.first))};
    }
    list("singular_value", singular, a);
    list("direction_share", group.shares(a), a);
  }
  const bool single = !known && part.count == 1 && target > 0;
  out.add("least_learned", part,
          single ? sum_of(K.of_mode(K.last(), part.first)) / target : group.least_learned());
  out.add("split", part, group.split());
}

std::vector<Part> mode_parts(const CellContents& cell) {
  std::vector<Part> parts;
  for (Index mode = 0; mode < cell.rank; ++mode) {
    parts.push_back({"", mode + 1, cell.group[static_cast<std::size_t>(mode)], mode, 1,
                     cell.target(mode, mode)});
  }
  return parts;
}

std::vector<Part> group_parts(const CellContents& cell) {
  std::vector<Part> parts;
  for (const Part& mode : mode_parts(cell)) {
    if (parts.empty() || parts.back().group != mode.group) {
      parts.push_back({"group_", 0, mode.group, mode.first, 1, mode.target});
    } else {
      ++parts.back().count;
      parts.back().target += mode.target;
    }
  }
  return parts;
}

void add_to(Matrix<double>& total, MatrixView<const double> block) {
  for (Index r = 0; r < block.rows; ++r) {
    double* row = total.view().row(r);
    std::transform(block.row(r), block.row(r) + block.columns, row, row, std::plus<>());
  }
}

/// The sum of the last K_a over the pathways, rank x rank.
Matrix<double> sum_of_pathways(const MemberK& K) {
  const Index rank = K.cell().rank;
  Matrix<double> total(rank, rank);
  for (Index a = 0; a < K.cell().pathways; ++a) {
    add_to(total, K.square(K.last(), a, 0, rank));
  }
  return total;
}

void measure_whole(const MemberK& K, Index member, Measurements& out) {
  const CellContents& cell = K.cell();
  const Part whole{"", 0, -1, 0, cell.rank, 0};
  const std::vector<Index> groups(cell.group.begin(), cell.group.begin() + cell.rank);
  std::vector<Index> modes(groups.size());
  std::iota(modes.begin(), modes.end(), 0);
  for (Index a = 0; a < cell.pathways; ++a) {
    const auto energy = [&](const std::vector<Index>& blocks) {
      return cell.diagonal ? undefined
                           : off_block_energy(K.square(K.last(), a, 0, cell.rank), blocks);
    };
    out.add("off_diagonal_energy", whole, energy(modes), a);
    out.add("off_group_energy", whole, energy(groups), a);
  }
  out.add("sum_off_diagonal_energy", whole,
          cell.diagonal ? undefined : off_block_energy(sum_of_pathways(K).view(), modes));
  const auto outside = cell.read_outside(member);
  out.add_pathways("outside", whole, {outside.end() - cell.pathways, outside.end()});
  const auto m = static_cast<std::size_t>(member);
  out.add("edge_ratio", whole, cell.edge_ratio[m]);
  out.add("not_settled", whole,
          cell.settled[m] == Settled::unknown
              ? undefined
              : static_cast<double>(cell.settled[m] == Settled::no));
}

}  // namespace

std::vector<Measurement> measure_member(const CellContents& cell, Index member) {
  Measurements out;
  if (cell.records() == 0) {
    return {};
  }
  const MemberK K(cell, member);
  for (const Part& mode : mode_parts(cell)) {
    out.add_pathways("initial_strength", mode, K.traces(0, mode.first, 1));
    measure_part(K, mode, out);
  }
  for (const Part& group : group_parts(cell)) {
    measure_part(K, group, out);
    measure_blocks(K, group, out);
  }
  measure_whole(K, member, out);
  return out.take();
}

}  // namespace polypath::analysis
