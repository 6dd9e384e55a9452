// A simulator that only sees its environment, as inside a plug-in.
#include "support.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace {

class EnvironmentTest : public ::testing::Test {
 protected:
  void set(const char* name, const std::string& value) {
    setenv(name, value.c_str(), 1);
    names_.emplace_back(name);
  }
  void TearDown() override {
    for (const std::string& name : names_) {
      unsetenv(name.c_str());
    }
  }

 private:
  std::vector<std::string> names_;
};

TEST_F(EnvironmentTest, SettingsAreRead) {
  set("POLYPATH_SIMCUDA_MEMORY", "3M");
  set("POLYPATH_SIMCUDA_ORDER", "random");
  set("POLYPATH_SIMCUDA_MODE", "eager");
  set("POLYPATH_SIMCUDA_SEED", "17");
  set("POLYPATH_SIMCUDA_CAPABILITY", "9.0");
  set("POLYPATH_SIMCUDA_DEVICES", "0");
  set("POLYPATH_SIMCUDA_PROTECTION", "page_permissions");
  set("POLYPATH_SIMCUDA_LOADING", "eager");
  set("POLYPATH_SIMCUDA_SPLIT_K", "1");
  set("POLYPATH_SIMCUDA_GEMM_TILE", "128");
  set("POLYPATH_SIMCUDA_SVD_DIVERGES", "1");
  const simcuda::Config config = simcuda::config_from_environment();
  EXPECT_EQ(config.loading, simcuda::Loading::eager);
  EXPECT_TRUE(config.split_k);
  EXPECT_EQ(config.gemm_tile, 128);
  EXPECT_TRUE(config.svd_diverges);
  EXPECT_EQ(config.device_bytes, std::size_t{3} << 20);
  EXPECT_EQ(config.order, simcuda::Order::random);
  EXPECT_EQ(config.mode, simcuda::Mode::eager);
  EXPECT_EQ(config.seed, 17u);
  EXPECT_EQ(config.compute_major, 9);
  EXPECT_EQ(config.device_count, 0);
  EXPECT_EQ(config.protection, simcuda::Protection::page_permissions);
}

TEST_F(EnvironmentTest, BadSettingIsNamed) {
  set("POLYPATH_SIMCUDA_ORDER", "sideways");
  SIMCUDA_EXPECT_VIOLATION(simcuda::config_from_environment(),
                           "POLYPATH_SIMCUDA_ORDER=sideways is not understood: expected forward");
  set("POLYPATH_SIMCUDA_ORDER", "");
  set("POLYPATH_SIMCUDA_MEMORY", "3X");
  SIMCUDA_EXPECT_VIOLATION(simcuda::config_from_environment(), "POLYPATH_SIMCUDA_MEMORY=3X");
}

// Runs in a child process whose first CUDA call initialises the simulator.
[[noreturn]] void program_that_allocates(int expected_failures) {
  int failures = 0;
  for (int i = 0; i < 4; ++i) {
    void* address = nullptr;
    failures += cudaMalloc(&address, 64) != cudaSuccess;
  }
  std::exit(failures == expected_failures ? 0 : 1);
}

TEST_F(EnvironmentTest, FaultsAndReportOfAWholeProcess) {
  const std::string path = ::testing::TempDir() + "simcuda_report.json";
  set("POLYPATH_SIMCUDA_FAIL_API", "cudaMalloc:2:2:once");
  set("POLYPATH_SIMCUDA_REPORT", path);
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(program_that_allocates(1), ::testing::ExitedWithCode(0), "");
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str().find("\"cudaMalloc\": 4"), std::string::npos) << text.str();
  EXPECT_NE(text.str().find("\"device_allocations\": 3"), std::string::npos) << text.str();
}

TEST_F(EnvironmentTest, FailureThatNeverComesIsNamedAtTheEnd) {
  set("POLYPATH_SIMCUDA_FAIL_API", "cudaMalock:1:2:once");
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(program_that_allocates(0), ::testing::ExitedWithCode(0), "cudaMalock was not called");
}

TEST_F(EnvironmentTest, DeviceIsLostAtACall) {
  set("POLYPATH_SIMCUDA_LOSE_DEVICE_AT", "3");
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(program_that_allocates(2), ::testing::ExitedWithCode(0), "");
}

TEST_F(EnvironmentTest, NthCallOfAnyKindFails) {
  set("POLYPATH_SIMCUDA_FAIL_NTH", "4:46:sticky");
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(program_that_allocates(1), ::testing::ExitedWithCode(0), "");
}

}  // namespace
