// Memory, copies, repetition, projection and initial weights of every backend.
#include "kernels/functor/normal.hpp"

#include "unit/backend/workbench.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace polypath::testing {
namespace {

class BackendConformance : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Backends, BackendConformance, ::testing::ValuesIn(backend_cases()),
                         case_name);

TEST_P(BackendConformance, MemoryStartsAsZerosOnAlignedAddresses) {
  const std::unique_ptr<Backend> backend = GetParam().make();
  for (const Index bytes : {Index{1}, Index{63}, Index{4096}, Index{1000003}}) {
    const Buffer buffer(*backend, bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0U);
    std::vector<unsigned char> host(static_cast<std::size_t>(bytes), 1);
    backend->download(host.data(), buffer.data(), bytes);
    EXPECT_EQ(std::count(host.begin(), host.end(), 0), bytes);
    backend->upload(buffer.data(), std::vector<unsigned char>(host.size(), 7).data(), bytes);
  }
}

TEST_P(BackendConformance, AnEmptyBufferHasNoAddress) {
  const std::unique_ptr<Backend> backend = GetParam().make();
  EXPECT_EQ(Buffer(*backend, 0).data(), nullptr);
  EXPECT_EQ(Buffer().data(), nullptr);
}

TEST_P(BackendConformance, MovedBuffersKeepTheirContent) {
  const std::unique_ptr<Backend> backend = GetParam().make();
  const double sent = 42.5;
  Buffer first(*backend, sizeof(sent));
  backend->upload(first.data(), &sent, sizeof(sent));
  Buffer second(std::move(first));
  Buffer third(*backend, 16);
  third = std::move(second);
  double received = 0.0;
  backend->download(&received, third.data(), sizeof(received));
  EXPECT_EQ(received, sent);
  EXPECT_EQ(third.bytes(), Index{sizeof(sent)});
}

TEST_P(BackendConformance, RepeatRunsTheBodyInOrderEveryTime) {
  const std::unique_ptr<Backend> backend = GetParam().make();
  in_precision([&](const BackendCase&, auto real) {
    using T = decltype(real);
    // Each step adds its own delta: 1 + 10 + 100 per replay.
    const DeviceArray<T> bias(*backend, {T(0)});
    const DeviceArray<T> deltas(*backend, {T(1), T(10), T(100)});
    const RepeatOwner owner;
    for (int replay = 1; replay <= 3; ++replay) {
      backend->repeat(owner, 0, 3, 3, [&](Index i) {
        backend->operations(T(0)).update_bias({bias.data(), 1, 1, 1, 1, 1},
                                              {deltas.data() + i, 1, 1, 1, 1, 1}, T(1));
      });
      EXPECT_EQ(bias.values()[0], T(111 * replay));
    }
    backend->repeat({}, 6, 4, 0, [](Index) { FAIL() << "nothing was asked for"; });
  });
}

TEST_P(BackendConformance, InfoNamesTheBackend) {
  const BackendInfo info = GetParam().make()->info();
  EXPECT_EQ(GetParam().name.rfind(info.name, 0), 0U) << info.name;
  EXPECT_FALSE(info.device.empty());
  EXPECT_FALSE(info.simd_target.empty());
}

/// Orthonormal columns, by Gram-Schmidt on random ones.
std::vector<double> orthonormal(Index rows, Index columns, std::mt19937& random) {
  std::normal_distribution<double> normal;
  std::vector<double> q(static_cast<std::size_t>(rows * columns));
  std::generate(q.begin(), q.end(), [&] { return normal(random); });
  const auto at = [&](Index r, Index c) -> double& {
    return q[static_cast<std::size_t>(r * columns + c)];
  };
  for (Index c = 0; c < columns; ++c) {
    for (Index pass = 0; pass < 2; ++pass) {
      for (Index b = 0; b < c; ++b) {
        double overlap = 0.0;
        for (Index r = 0; r < rows; ++r) {
          overlap += at(r, b) * at(r, c);
        }
        for (Index r = 0; r < rows; ++r) {
          at(r, c) -= overlap * at(r, b);
        }
      }
    }
    double square = 0.0;
    for (Index r = 0; r < rows; ++r) {
      square += at(r, c) * at(r, c);
    }
    for (Index r = 0; r < rows; ++r) {
      at(r, c) /= std::sqrt(square);
    }
  }
  return q;
}

struct ProjectionShape {
  Index examples;
  Index inputs;
  Index outputs;
  Index modes;
  Index count;
};

/// A ProjectionOperator in the memory of one side, and its results there.
struct ProjectionArrays {
  ProjectionArrays(Backend& backend, const ProjectionShape& s)
      : ProjectionArrays(backend, s, std::mt19937{11}) {}

  ProjectionShape shape;
  DeviceArray<double> U;
  DeviceArray<double> V;
  DeviceArray<double> pseudo_x;
  DeviceArray<double> Q;
  DeviceArray<double> K;
  DeviceArray<double> outside;

  [[nodiscard]] ProjectionOperator projection() const {
    return {{U.data(), shape.outputs, shape.modes, shape.modes},
            {V.data(), shape.inputs, shape.modes, shape.modes},
            {pseudo_x.data(), shape.examples, shape.inputs, shape.inputs},
            {Q.data(), shape.examples, shape.modes, shape.modes}};
  }

 private:
  ProjectionArrays(Backend& backend, const ProjectionShape& s, std::mt19937 random)
      : ProjectionArrays(backend, s, orthonormal(s.outputs, s.modes, random),
                         orthonormal(s.inputs, s.modes, random),
                         orthonormal(s.examples, s.inputs, random)) {}
  ProjectionArrays(Backend& backend, const ProjectionShape& s, const std::vector<double>& u,
                   const std::vector<double>& v, const std::vector<double>& x)
      : shape(s),
        U(backend, u),
        V(backend, v),
        pseudo_x(backend, x),
        Q(backend, product(x, v, s)),
        K(backend, std::vector<double>(static_cast<std::size_t>(s.count * s.modes * s.modes), 7)),
        outside(backend, std::vector<double>(static_cast<std::size_t>(s.count), 7)) {}

  static std::vector<double> product(const std::vector<double>& x, const std::vector<double>& v,
                                     const ProjectionShape& s) {
    std::vector<double> q(static_cast<std::size_t>(s.examples * s.modes));
    for (Index p = 0; p < s.examples; ++p) {
      for (Index i = 0; i < s.inputs; ++i) {
        for (Index m = 0; m < s.modes; ++m) {
          q[static_cast<std::size_t>(p * s.modes + m)] +=
              x[static_cast<std::size_t>(p * s.inputs + i)] *
              v[static_cast<std::size_t>(i * s.modes + m)];
        }
      }
    }
    return q;
  }
};

template <class T>
void test_project(const BackendCase& one, const ProjectionShape& s, Layout layout) {
  Workbench<T> bench(one, layout);
  const auto output = bench.random({s.examples, s.outputs, s.count});
  const ProjectionArrays tested(bench.backend(Tested<T>{}), s);
  const ProjectionArrays reference(bench.backend(Reference{}), s);
  bench.on_both([&](auto& operations, auto side) {
    const bool is_tested = std::is_same_v<decltype(side), Tested<T>>;
    const ProjectionArrays& arrays = is_tested ? tested : reference;
    operations.project(output.on(side), arrays.projection(), arrays.K.data(),
                       arrays.outside.data());
  });
  output.expect_unchanged();
  // float64 on both sides, whatever T; orthonormal factors keep sums below examples * outputs.
  const double bound = tolerance<double>(s.examples * s.outputs);
  const std::vector<double> K = tested.K.values();
  const std::vector<double> expected = reference.K.values();
  for (std::size_t i = 0; i < K.size(); ++i) {
    ASSERT_NEAR(K[i], expected[i], bound);
  }
  const std::vector<double> outside = tested.outside.values();
  const std::vector<double> outside_expected = reference.outside.values();
  for (std::size_t i = 0; i < outside.size(); ++i) {
    ASSERT_NEAR(outside[i], outside_expected[i], bound);
  }
}

TEST_P(BackendConformance, ProjectAgreesWithTheReferenceInFloat64) {
  const std::vector<ProjectionShape> shapes = {
      {8, 8, 15, 8, 6}, {1, 1, 1, 1, 1},  {70, 33, 17, 17, 3}, {9, 5, 40, 5, 2},
      {9, 8, 15, 3, 2}, {8, 8, 15, 8, 0}, {8, 8, 8, 8, 1},     {5, 1, 1, 1, 2},
  };
  in_precision([&](const BackendCase& one, auto real) {
    for (const Layout layout : {Layout::tight, Layout::padded}) {
      for (const ProjectionShape& shape : shapes) {
        SCOPED_TRACE("examples " + std::to_string(shape.examples) + ", inputs " +
                     std::to_string(shape.inputs) + ", outputs " + std::to_string(shape.outputs));
        test_project<decltype(real)>(one, shape, layout);
      }
    }
  });
}

/// The object representation, in which +0 and -0 differ.
template <class T>
auto bits_of(T value) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  return std::bit_cast<Bits>(value);
}

TEST_P(BackendConformance, InitialWeightsHaveTheSameBitsEverywhere) {
  const NormalStream stream{0x0123456789ABCDEFU, 3, 2, 0};
  constexpr double sigma = 0.009999999776482582;  // 0.01 in float32
  const std::vector<std::pair<Index, Index>> shapes = {
      {1, 1}, {1, 4}, {5, 0}, {0, 5}, {3, 64}, {7, 67}, {67, 1}, {2, 3}, {33, 131}, {4, 1001}};
  in_precision([&](const BackendCase& one, auto real) {
    using T = decltype(real);
    for (const Layout layout : {Layout::tight, Layout::padded}) {
      for (const auto& [rows, columns] : shapes) {
        Workbench<T> bench(one, layout);
        const auto target = bench.constant({rows, columns, 1}, 7.0);
        bench.on_both([&](auto& operations, auto side) {
          using Real = typename decltype(side)::Real;
          operations.fill_normal(target.on(side)[0], stream, static_cast<Real>(sigma));
        });
        // sigma z has one rounding to T, in float64 none: half an ulp of the largest, |z| < 8.
        target.expect_close(sizeof(T) == 8 ? 0.0 : std::ldexp(0.08, -24));
        const auto view = target.on(Tested<T>{});
        std::vector<T> found(static_cast<std::size_t>(rows * view.leading_dimension));
        bench.backend(Tested<T>{})
            .download(found.data(), view.data, static_cast<Index>(found.size() * sizeof(T)));
        for (Index r = 0; r < rows; ++r) {
          for (Index c = 0; c < columns; ++c) {
            const T expected = static_cast<T>(sigma) * static_cast<T>(normal_at(stream, r, c));
            const T weight = found[static_cast<std::size_t>(r * view.leading_dimension + c)];
            ASSERT_EQ(bits_of(weight), bits_of(expected))
                << "row " << r << ", column " << c << ": " << weight << " is not " << expected;
          }
        }
      }
    }
  });
}

}  // namespace
}  // namespace polypath::testing
