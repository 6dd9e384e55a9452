#include "polypath/core/error.hpp"

#include "training.hpp"

#include <cmath>
#include <limits>
#include <stop_token>

#include <gtest/gtest.h>

namespace polypath::testing {
namespace {

struct Setting {
  Dataset data = hierarchy_dataset(4, 2);
  Modes modes = find_modes(data, CorrelationKind::sum);
  Config config;

  Setting() {
    config.network = equal_pathways(2, 3, 20);
    config.init.sigma = 0.1;
    config.train.epochs = 100;
    config.record.every = 10;
  }
};

TEST(Divergence, StopsTheMemberAndKeepsItsRecordsBefore) {
  Setting s;
  s.config.train.learning_rate = 3.0;
  const auto history = train(s.config, s.data, s.modes)[0];
  EXPECT_EQ(history.status, MemberStatus::diverged);
  EXPECT_GT(history.stopped_epoch, 0);
  EXPECT_LT(history.stopped_epoch, 100);
  ASSERT_FALSE(history.epochs.empty());
  EXPECT_LT(history.epochs.back(), history.stopped_epoch);
  for (const double loss : history.loss) {
    EXPECT_TRUE(std::isfinite(loss));
  }
}

TEST(Divergence, LeavesTheOthersAlone) {
  Setting s;
  s.config.train.precision = Precision::float64;
  const auto backend = make_backend({BackendKind::cpu, 1});
  const NetworkShape shape = network_shape(s.config.network, 8, 15);
  const ArenaRequest request{shape, 8, 8, 3, Precision::float64, false, 1};
  const auto trainer = make_trainer(*backend, trainer_settings(s.config, request), s.data, s.modes);
  const auto initial = gaussian_weights(s.config.init, shape);
  for (Index m = 0; m < 3; ++m) {
    initial->write(m, *backend, trainer->weights(m));
  }
  auto broken = std::get<MemberWeights<double>>(trainer->weights(1)).pathways[0][1].weights;
  Matrix<double> values = download_matrix<double>(*backend, broken);
  values(3, 4) = std::numeric_limits<double>::quiet_NaN();
  upload_matrix<double>(*backend, values, broken);
  History history(3);
  trainer->run(recorded_epochs(100, 10), history, {});
  EXPECT_EQ(history.members()[1].status, MemberStatus::diverged);
  EXPECT_EQ(history.members()[1].stopped_epoch, 0);
  EXPECT_TRUE(history.members()[1].epochs.empty());
  for (const std::size_t m : {0U, 2U}) {
    const auto alone =
        train(s.config, s.data, s.modes, {BackendKind::cpu, 1, static_cast<Index>(m), 1})[0];
    EXPECT_EQ(history.members()[m], alone);
    EXPECT_EQ(alone.status, MemberStatus::finished);
  }
}

TEST(Divergence, DoesNotMistakeAConvergedStartForDivergence) {
  Setting s;
  s.data.y = Matrix<double>(8, 15);  // the zero network is already right
  s.modes = find_modes(s.data, CorrelationKind::sum);
  s.config.init.sigma = 0.0;
  const auto history = train(s.config, s.data, s.modes)[0];
  EXPECT_EQ(history.status, MemberStatus::finished);
  EXPECT_EQ(history.loss.back(), 0.0);
}

TEST(Interruption, EndsSoon) {
  Setting s;
  const auto backend = make_backend({BackendKind::cpu, 1});
  const NetworkShape shape = network_shape(s.config.network, 8, 15);
  const ArenaRequest request{shape, 8, 8, 1, Precision::float32, false, 1};
  const auto trainer = make_trainer(*backend, trainer_settings(s.config, request), s.data, s.modes);
  std::stop_source stop;
  stop.request_stop();
  History history(1);
  EXPECT_THROW(trainer->run({0, 1000000000}, history, stop.get_token()), Interrupted);
}

}  // namespace
}  // namespace polypath::testing
