#pragma once

#include "polypath/backend/normal_products.hpp"

#include <cuda_runtime.h>

namespace polypath::cuda {

/// Which index of Z is summed over: its columns (directions Z^T) or its rows (directions Z).
enum class ProductForm { times, transposed };

/// How many directions one launch takes: it makes Z once for all of them.
inline constexpr Index most_directions = 64;

/// One launch: `count` directions (count x inner, dense) times a Z with `inner` summed and
/// `outputs` kept. `sums` holds `parts` matrices count x outputs, the sums over one part of the
/// inner length each.
struct NormalProduct {
  NormalRows Z;
  Index inner;
  Index outputs;
  const double* directions;
  Index count;
  Index part_length;  ///< of the inner length, a multiple of 16
  Index parts;
  double* sums;
};

/// The product's sizes and parts; the pointers are left to the caller. The parts follow from the
/// sizes alone, so that the bits do not depend on the card.
[[nodiscard]] NormalProduct plan_product(const NormalRows& Z, ProductForm form, Index count);

/// Makes Z tile by tile in shared memory, multiplies, and fills `sums`; count <= most_directions,
/// nothing empty.
[[nodiscard]] cudaError_t launch_normal_product(cudaStream_t stream, ProductForm form,
                                                const NormalProduct& product);

/// result (entries) = the sum of `parts` arrays of as many entries, in order.
[[nodiscard]] cudaError_t launch_sum_parts(cudaStream_t stream, const double* sums, Index parts,
                                           Index entries, double* result);

}  // namespace polypath::cuda
