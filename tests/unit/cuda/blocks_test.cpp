// Blocks of epochs on the simulated device or a card: the same numbers however they are cut and
// replayed.
#include "polypath/plan/schedule.hpp"

#include "unit/cuda/any_device.hpp"
#include "unit/cuda/device_fixture.hpp"

#include <random>
#include <set>

namespace polypath::testing {
namespace {

TEST(Block, GivesTheSameBitsWhateverIsRecorded) {
  for (const Index delay : {1, 5, 16}) {
    std::set<std::vector<double>> found;
    for (const Index epochs : {0, 1, 7, 300}) {
      fresh_device();
      DeviceTraining training(device_config(Activation::relu), 1, delay);
      History history(1);
      training.run(recorded_epochs(300, epochs), history);
      training.backend().synchronise();
      const auto weights = std::get<MemberWeights<float>>(training.trainer().weights(0));
      found.insert(
          download_matrix<float>(training.backend(), weights.pathways[1][2].weights).elements());
    }
    EXPECT_EQ(found.size(), 1U) << "delay " << delay;
  }
}

TEST(Block, OfAnyLengthRunsTheRightPhases) {
  fresh_device();
  const auto backend = make_backend({BackendKind::cuda, 1});
  const RepeatOwner owner;
  std::mt19937 random(7);
  for (const Index period : {1, 3, 4, 7}) {
    // The calls of phase p add p + 1 to element p.
    Buffer memory(*backend, 8 * 2 * period);
    auto* const sums = reinterpret_cast<double*>(memory.data());
    std::vector<double> steps(static_cast<std::size_t>(period));
    for (std::size_t p = 0; p < steps.size(); ++p) {
      steps[p] = static_cast<double>(p + 1);
    }
    backend->upload(sums + period, steps.data(), 8 * period);
    std::vector<double> expected(static_cast<std::size_t>(period), 0.0);
    for (int block = 0; block < 60; ++block) {
      const auto start = static_cast<Index>(random() % 100);
      const auto count = static_cast<Index>(random() % 40);
      backend->repeat(owner, start, period, count, [&](Index i) {
        const Index phase = (start + i) % period;
        backend->operations(0.0).update_bias({sums + phase, 1, 1, 1, 1, 1},
                                             {sums + period + phase, 1, 1, 1, 1, 1}, 1.0);
      });
      for (Index i = start; i < start + count; ++i) {
        expected[static_cast<std::size_t>(i % period)] += static_cast<double>(i % period + 1);
      }
      std::vector<double> found(static_cast<std::size_t>(period));
      backend->download(found.data(), sums, 8 * period);
      ASSERT_EQ(found, expected) << "period " << period << ", start " << start << ", count "
                                 << count;
    }
  }
}

}  // namespace
}  // namespace polypath::testing
