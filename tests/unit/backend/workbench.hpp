#pragma once

#include "polypath/backend/backend.hpp"

#include "unit/backend/backend_cases.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace polypath::testing {

/// Rows, columns and number of matrices of an operand. `shared`: one matrix repeated (stride 0).
struct Shape {
  Index rows = 0;
  Index columns = 0;
  Index count = 1;
  bool shared = false;
};

/// How matrices lie in memory: `tight` has no gaps; `padded` has a leading dimension above the
/// columns, gaps between the matrices, and starts off any alignment.
enum class Layout { tight, padded };

/// The two sides of a comparison; `Real` is what the side computes in.
template <class T>
struct Tested {
  using Real = T;
};
struct Reference {
  using Real = double;
};

/// An array in backend memory with values of the host.
template <class V>
class DeviceArray {
 public:
  DeviceArray(Backend& backend, const std::vector<V>& values)
      : backend_(&backend),
        size_(values.size()),
        buffer_(backend, static_cast<Index>(values.size() * sizeof(V))) {
    backend.upload(buffer_.data(), values.data(), buffer_.bytes());
  }
  [[nodiscard]] V* data() const { return reinterpret_cast<V*>(buffer_.data()); }
  [[nodiscard]] std::vector<V> values() const {
    std::vector<V> host(size_);
    backend_->download(host.data(), buffer_.data(), buffer_.bytes());
    return host;
  }

 private:
  Backend* backend_;
  std::size_t size_;
  Buffer buffer_;
};

/// A batch that lies in the memory of both sides with the same numbers, all exact in float32. Gaps
/// hold a canary.
template <class T>
class Operand {
 public:
  static constexpr double canary = -12345.0;

  Operand(Backend& tested, Backend& reference, Shape shape, Layout layout,
          const std::function<double()>& draw)
      : shape_(shape),
        leading_dimension_(shape.columns + (layout == Layout::padded ? 5 : 0)),
        offset_(layout == Layout::padded ? 3 : 0),
        stride_(shape.shared ? 0 : shape.rows * leading_dimension_ + 2 * offset_),
        initial_(make_initial(draw)),
        tested_(tested, std::vector<T>(initial_.begin(), initial_.end())),
        reference_(reference, initial_) {}

  [[nodiscard]] BatchView<T> on(Tested<T>) const { return view(tested_.data()); }
  [[nodiscard]] BatchView<double> on(Reference) const { return view(reference_.data()); }

  /// Elements agree to `tolerance` (max-norm; NaN and infinity must match), gaps are untouched.
  void expect_close(double tolerance) const {
    const std::vector<T> tested = tested_.values();
    const std::vector<double> expected = reference_.values();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto found = static_cast<double>(tested[i]);
      const bool same = found == expected[i] || (std::isnan(found) && std::isnan(expected[i]));
      const bool close = std::abs(found - expected[i]) <= (is_element(i) ? tolerance : 0.0);
      ASSERT_TRUE(same || close) << (is_element(i) ? "element" : "gap") << " at offset " << i
                                 << " of " << shape_.rows << " x " << shape_.columns << ": "
                                 << found << ", expected " << expected[i] << " to " << tolerance;
      ASSERT_TRUE(is_element(i) || expected[i] == canary) << "reference wrote into a gap";
    }
  }

  /// Both sides hold what they held at first.
  void expect_unchanged() const {
    const std::vector<T> tested = tested_.values();
    ASSERT_EQ(std::vector<double>(tested.begin(), tested.end()), initial_);
    ASSERT_EQ(reference_.values(), initial_);
  }

  [[nodiscard]] std::vector<T> tested_values() const { return tested_.values(); }

 private:
  [[nodiscard]] Index stored_count() const { return shape_.shared ? 1 : shape_.count; }

  [[nodiscard]] bool is_element(std::size_t position) const {
    const Index at = static_cast<Index>(position) - offset_;
    const Index matrix = shape_.shared || stride_ == 0 ? 0 : at / stride_;
    const Index within = at - matrix * stride_;
    return at >= 0 && leading_dimension_ > 0 && matrix < stored_count() &&
           within / leading_dimension_ < shape_.rows &&
           within % leading_dimension_ < shape_.columns;
  }

  [[nodiscard]] std::vector<double> make_initial(const std::function<double()>& draw) const {
    const Index used = shape_.rows * leading_dimension_ + 2 * offset_;
    std::vector<double> values(static_cast<std::size_t>(used * stored_count() + offset_), canary);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (is_element(i)) {
        values[i] = draw();
      }
    }
    return values;
  }

  template <class V>
  [[nodiscard]] BatchView<V> view(V* data) const {
    return {data + offset_, shape_.rows, shape_.columns, leading_dimension_, shape_.count, stride_};
  }

  Shape shape_;
  Index leading_dimension_;
  Index offset_;
  Index stride_;
  std::vector<double> initial_;
  DeviceArray<T> tested_;
  DeviceArray<double> reference_;
};

/// The three operands of a LowRank.
template <class T>
struct LowRankOperand {
  Operand<T> left;
  Operand<T> right;
  Operand<T> scratch;
  double scale;

  template <class Side>
  [[nodiscard]] auto on(Side side) const {
    using Real = typename Side::Real;
    return LowRank<Real>{left.on(side), right.on(side), static_cast<Real>(scale), scratch.on(side)};
  }
  void expect_unchanged() const {
    left.expect_unchanged();
    right.expect_unchanged();
  }
};

/// A tested backend beside the reference, and operands for both.
template <class T>
class Workbench {
 public:
  explicit Workbench(const BackendCase& one, Layout layout = Layout::padded)
      : tested_(one.make()), reference_(make_reference_backend()), layout_(layout) {}

  [[nodiscard]] Backend& backend(Tested<T>) const { return *tested_; }
  [[nodiscard]] Backend& backend(Reference) const { return *reference_; }

  [[nodiscard]] Operand<T> random(Shape shape) {
    // Multiples of 2^-20 in [-1, 1], every eighth an exact 0 (where ReLU has its kink).
    return filled(shape, [this] {
      return random_() % 8 == 0 ? 0.0 : std::ldexp(static_cast<double>(steps_(random_)), -20);
    });
  }
  [[nodiscard]] Operand<T> constant(Shape shape, double value) {
    return filled(shape, [value] { return value; });
  }
  [[nodiscard]] Operand<T> filled(Shape shape, const std::function<double()>& draw) {
    return Operand<T>(*tested_, *reference_, shape, layout_, draw);
  }
  /// `rank` pending rows for `count` weights of outputs x inputs.
  [[nodiscard]] LowRankOperand<T> low_rank(Index rank, Index outputs, Index inputs, Index count,
                                           Index examples = 1) {
    return {random({rank, outputs, count}), random({rank, inputs, count}),
            constant({examples, rank, count}, 0.0), -0.375};
  }

  /// Calls body(operations, side) on either side.
  template <class Body>
  void on_both(const Body& body) {
    body(tested_->operations(T(0)), Tested<T>{});
    body(reference_->operations(0.0), Reference{});
    tested_->synchronise();
  }

 private:
  std::unique_ptr<Backend> tested_;
  std::unique_ptr<Backend> reference_;
  Layout layout_;
  std::mt19937 random_{20220531};
  std::uniform_int_distribution<int> steps_{-(1 << 20), 1 << 20};
};

/// What rounding in T may add to a sum of `terms` products of numbers of size 1: a product or a
/// partial sum is at most `terms`, each rounded by half an epsilon, and the errors of a blocked or
/// sequential sum walk randomly; 4 covers the reference's own share and a tanh of a few ulp.
template <class T>
[[nodiscard]] double tolerance(Index terms) {
  return 4.0 * std::numeric_limits<T>::epsilon() * static_cast<double>(terms + 4);
}

class Conformance : public ::testing::TestWithParam<BackendCase> {
 protected:
  /// Calls body(case, T()) in the precision of the case.
  template <class Body>
  void in_precision(const Body& body) {
    if (GetParam().precision == Precision::float32) {
      body(GetParam(), 0.0F);
    } else {
      body(GetParam(), 0.0);
    }
  }
};

/// The test name of a case, for INSTANTIATE_TEST_SUITE_P.
inline std::string case_name(const ::testing::TestParamInfo<BackendCase>& info) {
  return info.param.name;
}

}  // namespace polypath::testing
