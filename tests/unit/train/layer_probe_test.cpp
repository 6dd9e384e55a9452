// Gains and balance, layer by layer, against their definitions written out with whole matrices.
#include "polypath/train/layer_probe.hpp"

#include "polypath/core/error.hpp"

#include "unit/train/layer_reference.hpp"
#include "unit/train/training.hpp"

#include <numeric>

#include <gtest/gtest.h>

namespace polypath::testing {
namespace {

/// What was measured at one recorded epoch, and the weights it was measured at.
struct Measured {
  Index epoch = 0;
  LayerQuantities layers;
  HostWeights weights;
};

/// A trained network whose layers are watched; weights stay in it for further measurements.
class WatchedNetwork final : public Observer {
 public:
  WatchedNetwork(const Config& config, BackendKind backend, Index delay = 1)
      : config_(config),
        backend_(make_backend({backend, 1})),
        shape_(network_shape(config.network, data_.inputs(), data_.outputs())),
        trainer_(make_trainer(
            *backend_,
            trainer_settings(config, {shape_, data_.examples(), 8, 1, config.train.precision,
                                      config.network.bias, delay}),
            data_, modes_)) {
    make_initial_weights(config, shape_)->write(0, *backend_, trainer_->weights(0));
  }

  /// Puts other weights in place of the ones drawn.
  void set(const HostWeights& source) {
    std::visit(
        [&]<class T>(const MemberWeights<T>& target) {
          for (std::size_t a = 0; a < source.size(); ++a) {
            for (std::size_t d = 0; d < source[a].size(); ++d) {
              upload_matrix<T>(*backend_, source[a][d], target.pathways[a][d].weights);
            }
          }
        },
        trainer_->weights(0));
  }
  [[nodiscard]] HostWeights get() { return host_weights(*backend_, trainer_->weights(0)); }
  [[nodiscard]] AnyMemberWeights weights_in_place() { return trainer_->weights(0); }
  [[nodiscard]] LayerProbe probe(Balance balance) {
    return {*backend_, trainer_->weights(0), modes_, balance};
  }
  [[nodiscard]] LayerQuantities initial() { return probe(Balance::ignored).initial(); }
  [[nodiscard]] const Modes& modes() const { return modes_; }

  std::vector<Measured> train(const std::vector<Index>& epochs) {
    probe_.emplace(probe(Balance::watched));
    trainer_->run(epochs, *this, {});
    return std::move(measured_);
  }

  [[nodiscard]] bool wants_weights() const override { return true; }
  void weights(Index /*member*/, Index epoch, const AnyMemberWeights& weights) override {
    measured_.push_back({epoch, probe_->measure(weights, epoch), get()});
  }
  void record(const Record& /*record*/) override {}
  void progress(Index /*epoch*/) override {}
  void member_done(Index /*member*/, MemberStatus /*status*/, Index /*stopped_epoch*/,
                   double /*final_loss*/) override {}

 private:
  Config config_;
  Dataset data_ = hierarchy_dataset(4, 2);
  Modes modes_ = find_modes(data_, CorrelationKind::sum);
  std::unique_ptr<Backend> backend_;
  NetworkShape shape_;
  std::unique_ptr<Trainer> trainer_;
  std::optional<LayerProbe> probe_;
  std::vector<Measured> measured_;
};

/// Unequal depths and widths, one pathway of a single layer.
Config uneven_config(Precision precision) {
  Config config;
  config.network.pathways = {{{31, 17, 24}}, {{}}, {{19}}};
  config.init.sigma = 0.07;
  config.train.precision = precision;
  config.train.learning_rate = 0.003;
  return config;
}

/// Two pathways of depth 4, g = sigma sqrt(N) as in the paper's setting.
Config even_config(Index width, Precision precision, double learning_rate) {
  Config config;
  config.network = equal_pathways(2, 4, width);
  config.init.sigma = 0.316 / std::sqrt(static_cast<double>(width));
  config.train.precision = precision;
  config.train.learning_rate = learning_rate;
  return config;
}

/// NaN in the same places, elsewhere within `tolerance` of the largest.
void expect_near(const std::vector<double>& found, const std::vector<double>& expected,
                 double tolerance, const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  double largest = 0.0;
  for (const double value : expected) {
    largest = std::fmax(largest, std::abs(value));
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(std::isnan(found[i]), std::isnan(expected[i])) << what << " " << i;
    if (!std::isnan(expected[i])) {
      EXPECT_NEAR(found[i], expected[i], tolerance * largest) << what << " " << i;
    }
  }
}

// Chains of at most 4 products of inner length at most 31, and Gram-Schmidt of 8 vectors whose
// condition (about 20 at these widths, the cube of it for three layers at once) the reference's
// single QR pays and the probe's step by step does not.
constexpr double gain_tolerance = 4 * 31 * 8000 * std::numeric_limits<double>::epsilon();

void expect_gains(const LayerQuantities& found, const LayerQuantities& expected) {
  expect_near(found.gain, expected.gain, gain_tolerance, "gain");
  expect_near(found.p, expected.p, gain_tolerance, "p");
  expect_near(found.forward_gain, expected.forward_gain, gain_tolerance, "forward_gain");
  expect_near(found.backward_gain, expected.backward_gain, gain_tolerance, "backward_gain");
}

struct Place {
  BackendKind backend = BackendKind::cpu;
  Precision precision = Precision::float64;
};

class LayerProbeTest : public ::testing::TestWithParam<Place> {};

TEST_P(LayerProbeTest, AgreesWithWholeMatricesAlongTraining) {
  WatchedNetwork network(uneven_config(GetParam().precision), GetParam().backend);
  const HostWeights start = network.get();
  const auto records = network.train({0, 40, 400});
  ASSERT_EQ(records.size(), 3U);
  for (const auto& record : records) {
    const auto expected = layer_reference(start, record.weights, network.modes());
    SCOPED_TRACE(record.epoch);
    expect_gains(record.layers, expected);
    // Both sides subtract matrices of size |W|^2 <= 40; ranks are full here, so the probe leaves
    // nothing out, whatever the precision of the weights.
    expect_near(record.layers.balance_drift, expected.balance_drift,
                record.epoch == 0 ? 0.0 : 1e-10, "balance_drift");
  }
  EXPECT_GT(records[2].layers.balance_drift[0], 1e-5);
  EXPECT_GT(records[2].layers.p[0], 2 * records[0].layers.p[0]);
}

INSTANTIATE_TEST_SUITE_P(Backends, LayerProbeTest,
                         ::testing::Values(Place{BackendKind::cpu, Precision::float32},
                                           Place{BackendKind::cpu, Precision::float64},
                                           Place{BackendKind::reference, Precision::float64}),
                         [](const auto& place) {
                           return std::string(place.param.backend == BackendKind::cpu
                                                  ? "cpu_"
                                                  : "reference_") +
                                  to_string(place.param.precision);
                         });

// Wide enough that the change is factorised: 32 and more columns of 300. The probe may leave out
// |rest| <= unit |W|_F of each layer, which moves X by at most 2 |W|_2 |rest| + |rest|^2.
TEST(LayerProbe, DriftOfWideLayersIsExactUpToTheRoundingOfTheWeights) {
  for (const Precision precision : {Precision::float32, Precision::float64}) {
    WatchedNetwork network(even_config(300, precision, 0.01), BackendKind::cpu);
    const HostWeights start = network.get();
    const auto records = network.train({0, 100});
    const double unit = std::sqrt(101.0) * (precision == Precision::float32 ? 1.2e-7 : 2.3e-16);
    for (std::size_t a = 0; a < 2; ++a) {
      const auto& now = records[1].weights[a];
      for (std::size_t d = 1; d < 4; ++d) {
        double bound = 1e-13 * 300;  // rounding of the direct products, |X| about 1
        for (const std::size_t layer : {d - 1, d}) {
          const double rest = unit * frobenius_norm(now[layer].view());
          bound += (2 * thin_svd(now[layer].view()).S[0] + rest) * rest;
        }
        const double expected = drift_of(start[a], now, d);
        const double found = records[1].layers.balance_drift[a * 4 + d - 1];
        EXPECT_NEAR(found, expected, bound) << "pathway " << a << ", layer " << d;
        EXPECT_GT(expected, 20 * bound);
      }
    }
  }
}

double total_drift(double learning_rate, Index epochs) {
  WatchedNetwork network(even_config(40, Precision::float64, learning_rate), BackendKind::cpu);
  const auto records = network.train({0, epochs});
  double squares = 0.0;
  for (const double drift : records[1].layers.balance_drift) {
    squares += std::isnan(drift) ? 0.0 : drift * drift;
  }
  return std::sqrt(squares);
}

// Gradient flow conserves the balance; a step breaks it by eta^2 (G^{d+1 T} G^{d+1} - G^d G^{d T}),
// so over a fixed time the drift is of order eta. The next order is eta times the fastest rate
// (c D K^{2-2/D} = 60 here), 0.06 at eta = 0.001, and half of that is what halving changes.
TEST(LayerProbe, DriftHalvesWithTheLearningRateAndVanishesWithIt) {
  const double full = total_drift(0.001, 1000);
  const double half = total_drift(0.0005, 2000);
  const double quarter = total_drift(0.00025, 4000);
  EXPECT_GT(full, 1e-3);
  EXPECT_NEAR(full / half, 2.0, 0.1);
  EXPECT_NEAR(half / quarter, 2.0, 0.05);
  // A step that rounding swallows changes nothing at all.
  EXPECT_EQ(total_drift(1e-30, 1000), 0.0);
}

// A layer measured in another place among the pathways gives the same bits.
TEST(LayerProbe, DoesNotDependOnTheOrderOfPathways) {
  Config config = uneven_config(Precision::float64);
  WatchedNetwork network(config, BackendKind::cpu);
  HostWeights weights = network.get();
  const auto first = network.initial();
  std::swap(config.network.pathways[0], config.network.pathways[2]);
  std::swap(weights[0], weights[2]);
  WatchedNetwork other(config, BackendKind::cpu);
  other.set(weights);
  const auto second = other.initial();
  const auto same = [](const std::vector<double>& a, std::size_t at_a, const std::vector<double>& b,
                       std::size_t at_b, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const double x = a.at(at_a + i);
      const double y = b.at(at_b + i);
      EXPECT_TRUE(x == y || (std::isnan(x) && std::isnan(y))) << x << " and " << y;
    }
  };
  for (const std::size_t a : {0U, 1U, 2U}) {
    const std::size_t b = 2 - a;
    same(first.gain, a * 32, second.gain, b * 32, 32);
    same(first.p, a * 8, second.p, b * 8, 8);
    same(first.forward_gain, a * 32, second.forward_gain, b * 32, 32);
    same(first.backward_gain, a * 32, second.backward_gain, b * 32, 32);
  }
}

// At the start e_d is made of R^d e_{d-1}, so q is a norm: positive, and no longer than the image.
TEST(LayerProbe, OrthogonalLayersHaveTheGainThatWasAskedFor) {
  Config config = even_config(24, Precision::float64, 0.01);
  config.init.scheme = InitScheme::orthogonal;
  WatchedNetwork network(config, BackendKind::cpu);
  const auto layers = network.initial();
  for (std::size_t a = 0; a < 2; ++a) {
    for (std::size_t i = 0; i < std::size_t{24}; ++i) {
      EXPECT_NEAR(layers.gain[a * 32 + i], 0.316, 1e-14 * 24);
      EXPECT_NEAR(layers.forward_gain[a * 32 + i], 0.316, 1e-14 * 24);
    }
  }
}

TEST(LayerProbe, FewerUnitsThanModesLeaveTheLaterModesWithoutDirection) {
  Config config = uneven_config(Precision::float64);
  config.network.pathways = {{{20, 3, 20}}};
  WatchedNetwork network(config, BackendKind::cpu);
  const auto layers = network.initial();
  for (std::size_t mode = 0; mode < 8; ++mode) {
    EXPECT_FALSE(std::isnan(layers.gain[mode]));
    EXPECT_EQ(std::isnan(layers.gain[8 + mode]), mode >= 3) << mode;
    EXPECT_EQ(std::isnan(layers.gain[16 + mode]), mode >= 3) << mode;
    EXPECT_EQ(std::isnan(layers.p[mode]), mode >= 3) << mode;
    EXPECT_GT(layers.forward_gain[16 + mode], 0.0);
    EXPECT_GT(layers.backward_gain[16 + mode], 0.0);
  }
}

TEST(LayerProbe, WeightsOfZeroAndNotFiniteOnesGiveNaNNotAnError) {
  WatchedNetwork network(uneven_config(Precision::float64), BackendKind::cpu);
  LayerProbe probe = network.probe(Balance::watched);
  HostWeights weights = network.get();
  weights[0][1](2, 3) = std::numeric_limits<double>::infinity();
  network.set(weights);
  const auto broken = probe.measure(network.weights_in_place(), 10);
  EXPECT_TRUE(std::isnan(broken.balance_drift[0]));
  EXPECT_TRUE(std::isnan(broken.balance_drift[1]));
  EXPECT_EQ(broken.balance_drift[2], 0.0);
  for (auto& pathway : weights) {
    for (auto& layer : pathway) {
      layer = Matrix<double>(layer.rows(), layer.columns());
    }
  }
  network.set(weights);
  const auto zero = network.initial();
  EXPECT_EQ(zero.forward_gain[0], 0.0);
  EXPECT_TRUE(std::isnan(zero.forward_gain[8]));
  EXPECT_TRUE(std::isnan(zero.gain[0]));
  EXPECT_EQ(zero.p[8], 0.0);  // one layer: U^T 0 V
}

TEST(LayerProbe, ATrainerThatDelaysUpdatesRefusesToShowItsWeights) {
  WatchedNetwork network(even_config(64, Precision::float32, 0.01), BackendKind::cpu, 4);
  EXPECT_THROW((void)network.train({0, 4}), InternalError);
}

}  // namespace
}  // namespace polypath::testing
