#pragma once

#include "kernels/functor/host_device.hpp"
#include "polypath/core/types.hpp"

#include <cmath>

namespace polypath {

/// The nonlinearity f and its derivative in terms of its own output y = f(x), one real number at a
/// time. NaN passes through f, so that a member that diverged cannot look healthy.
template <Activation>
struct ActivationFunction;

template <>
struct ActivationFunction<Activation::linear> {
  template <class T>
  POLYPATH_HOST_DEVICE static T value(T x) {
    return x;
  }
  template <class T>
  POLYPATH_HOST_DEVICE static T derivative_from_output(T) {
    return T(1);
  }
};

template <>
struct ActivationFunction<Activation::tanh> {
  template <class T>
  POLYPATH_HOST_DEVICE static T value(T x) {
    return std::tanh(x);
  }
  template <class T>
  POLYPATH_HOST_DEVICE static T derivative_from_output(T y) {
    return T(1) - y * y;
  }
};

template <>
struct ActivationFunction<Activation::relu> {
  template <class T>
  POLYPATH_HOST_DEVICE static T value(T x) {
    return x <= T(0) ? T(0) : x;  // not x > 0 ? x : 0, which would turn NaN into 0
  }
  template <class T>
  POLYPATH_HOST_DEVICE static T derivative_from_output(T y) {
    return y > T(0) ? T(1) : T(0);
  }
};

/// Calls visitor(ActivationFunction<A>{}) for the A that `activation` names, and returns what it
/// returns: one choice outside the loop instead of one per element.
template <class Visitor>
decltype(auto) visit_activation(Activation activation, Visitor&& visitor) {
  switch (activation) {
    case Activation::tanh:
      return visitor(ActivationFunction<Activation::tanh>{});
    case Activation::relu:
      return visitor(ActivationFunction<Activation::relu>{});
    case Activation::linear:
      break;
  }
  return visitor(ActivationFunction<Activation::linear>{});
}

}  // namespace polypath
