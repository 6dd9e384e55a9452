#include "src/backend/cpu/kernels.hpp"
#include "src/backend/cpu/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "src/backend/cpu/pointwise_kernel.cpp"
// foreach_target.h must stand before everything that it compiles again for each target.
// clang-format off
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on
#include "hwy/contrib/math/math-inl.h"
#include "src/backend/cpu/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace polypath::cpu::HWY_NAMESPACE {

/// f(x). ReLU hands NaN on, so that a member that diverged is seen to have diverged.
template <Activation activation, class T>
HWY_INLINE Vector<T> activated(Vector<T> x) {
  const Tag<T> tag;
  if constexpr (activation == Activation::tanh) {
    return hn::Tanh(tag, x);
  } else if constexpr (activation == Activation::relu) {
    return hn::IfThenElse(hn::Le(x, hn::Zero(tag)), hn::Zero(tag), x);
  } else {
    return x;
  }
}

/// gradient f'(x) with y = f(x).
template <Activation activation, class T>
HWY_INLINE Vector<T> derived(Vector<T> gradient, Vector<T> y) {
  const Tag<T> tag;
  if constexpr (activation == Activation::tanh) {
    return hn::Mul(gradient, hn::NegMulAdd(y, y, hn::Set(tag, T(1))));
  } else if constexpr (activation == Activation::relu) {
    return hn::IfThenElseZero(hn::Gt(y, hn::Zero(tag)), gradient);
  } else {
    return gradient;
  }
}

template <bool whole, Activation activation, class T>
HWY_INLINE void activate_step(const T* sums, const T* bias, T* output, Index count) {
  auto x = load<whole>(sums, count);
  if (bias != nullptr) {
    x = hn::Add(x, load<whole>(bias, count));
  }
  store<whole>(activated<activation, T>(x), output, count);
}

template <Activation activation, class T>
void activate_matrix(MatrixView<const T> sums, const T* bias, MatrixView<T> output) {
  for (Index e = 0; e < sums.rows; ++e) {
    Index c = 0;
    for (; c + lanes<T> <= sums.columns; c += lanes<T>) {
      activate_step<true, activation>(sums.row(e) + c, bias == nullptr ? nullptr : bias + c,
                                      output.row(e) + c, lanes<T>);
    }
    if (c < sums.columns) {
      activate_step<false, activation>(sums.row(e) + c, bias == nullptr ? nullptr : bias + c,
                                       output.row(e) + c, sums.columns - c);
    }
  }
}

template <bool whole, Activation activation, class T>
HWY_INLINE void derive_step(const T* sums, const T* output, Vector<T> scale, T* result,
                            Index count) {
  const auto gradient = hn::Mul(scale, load<whole>(sums, count));
  store<whole>(derived<activation, T>(gradient, load<whole>(output, count)), result, count);
}

template <Activation activation, class T>
void derive_matrix(MatrixView<const T> sums, MatrixView<const T> output, T scale,
                   MatrixView<T> result) {
  const auto factor = hn::Set(Tag<T>(), scale);
  for (Index e = 0; e < sums.rows; ++e) {
    Index c = 0;
    for (; c + lanes<T> <= sums.columns; c += lanes<T>) {
      derive_step<true, activation, T>(sums.row(e) + c, output.row(e) + c, factor,
                                       result.row(e) + c, lanes<T>);
    }
    if (c < sums.columns) {
      derive_step<false, activation, T>(sums.row(e) + c, output.row(e) + c, factor,
                                        result.row(e) + c, sums.columns - c);
    }
  }
}

template <class T>
void activate(MatrixView<const T> sums, const T* bias, Activation activation,
              MatrixView<T> output) {
  switch (activation) {
    case Activation::linear:
      return activate_matrix<Activation::linear, T>(sums, bias, output);
    case Activation::tanh:
      return activate_matrix<Activation::tanh, T>(sums, bias, output);
    case Activation::relu:
      return activate_matrix<Activation::relu, T>(sums, bias, output);
  }
}

template <class T>
void derive(MatrixView<const T> sums, MatrixView<const T> output, Activation activation, T scale,
            MatrixView<T> result) {
  switch (activation) {
    case Activation::linear:
      return derive_matrix<Activation::linear, T>(sums, output, scale, result);
    case Activation::tanh:
      return derive_matrix<Activation::tanh, T>(sums, output, scale, result);
    case Activation::relu:
      return derive_matrix<Activation::relu, T>(sums, output, scale, result);
  }
}

void set_pointwise(SimdKernels& kernels) {
  kernels.float32.activate = &activate<float>;
  kernels.float64.activate = &activate<double>;
  kernels.float32.derive = &derive<float>;
  kernels.float64.derive = &derive<double>;
}

}  // namespace polypath::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace polypath::cpu {

void set_pointwise_kernels(std::int64_t target, SimdKernels& kernels) {
  POLYPATH_TARGET_TABLE(set_pointwise)[table_slot(target)](kernels);
}

}  // namespace polypath::cpu
#endif
