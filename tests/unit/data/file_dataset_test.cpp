#include "polypath/core/error.hpp"
#include "polypath/data/dataset.hpp"

#include "matrices.hpp"
#include "support/paths.hpp"

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <hdf5.h>
#include <hdf5_hl.h>
#include <unistd.h>

namespace polypath {
namespace {

using test::expect_near;
using test::identity;
using test::matrix_of;
using testing::AllOf;
using testing::HasSubstr;

class FileDataset : public testing::Test {
 protected:
  FileDataset()
      : path_(std::filesystem::temp_directory_path() /
              ("polypath_data_" + std::to_string(getpid()) + ".h5")) {
    file_ = H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  }
  ~FileDataset() override {
    close();
    std::filesystem::remove(path_);
  }
  FileDataset(const FileDataset&) = delete;
  FileDataset& operator=(const FileDataset&) = delete;

  void close() {
    if (file_ >= 0) {
      H5Fclose(file_);
      file_ = -1;
    }
  }

  void write(const char* name, const Matrix<double>& matrix) const {
    const std::array<hsize_t, 2> sizes{static_cast<hsize_t>(matrix.rows()),
                                       static_cast<hsize_t>(matrix.columns())};
    ASSERT_GE(H5LTmake_dataset_double(file_, name, 2, sizes.data(), matrix.data()), 0);
  }

  Dataset read() {
    close();
    return file_dataset(path_.string());
  }

  template <class Failure>
  std::string message() {
    try {
      (void)read();
    } catch (const Failure& error) {
      return error.what();
    }
    ADD_FAILURE() << "the file was accepted";
    return "";
  }

  std::filesystem::path path_;
  hid_t file_ = -1;
};

TEST_F(FileDataset, ReadsXAndYAndIgnoresOthers) {
  const auto x = matrix_of({{1, 2, 3}, {4, 5, 6}});
  const auto y = matrix_of({{-1}, {0.5}});
  write("x", x);
  write("y", y);
  write("z", matrix_of({{std::nan("")}}));
  const Dataset data = read();
  expect_near(data.x, x, 0.0);
  expect_near(data.y, y, 0.0);
}

TEST_F(FileDataset, NamesBothExampleCounts) {
  write("x", Matrix<double>(4, 2));
  write("y", Matrix<double>(5, 2));
  EXPECT_THAT(message<BadData>(),
              AllOf(HasSubstr(path_.string()), HasSubstr("4 examples"), HasSubstr("has 5")));
}

TEST_F(FileDataset, NamesThePositionOfNan) {
  write("x", Matrix<double>(3, 2));
  Matrix<double> y(3, 4);
  y(2, 1) = std::nan("");
  write("y", y);
  EXPECT_THAT(message<BadData>(), AllOf(HasSubstr("`y`"), HasSubstr("nan at row 2, column 1")));
}

TEST_F(FileDataset, NamesThePositionOfInfinity) {
  Matrix<double> x(3, 4);
  x(1, 3) = -std::numeric_limits<double>::infinity();
  write("x", x);
  write("y", Matrix<double>(3, 1));
  EXPECT_THAT(message<BadData>(), AllOf(HasSubstr("`x`"), HasSubstr("-inf at row 1, column 3")));
}

TEST_F(FileDataset, RefusesEmpty) {
  write("x", Matrix<double>(0, 4));
  write("y", Matrix<double>(0, 2));
  EXPECT_THAT(message<BadData>(), HasSubstr("empty"));
}

TEST_F(FileDataset, RefusesAMissingDataSet) {
  write("x", Matrix<double>(2, 4));
  EXPECT_THAT(message<BadData>(), HasSubstr("y"));
}

TEST_F(FileDataset, RefusesOneDimension) {
  write("x", Matrix<double>(2, 4));
  const hsize_t size = 2;
  const std::array<double, 2> labels{0.0, 1.0};
  ASSERT_GE(H5LTmake_dataset_double(file_, "y", 1, &size, labels.data()), 0);
  EXPECT_THAT(message<BadData>(), HasSubstr("y"));
}

TEST_F(FileDataset, RefusesWhatIsNotHdf5) {
  close();
  std::ofstream(path_) << "x,y\n1,2\n";
  EXPECT_THAT(message<BadData>(), HasSubstr(path_.string()));
}

TEST_F(FileDataset, SaysWhenThereIsNoFile) {
  close();
  std::filesystem::remove(path_);
  EXPECT_THAT(message<MissingInput>(), HasSubstr(path_.string()));
}

TEST_F(FileDataset, OfNumbersWhoseSquaresVanishOrOverflowIsRefused) {
  for (const double scale : {1e-310, 1e-19, 1e16}) {
    for (const bool of_x : {true, false}) {
      file_ =
          file_ >= 0 ? file_ : H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
      write("x", matrix_of({{of_x ? scale : 1, 0}, {0, 0}}));
      write("y", matrix_of({{of_x ? 1 : scale}, {0}}));
      close();
      DataConfig config;
      config.task = Task::file;
      config.file = path_.string();
      try {
        (void)make_dataset(config);
        ADD_FAILURE() << scale;
      } catch (const BadData& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr(path_.string()), HasSubstr(of_x ? "`x`" : "`y`"),
                                        HasSubstr("near 1")));
      }
      // Whitening takes the scale of x away.
      config.whiten = true;
      if (of_x) {
        EXPECT_NEAR(std::abs(make_dataset(config).x(0, 0)), 1, 1e-12);
      }
    }
  }
}

TEST(GoldenFile, HoldsThePapersData) {
  DataConfig config;
  config.task = Task::file;
  config.file = source_path("tests/golden/tanh_depth3_width32.h5").string();
  const Dataset data = make_dataset(config);
  expect_near(data.x, identity(8), 0.0);
  expect_near(data.y, hierarchy_dataset(4, 2).y, 0.0);
}

}  // namespace
}  // namespace polypath
