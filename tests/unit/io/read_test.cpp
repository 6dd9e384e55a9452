#include "polypath/io/read.hpp"

#include "polypath/core/error.hpp"
#include "polypath/io/file.hpp"

#include "support/paths.hpp"
#include "unit/io/temporary_folder.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

namespace polypath {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TemporaryFolder;

/// The message of the BadData that reading `dataset` as a matrix throws; empty when it does not.
std::string complaint(const std::filesystem::path& file, const std::string& dataset) {
  try {
    static_cast<void>(read_matrix(file, dataset));
  } catch (const BadData& error) {
    return error.what();
  }
  return "";
}

class Read : public ::testing::Test {
 protected:
  Read() {
    File out = File::create(file_);
    Group root = out.root();
    root.create_data_set("matrix", Element::float64, {2, 3})
        .write(std::vector<double>{0.1, 2, 3, 4, 5, -6e300});
    root.create_data_set("integers", Element::int8, {2, 2})
        .write(std::vector<std::int8_t>{-1, 0, 1, 127});
    root.create_data_set("single", Element::float32, {1, 2}).write(std::vector<float>{0.5F, 0.1F});
    root.create_data_set("a/b/vector", Element::uint64, {2})
        .write(std::vector<std::uint64_t>{7, 9});
    root.create_data_set("cube", Element::float64, {1, 1, 1}).write(std::vector<double>{1});
    root.create_data_set("scalar", Element::float64, {}).write(std::vector<double>{1});
    root.create_data_set("empty", Element::float64, {0, 3});
    root.create_text_data_set("words", {"one"});
    root.create_group("group");
    out.close();
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "data.h5";
};

TEST_F(Read, ConvertsEveryNumericTypeToDouble) {
  const Matrix<double> matrix = read_matrix(file_, "matrix");
  EXPECT_EQ(matrix.rows(), 2);
  EXPECT_EQ(matrix.columns(), 3);
  EXPECT_THAT(matrix.elements(), ElementsAre(0.1, 2, 3, 4, 5, -6e300));
  EXPECT_THAT(read_matrix(file_, "integers").elements(), ElementsAre(-1, 0, 1, 127));
  EXPECT_THAT(read_matrix(file_, "single").elements(), ElementsAre(0.5, double{0.1F}));
  EXPECT_THAT(read_vector(file_, "a/b/vector"), ElementsAre(7, 9));
}

TEST_F(Read, ReadsBooleansAsH5pyWritesThem) {
  const hid_t file = H5Fopen(file_.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
  const std::int8_t values[] = {0, 1};
  H5Tenum_insert(type, "FALSE", &values[0]);
  H5Tenum_insert(type, "TRUE", &values[1]);
  const hsize_t extents[] = {1, 2};
  const hid_t space = H5Screate_simple(2, extents, nullptr);
  const hid_t data_set =
      H5Dcreate2(file, "flags", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  ASSERT_GE(H5Dwrite(data_set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
  H5Dclose(data_set);
  H5Sclose(space);
  H5Tclose(type);
  H5Fclose(file);
  EXPECT_THAT(read_matrix(file_, "flags").elements(), ElementsAre(0, 1));
}

TEST_F(Read, SaysWhatIsWrongWithADataSet) {
  EXPECT_THAT(complaint(file_, "nothing"), HasSubstr("'nothing' of '" + file_.string()));
  EXPECT_THAT(complaint(file_, "nothing"), HasSubstr("is missing; the file holds a, cube, empty"));
  EXPECT_THAT(complaint(file_, "no/such/path"), HasSubstr("is missing"));
  EXPECT_THAT(complaint(file_, "group"), HasSubstr("is a group"));
  EXPECT_THAT(complaint(file_, "cube"), HasSubstr("has 3 dimensions (1 x 1 x 1) where 2 are"));
  EXPECT_THAT(complaint(file_, "scalar"), HasSubstr("has 0 dimensions (a single value)"));
  EXPECT_THAT(complaint(file_, "empty"), HasSubstr("is empty (0 x 3)"));
  EXPECT_THAT(complaint(file_, "words"), HasSubstr("is not numeric"));
  EXPECT_THROW(static_cast<void>(read_vector(file_, "matrix")), BadData);
}

TEST_F(Read, KnowsWhichDataSetsExist) {
  EXPECT_TRUE(has_dataset(file_, "matrix"));
  EXPECT_TRUE(has_dataset(file_, "a/b/vector"));
  EXPECT_FALSE(has_dataset(file_, "a/b"));
  EXPECT_FALSE(has_dataset(file_, "a/c/vector"));
  EXPECT_FALSE(has_dataset(file_, ""));
}

TEST_F(Read, TellsAMissingFileFromAWrongOne) {
  EXPECT_THROW(static_cast<void>(read_matrix(folder_ / "none.h5", "x")), MissingInput);
  EXPECT_THROW(static_cast<void>(read_matrix(file_ / "below", "x")), MissingInput);
  EXPECT_THAT(complaint(folder_.path(), "x"), HasSubstr("is a directory"));

  const auto text = folder_ / "data.csv";
  std::ofstream(text) << "1,2\n3,4\n";
  EXPECT_THAT(complaint(text, "x"), HasSubstr("is not an HDF5 file"));

  const auto nothing = folder_ / "nothing.h5";
  std::ofstream(nothing).flush();
  EXPECT_THAT(complaint(nothing, "x"), HasSubstr("is not an HDF5 file"));

  const auto cut = folder_ / "cut.h5";
  std::filesystem::copy_file(file_, cut);
  std::filesystem::resize_file(cut, std::filesystem::file_size(cut) / 2);
  EXPECT_THAT(complaint(cut, "matrix"), HasSubstr("damaged HDF5 file"));
}

TEST(ReadGolden, ReadsTheGoldenFiles) {
  const auto golden = source_path("tests/golden/linear_depth3_width32.h5");
  const Matrix<double> layer = read_matrix(golden, "initial_weights/pathway_1/layer_3");
  EXPECT_EQ(layer.rows(), 15);
  EXPECT_EQ(layer.columns(), 32);
  EXPECT_EQ(read_vector(golden, "loss").size(), 81U);
}

}  // namespace
}  // namespace polypath
