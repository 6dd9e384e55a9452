#include "polypath/record/run_lock.hpp"

#include "polypath/core/error.hpp"

#include "unit/io/child_process.hpp"
#include "unit/io/temporary_folder.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::status_of_child;
using testing::TemporaryFolder;

TEST(RunLock, ASecondWriterIsToldWhoTheFirstIs) {
  const TemporaryFolder folder;
  const RunLock lock(folder.path());
  const std::string holder = "process " + std::to_string(::getpid()) + " on host ";
  const int status = status_of_child([&] {
    try {
      const RunLock second(folder.path());
    } catch (const CannotCreate& error) {
      const std::string message = error.what();
      return message.find(holder) != std::string::npos &&
                     message.find(" since 20") != std::string::npos
                 ? 0
                 : 2;
    }
    return 1;
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(RunLock, IsFreeAgainAfterwards) {
  const TemporaryFolder folder;
  { const RunLock first(folder.path()); }
  EXPECT_NO_THROW(const RunLock second(folder.path()));
}

TEST(RunLock, DiesWithItsHolder) {
  const TemporaryFolder folder;
  const int status = status_of_child([&] {
    const auto* kept = new RunLock(folder.path());
    return kept != nullptr ? ::raise(SIGKILL) : 1;
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_NO_THROW(const RunLock next(folder.path()));
}

TEST(RunLock, NeedsADirectory) {
  const TemporaryFolder folder;
  try {
    const RunLock lock(folder / "missing");
    FAIL() << "locked a directory that does not exist";
  } catch (const CannotCreate& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("missing/.lock"), HasSubstr("No such file")));
  }
}

}  // namespace
}  // namespace polypath
