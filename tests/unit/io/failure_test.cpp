#include "polypath/core/error.hpp"
#include "polypath/io/file.hpp"
#include "polypath/io/guard.hpp"
#include "polypath/io/read.hpp"

#include "unit/io/child_process.hpp"
#include "unit/io/temporary_folder.hpp"

#include <cstring>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

namespace polypath {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::limit_file_size;
using testing::status_of_child;
using testing::TemporaryFolder;

/// Numbers that do not compress.
std::vector<double> noise(std::size_t count) {
  std::mt19937_64 engine(1);
  std::uniform_real_distribution<double> uniform;
  std::vector<double> values(count);
  for (auto& value : values) {
    value = uniform(engine);
  }
  return values;
}

TEST(Checked, CarriesCallPlaceAndHdf5sInnermostMessage) {
  const TemporaryFolder folder;
  const Hdf5Guard guard;
  try {
    checked(H5Fopen((folder / "none.h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), "H5Fopen",
            "'none.h5'");
    FAIL() << "a failed call passed";
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("H5Fopen failed ('none.h5')"), HasSubstr("unable to open file"),
                      HasSubstr("No such file or directory")));
  }
  EXPECT_EQ(checked(5, "H5Sget_simple_extent_ndims", "here"), 5);
}

TEST(Checked, Hdf5DoesNotPrintErrorsInAnyThread) {
  const auto fail_quietly = [] {
    const Hdf5Guard guard;
    EXPECT_LT(H5Dclose(-1), 0);
  };
  ::testing::internal::CaptureStderr();
  fail_quietly();
  std::thread(fail_quietly).join();
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

/// Writes blocks, flushing each, until a flush fails; the error, the later behaviour and the way
/// that the process ends are what is tested.
int write_until_full(const std::filesystem::path& path) {
  limit_file_size(400'000);
  const auto values = noise(1000);
  bool reported = false;
  {
    File file = File::create(path);
    DataSet x = file.root().create_data_set("x", Element::float64, {200, 1000}, {{1, 1000}});
    for (Index row = 0; row < 200 && !reported; ++row) {
      try {
        x.write(std::span<const double>(values), {row, 0}, {1, 1000});
        file.flush();
      } catch (const IoError& error) {
        reported = std::strstr(error.what(), "File too large") != nullptr &&
                   std::strstr(error.what(), path.c_str()) != nullptr;
      }
    }
    x.close();
    try {
      file.close();
      return 2;
    } catch (const IoError&) {
      // as it should: the file is not whole
    }
  }
  return reported ? 0 : 1;
}

TEST(FullDisk, IsReportedAndNeitherCrashesNorSpoilsTheFile) {
  const TemporaryFolder folder;
  const auto path = folder / "full.h5";
  const int status = status_of_child([&] { return write_until_full(path); });
  ASSERT_TRUE(WIFEXITED(status)) << "the child died of signal " << WTERMSIG(status);
  ASSERT_EQ(WEXITSTATUS(status), 0);

  const Matrix<double> rows = read_matrix(path, "x");
  const auto expected = noise(1000);
  Index whole = 0;
  while (whole < rows.rows() && std::memcmp(rows.view().row(whole), expected.data(),
                                            expected.size() * sizeof(double)) == 0) {
    ++whole;
  }
  // A row of noise takes at least 7000 bytes and at most its 8000 and a little.
  EXPECT_GE(whole, 40);
  EXPECT_LE(whole, 400'000 / 7000);
}

TEST(FullDisk, IsReportedByCloseWithoutAFlush) {
  const TemporaryFolder folder;
  const int status = status_of_child([&] {
    limit_file_size(4000);
    File file = File::create(folder / "full.h5");
    file.root().create_data_set("x", Element::float64, {1000}).write(noise(1000));
    try {
      file.close();
    } catch (const IoError&) {
      return 0;
    }
    return 1;
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(FullDisk, ADroppedFileEndsQuietly) {
  const TemporaryFolder folder;
  const int status = status_of_child([&] {
    limit_file_size(4000);
    const File file = File::create(folder / "full.h5");
    file.root().create_data_set("x", Element::float64, {1000}).write(noise(1000));
    return 0;
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Threads, MayUseHdf5AtTheSameTime) {
  const TemporaryFolder folder;
  constexpr int threads = 4;
  constexpr int rounds = 25;
  std::vector<int> right(threads, 0);
  {
    std::vector<std::jthread> team;
    team.reserve(threads);
    for (int t = 0; t < threads; ++t) {
      team.emplace_back([&, t] {
        const auto path = folder / (std::to_string(t) + ".h5");
        for (int round = 0; round < rounds; ++round) {
          const std::vector<double> values(100, t * 1000.0 + round);
          File file = File::create(path);
          file.root().create_data_set("x", Element::float64, {100}, {{10}}).write(values);
          file.close();
          right[static_cast<std::size_t>(t)] += read_vector(path, "x") == values ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(right, std::vector<int>(threads, rounds));
}

}  // namespace
}  // namespace polypath
