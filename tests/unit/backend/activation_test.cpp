#include "kernels/functor/activation.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace polypath {
namespace {

constexpr Activation every_activation[] = {Activation::linear, Activation::tanh, Activation::relu};

TEST(Activation, ValuesAreTheFunctions) {
  using Linear = ActivationFunction<Activation::linear>;
  using Tanh = ActivationFunction<Activation::tanh>;
  using Relu = ActivationFunction<Activation::relu>;
  for (const double x : {-3.0, -0.25, 0.0, 0.5, 30.0}) {
    EXPECT_EQ(Linear::value(x), x);
    EXPECT_EQ(Tanh::value(x), std::tanh(x));
    EXPECT_EQ(Relu::value(x), std::max(x, 0.0));
    EXPECT_EQ(Relu::value(static_cast<float>(x)), std::max(static_cast<float>(x), 0.0F));
  }
}

TEST(Activation, DerivativeFromOutputIsTheSlope) {
  // Central differences: error h^2 |f'''| / 6 <= h^2 / 3 for tanh, and rounding eps / h.
  constexpr double h = 1e-5;
  const double bound = h * h + 4 * std::numeric_limits<double>::epsilon() / h;
  for (const Activation activation : every_activation) {
    visit_activation(activation, [&](auto f) {
      for (const double x : {-2.0, -0.3, 0.7, 1.9}) {
        const double slope = (f.value(x + h) - f.value(x - h)) / (2 * h);
        EXPECT_NEAR(f.derivative_from_output(f.value(x)), slope, bound);
      }
    });
  }
}

TEST(Activation, TheReluHasNoSlopeAtItsKink) {
  EXPECT_EQ(ActivationFunction<Activation::relu>::derivative_from_output(0.0), 0.0);
  EXPECT_EQ(ActivationFunction<Activation::relu>::derivative_from_output(-0.0F), 0.0F);
}

TEST(Activation, NotANumberIsNotHidden) {
  for (const Activation activation : every_activation) {
    visit_activation(activation, [](auto f) {
      EXPECT_TRUE(std::isnan(f.value(std::numeric_limits<double>::quiet_NaN())));
      EXPECT_TRUE(std::isnan(f.value(std::numeric_limits<float>::quiet_NaN())));
    });
  }
}

}  // namespace
}  // namespace polypath
