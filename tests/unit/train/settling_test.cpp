// Which courses of the loss count as settled.
#include "polypath/train/settling.hpp"

#include "training.hpp"

namespace polypath::testing {
namespace {

/// Shows the last 200 losses of a course over 2000 epochs, and a record each 20.
Settled settled(const std::function<double(Index)>& loss, Precision precision) {
  constexpr Index epochs = 2000;
  SettlingWatch watch(1, epochs, precision, 8.0);
  for (Index epoch = 0; epoch <= epochs; ++epoch) {
    if (epoch % 20 == 0) {
      watch.record(0, epoch, loss(epoch));
    }
    if (epoch >= epochs - watch.epochs_watched()) {
      watch.epoch(0, epoch, loss(epoch));
    }
  }
  return watch.settled(0);
}

TEST(Settling, ALossThatStillFallsIsSettled) {
  EXPECT_EQ(
      settled([](Index t) { return 8.0 - 0.003 * static_cast<double>(t); }, Precision::float64),
      Settled::yes);
  EXPECT_EQ(settled([](Index) { return 8.0; }, Precision::float64), Settled::yes);
}

TEST(Settling, AnOscillationWithAPeriodOfTwoEpochsIsNot) {
  const auto course = [](Index t) { return t % 2 == 0 ? 0.01 : 0.010001; };
  EXPECT_EQ(settled(course, Precision::float64), Settled::no);
}

TEST(Settling, ASlowOscillationShowsInTheRecords) {
  // Falling in the 200 epochs looked at one by one would be seen as well: the rise lies before.
  constexpr Index epochs = 100000;
  SettlingWatch watch(1, epochs, Precision::float64, 8.0);
  EXPECT_EQ(watch.epochs_watched(), 200);
  watch.record(0, 80000, 0.5);  // before the last tenth: what was then is past
  watch.record(0, 90000, 0.6);
  EXPECT_EQ(watch.settled(0), Settled::yes);
  watch.record(0, 95000, 0.7);
  watch.record(0, 100000, 0.1);
  EXPECT_EQ(watch.settled(0), Settled::no);
}

TEST(Settling, RoundingNoiseIsAtRest) {
  const auto noise = [](Index t) { return 1e-13 * static_cast<double>(1 + t % 7); };
  EXPECT_EQ(settled(noise, Precision::float32), Settled::yes);
  EXPECT_EQ(settled(noise, Precision::float64), Settled::no);
  EXPECT_EQ(
      settled([](Index t) { return 1e-29 * static_cast<double>(1 + t % 7); }, Precision::float64),
      Settled::yes);
}

TEST(Settling, WithoutTrainingNothingIsKnown) {
  const SettlingWatch watch(1, 0, Precision::float64, 8.0);
  EXPECT_EQ(watch.settled(0), Settled::unknown);
}

/// Counts the losses shown.
class Watcher final : public Observer {
 public:
  explicit Watcher(Index epochs) : epochs_(epochs) {}
  void record(const Record& record) override { recorded[record.epoch] = record.loss; }
  void progress(Index /*epoch*/) override {}
  void member_done(Index /*member*/, MemberStatus /*status*/, Index /*stopped*/,
                   double /*final_loss*/) override {}
  [[nodiscard]] Index epochs_watched() const override { return epochs_; }
  void watched(Index /*member*/, Index epoch, double loss) override { shown[epoch] = loss; }

  std::map<Index, double> recorded;
  std::map<Index, double> shown;

 private:
  Index epochs_;
};

TEST(Settling, TheTrainerShowsEachOfTheLastLosses) {
  const Dataset data = hierarchy_dataset(3, 2);
  const Modes modes = find_modes(data, CorrelationKind::sum);
  Config config;
  config.network = equal_pathways(2, 3, 20);
  config.init.sigma = 0.1;
  for (const Index delay : {1, 4}) {
    const auto backend = make_backend({BackendKind::cpu, 1});
    const NetworkShape shape = network_shape(config.network, data.inputs(), data.outputs());
    const ArenaRequest request{shape, data.examples(),    static_cast<Index>(modes.S.size()),
                               1,     Precision::float64, false,
                               delay};
    const auto trainer = make_trainer(*backend, trainer_settings(config, request), data, modes);
    const auto run = [&](Index watched, const std::vector<Index>& recorded) {
      gaussian_weights(config.init, shape)->write(0, *backend, trainer->weights(0));
      Watcher watcher(watched);
      trainer->run(recorded, watcher, {});
      return watcher;
    };
    const Watcher all = run(0, {0, 10, 11, 12, 13, 14, 15, 16, 17, 18});
    EXPECT_TRUE(all.shown.empty());
    const Watcher last = run(8, {0, 14, 18});
    ASSERT_EQ(last.shown.size(), 9U);
    for (const auto& [epoch, loss] : last.shown) {
      EXPECT_EQ(loss, all.recorded.at(epoch)) << "epoch " << epoch << ", delay " << delay;
    }
    EXPECT_EQ(last.recorded.at(18), all.recorded.at(18));
    EXPECT_EQ(run(100, {0, 3}).shown.size(), 4U);
  }
}

}  // namespace
}  // namespace polypath::testing
