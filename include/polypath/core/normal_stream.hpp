#pragma once

#include <cstdint>

namespace polypath {

/// Names one matrix of independent standard normals. Element (row, column) is a pure function of
/// these and of its position: Philox4x32-10 with counter (column / 4, row, seed low, seed high) and
/// key (pathway << 16 | layer, tag). Its float32 bits are the same on every CPU and GPU.
struct NormalStream {
  std::uint64_t seed = 0;
  std::uint32_t pathway = 0;  ///< from 0, below 65536
  std::uint32_t layer = 0;    ///< from 1, below 65536
  std::uint32_t tag = 0;      ///< separates uses: 0 weights, 1 random data
};

}  // namespace polypath
