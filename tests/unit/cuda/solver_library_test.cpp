// How cuSOLVER is opened, in a program that has neither it nor the simulated device.
#include "kernels/cuda/solver_library.hpp"

#include "polypath/core/error.hpp"

#include <string>

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath::cuda {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string failure_with(OpenVendorLibrary open) {
  try {
    const SolverLibrary library(open);
  } catch (const BackendUnavailable& failure) {
    return failure.what();
  }
  return {};
}

TEST(SolverLibrary, ThatIsNowhereSaysWhyAndWhatToDo) {
  const std::string told = failure_with([](const char* name, std::string& reason) -> void* {
    reason = std::string("looked for ") + name;
    return nullptr;
  });
  EXPECT_THAT(told, AllOf(HasSubstr("looked for libcusolver.so."), HasSubstr("data.svd")));
}

TEST(SolverLibrary, ThatLacksAFunctionNamesIt) {
  // Any library will do that is no cuSOLVER.
  const std::string told = failure_with([](const char*, std::string&) -> void* {
    return dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);
  });
  EXPECT_THAT(told, HasSubstr("it has no cusolverDnCreate"));
}

TEST(SolverLibrary, OfThisMachineHasEveryFunction) {
  static bool found = false;
  const std::string told = failure_with([](const char* name, std::string& reason) -> void* {
    void* library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
    found = library != nullptr;
    reason = "not here";
    return library;
  });
  if (!found) {
    GTEST_SKIP() << "this machine has no cuSOLVER in the loader's folders";
  }
  EXPECT_EQ(told, "");
}

}  // namespace
}  // namespace polypath::cuda
