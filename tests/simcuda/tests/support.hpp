// A fresh simulated device for each test, and short forms for moving data.
#pragma once

#include "simcuda/simcuda.hpp"

#include <cstring>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>

#define SIMCUDA_ASSERT_OK(call) ASSERT_EQ(static_cast<int>(call), 0)
#define SIMCUDA_EXPECT_OK(call) EXPECT_EQ(static_cast<int>(call), 0)

// The statement ends the process with a report; a sanitizer may be the first to see it.
#define SIMCUDA_EXPECT_VIOLATION(statement, pattern) \
  EXPECT_EXIT(statement, simcuda_test::ended_with_report, pattern "|AddressSanitizer|runtime error")

namespace simcuda_test {

inline bool ended_with_report(int status) {
  return WIFEXITED(status) && (WEXITSTATUS(status) == simcuda::kViolationExit ||
                               WEXITSTATUS(status) == 1 /* of a sanitizer */);
}

class DeviceTest : public ::testing::Test {
 protected:
  void SetUp() override { start({}); }

  void start(const simcuda::Config& config) {
    simcuda::reset(config);
    stream_ = new_stream();
  }

  static cudaStream_t new_stream() {
    cudaStream_t stream = nullptr;
    SIMCUDA_EXPECT_OK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    return stream;
  }

  static cudaEvent_t new_event() {
    cudaEvent_t event = nullptr;
    SIMCUDA_EXPECT_OK(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
    return event;
  }

  template <class T>
  static T* allocate(std::size_t count) {
    void* address = nullptr;
    SIMCUDA_EXPECT_OK(cudaMalloc(&address, count * sizeof(T)));
    return static_cast<T*>(address);
  }

  template <class T>
  T* upload(const std::vector<T>& values) const {
    T* address = allocate<T>(values.size());
    SIMCUDA_EXPECT_OK(cudaMemcpyAsync(address, values.data(), values.size() * sizeof(T),
                                      cudaMemcpyHostToDevice, stream_));
    return address;
  }

  template <class T>
  std::vector<T> download(const T* address, std::size_t count) const {
    std::vector<T> values(count);
    SIMCUDA_EXPECT_OK(cudaMemcpyAsync(values.data(), address, count * sizeof(T),
                                      cudaMemcpyDeviceToHost, stream_));
    SIMCUDA_EXPECT_OK(cudaStreamSynchronize(stream_));
    return values;
  }

  cudaStream_t stream_ = nullptr;
};

inline std::vector<float> ramp(int count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    values[static_cast<std::size_t>(i)] = static_cast<float>(i * 37 % 101 - 50) / 16.0f;
  }
  return values;
}

}  // namespace simcuda_test
