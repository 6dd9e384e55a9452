#pragma once

#include "polypath/record/cell_file.hpp"

#include <cmath>
#include <string>
#include <utility>

namespace polypath::testing {

/// A cell of 4 outputs, 3 inputs (3 modes) and 2 pathways; numbers that are easy to recognise.
inline CellHeader sample_header(Index members, Index records) {
  CellHeader header;
  header.cell = 7;
  header.pathways = 2;
  header.config.resolved = "[network]\nwidth = 10\n# σ = 0.1\n";
  header.config.swept = {{"network.depth", "3"}, {"network.activation", "\"relu\""}};
  header.facts = {{"backend", "cpu"}, {"simd_target", "AVX2"}, {"threads", Index{4}}};
  for (Index m = 0; m < members; ++m) {
    header.seeds.push_back(18446744073709551615U - static_cast<std::uint64_t>(m));
  }
  for (Index r = 0; r < records; ++r) {
    header.epochs.push_back(10 * r);
  }
  Modes& modes = header.modes;
  modes.U = Matrix<double>(4, 3);
  modes.V = Matrix<double>(3, 3);
  modes.target = Matrix<double>(3, 3);
  modes.S = {3.0, 1.0, 1.0};
  modes.group = {0, 1, 1};
  modes.rank = 3;
  for (Index i = 0; i < 3; ++i) {
    modes.U(i, i) = 1.0 / 3.0;
    modes.V(i, i) = -1.0;
    modes.target(i, i) = modes.S[static_cast<std::size_t>(i)];
  }
  return header;
}

/// A number that no other place of the file holds, with a full mantissa.
inline double sample_value(Index member, Index record, Index place) {
  return std::sqrt(2.0 + static_cast<double>(1'000'000 * member + 1000 * record + place));
}

/// Numbers in one record of K.
inline Index K_size(const CellHeader& header) {
  const auto modes = static_cast<Index>(header.modes.S.size());
  const bool diagonal = header.config.config.record.modes == ModesRecorded::diagonal;
  return header.pathways * modes * (diagonal ? 1 : modes);
}

/// Layer quantities of `records` records from `first` on, of two pathways of at most 3 layers.
inline LayerQuantities sample_layers(const CellHeader& header, Index member, Index first,
                                     Index records) {
  const auto modes = static_cast<Index>(header.modes.S.size());
  LayerQuantities result;
  for (Index r = first; r < first + records; ++r) {
    const auto fill = [&](std::vector<double>& values, Index count, double factor) {
      for (Index i = 0; i < count; ++i) {
        values.push_back(factor * sample_value(member, r, i));
      }
    };
    fill(result.gain, 2 * 3 * modes, 1.5);
    fill(result.p, 2 * modes, 2.5);
    fill(result.forward_gain, 2 * 3 * modes, 3.5);
    fill(result.backward_gain, 2 * 3 * modes, 4.5);
    fill(result.balance_drift, 2 * 3, 5.5);
  }
  return result;
}

inline RecordBlock sample_block(const CellHeader& header, Index member, Index first,
                                Index records) {
  RecordBlock block;
  block.member = member;
  block.first_record = first;
  block.records = records;
  for (Index r = first; r < first + records; ++r) {
    block.loss.push_back(-sample_value(member, r, 0));
    for (Index i = 0; i < K_size(header); ++i) {
      block.K.push_back(sample_value(member, r, i));
    }
    for (Index a = 0; a < header.pathways; ++a) {
      block.outside.push_back(sample_value(member, r, a) / 7.0);
    }
  }
  if (header.config.config.record.layers == LayersRecorded::all) {
    block.layers = sample_layers(header, member, first, records);
  }
  return block;
}

}  // namespace polypath::testing
