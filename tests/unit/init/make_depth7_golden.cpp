// Writes tests/golden/full_depth7_width1000.h5: K of a full float64 training, which the tests of
// the reduction are compared with. Takes some minutes; build the target polypath_depth7_golden and
// run it with the file's path as its argument.

#include "polypath/core/error.hpp"
#include "polypath/init/initial_weights.hpp"
#include "polypath/io/file.hpp"
#include "polypath/plan/schedule.hpp"
#include "polypath/train/trainer.hpp"

#include "unit/init/depth7_case.hpp"

#include <cstdio>
#include <exception>
#include <vector>

namespace polypath::testing {
namespace {

class DiagonalHistory final : public Observer {
 public:
  explicit DiagonalHistory(Index modes) : modes_(modes) {}

  void record(const Record& record) override {
    const auto entries = static_cast<std::size_t>(modes_ * modes_);
    for (std::size_t start = 0; start < record.K.size(); start += entries) {
      for (Index j = 0; j < modes_; ++j) {
        K.push_back(record.K[start + static_cast<std::size_t>(j * (modes_ + 1))]);
      }
    }
  }
  void progress(Index epoch) override {
    std::printf("epoch %lld\n", static_cast<long long>(epoch));
    std::fflush(stdout);
  }
  void member_done(Index /*member*/, MemberStatus /*status*/, Index /*stopped_epoch*/,
                   double final_loss) override {
    std::printf("final loss %.3e\n", final_loss);
  }

  std::vector<double> K;

 private:
  Index modes_;
};

void make(const char* path) {
  const Depth7Case wide;
  const auto backend = make_backend({BackendKind::cpu, 1});
  TrainerSettings settings;
  const auto modes = static_cast<Index>(wide.modes.S.size());
  settings.request = {wide.shape, wide.data.examples(), modes, 1, Precision::float64, false, 1};
  settings.loss = wide.train.loss;
  settings.learning_rate = wide.train.learning_rate;
  const auto trainer = make_trainer(*backend, settings, wide.data, wide.modes);
  gaussian_weights(wide.init, wide.shape)->write(0, *backend, trainer->weights(0));
  const std::vector<Index> epochs = recorded_epochs(wide.train.epochs, Depth7Case::every);
  DiagonalHistory history(modes);
  trainer->run(epochs, history, {});

  File file = File::create(path);
  const auto records = static_cast<Index>(epochs.size());
  const Extents extents{records, 2, modes};
  DataSet K = file.root().create_data_set("K_diagonal", element_of<double>, extents, {extents});
  K.write(history.K);
  K.describe("diagonal of K_a (record, pathway, mode) of the full network", "1");
  DataSet epoch = file.root().create_data_set("epoch", element_of<Index>, {records});
  epoch.write(epochs);
  epoch.describe("epoch of the record", "1");
  K.close();
  epoch.close();
  file.close();
}

}  // namespace
}  // namespace polypath::testing

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: polypath_depth7_golden FILE\n");
    return static_cast<int>(polypath::ExitCode::usage);
  }
  try {
    polypath::testing::make(arguments[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return static_cast<int>(polypath::ExitCode::internal);
  }
  return 0;
}
