#include "polypath/core/error.hpp"
#include "polypath/io/file.hpp"

#include "unit/io/temporary_folder.hpp"

#include <cmath>
#include <limits>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5_hl.h>

namespace polypath {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TemporaryFolder;

template <class T>
class Elements : public ::testing::Test {};

using Types = ::testing::Types<double, float, std::int64_t, std::uint64_t, std::int8_t>;
TYPED_TEST_SUITE(Elements, Types);

TYPED_TEST(Elements, ComeBackBitForBit) {
  using Limits = std::numeric_limits<TypeParam>;
  const std::vector<TypeParam> values{Limits::lowest(), Limits::max(),
                                      Limits::min(),    Limits::epsilon(),
                                      TypeParam{1},     static_cast<TypeParam>(100) / TypeParam{3}};
  const TemporaryFolder folder;
  {
    File file = File::create(folder / "a.h5");
    file.root().create_data_set("x", element_of<TypeParam>, {2, 3}).write(values);
    file.root().create_data_set("chunked", element_of<TypeParam>, {2, 3}, {{1, 2}}).write(values);
    file.close();
  }
  const File file = File::open(folder / "a.h5");
  EXPECT_EQ(file.root().open_data_set("x").extents(), (Extents{2, 3}));
  EXPECT_EQ(file.root().open_data_set("x").template read<TypeParam>(), values);
  EXPECT_EQ(file.root().open_data_set("chunked").template read<TypeParam>(), values);
}

TEST(DataSet, WritesAndReadsBlocks) {
  const TemporaryFolder folder;
  File file = File::create(folder / "a.h5");
  DataSet x = file.root().create_data_set("x", Element::float64, {3, 4}, {{1, 2}});
  x.write(std::span<const double>(std::vector<double>{1, 2, 3, 4}), {1, 1}, {2, 2});
  const auto all = x.read<double>();
  EXPECT_TRUE(std::isnan(all[0]));
  EXPECT_EQ(all[5], 1);
  EXPECT_EQ(all[10], 4);
  EXPECT_TRUE(std::isnan(all[11]));
  EXPECT_THAT(x.read<double>({1, 2}, {2, 1}), ElementsAre(2, 4));
  EXPECT_TRUE(x.read<double>({0, 0}, {0, 4}).empty());
}

TEST(DataSet, RefusesBlocksThatDoNotFit) {
  const TemporaryFolder folder;
  File file = File::create(folder / "a.h5");
  DataSet x = file.root().create_data_set("x", Element::float64, {3, 4});
  const std::vector<double> two{1, 2};
  const std::span<const double> values(two);
  EXPECT_THROW(x.write(values), InternalError);
  EXPECT_THROW(x.write(values, {2, 3}, {1, 2}), InternalError);
  EXPECT_THROW(x.write(values, {0}, {2}), InternalError);
  EXPECT_THROW(x.write(values, {0, 0}, {1, 3}), InternalError);
}

TEST(DataSet, KeepsText) {
  const TemporaryFolder folder;
  const std::vector<std::string> words{"tanh", "", "ε ≈ 10⁻³"};
  {
    File file = File::create(folder / "a.h5");
    file.root().create_text_data_set("words", words);
    file.root().create_text_data_set("none", {});
    file.root().create_text_data_set("empty", {""});
    file.close();
  }
  const Group root = File::open(folder / "a.h5").root();
  EXPECT_EQ(root.open_data_set("words").read_text(), words);
  EXPECT_TRUE(root.open_data_set("none").read_text().empty());
  EXPECT_THAT(root.open_data_set("empty").read_text(), ElementsAre(""));
}

TEST(DataSet, KeepsNoTextThatIsTooLong) {
  const TemporaryFolder folder;
  File file = File::create(folder / "a.h5");
  DataSet words = file.root().create_text_data_set("words", {"abc", ""});
  words.write_text({"", "xyz"});
  EXPECT_THAT(words.read_text(), ElementsAre("", "xyz"));
  EXPECT_THROW(words.write_text({"abcd", ""}), InternalError);
  EXPECT_THROW(words.write_text({"abc"}), InternalError);
}

TYPED_TEST(Elements, AreMissingUntilTheyAreWritten) {
  const TemporaryFolder folder;
  File file = File::create(folder / "a.h5");
  const auto value =
      file.root().create_data_set("x", element_of<TypeParam>, {1}).template read<TypeParam>()[0];
  if constexpr (std::is_floating_point_v<TypeParam>) {
    EXPECT_TRUE(std::isnan(value));
  } else {
    const std::map<Element, TypeParam> of_netcdf{
        {Element::int8, static_cast<TypeParam>(-127)},
        {Element::int64, static_cast<TypeParam>(-9223372036854775806)},
        {Element::uint64, static_cast<TypeParam>(18446744073709551614U)}};
    EXPECT_EQ(value, of_netcdf.at(element_of<TypeParam>));
  }
}

TEST(DataSet, AxesAreNamedAfterTheirScales) {
  const TemporaryFolder folder;
  File file = File::create(folder / "a.h5");
  Group root = file.root();
  DataSet scale = root.create_data_set("mode", Element::int64, {2});
  scale.write(std::vector<std::int64_t>{1, 2});
  scale.make_scale("mode");
  DataSet x = root.create_data_set("x", Element::float64, {3, 2});
  x.attach_scale(1, scale);
  EXPECT_GT(H5DSis_scale(scale.handle().id()), 0);
  EXPECT_EQ(H5DSget_num_scales(x.handle().id(), 0), 0);
  EXPECT_EQ(H5DSget_num_scales(x.handle().id(), 1), 1);
  EXPECT_GT(H5DSis_attached(x.handle().id(), scale.handle().id(), 1), 0);
}

TEST(Attributes, KeepTextBeyondTheLimitOfOrdinaryAttributes) {
  const TemporaryFolder folder;
  const std::string longer_than_64_kib(100'000, 'x');
  {
    File file = File::create(folder / "a.h5");
    const Group root = file.root();
    write_attribute(root.handle(), "long", longer_than_64_kib, "root");
    write_attribute(root.handle(), "unicode", std::string("größer"), "root");
    write_attribute(root.handle(), "number", Index{-3}, "root");
    write_attribute(root.handle(), "unicode", std::string("σ√N"), "root");
    write_attribute(root.handle(), "flags", std::vector<std::int8_t>{0, 1}, "root");
    const hid_t fixed = H5Tcopy(H5T_C_S1);
    H5Tset_size(fixed, 5);
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute =
        H5Acreate2(root.handle().id(), "fixed", fixed, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, fixed, "abc\0\0");
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(fixed);
  }
  const Group root = File::open(folder / "a.h5").root();
  EXPECT_EQ(read_text_attribute(root.handle(), "long", "root"), longer_than_64_kib);
  EXPECT_EQ(read_text_attribute(root.handle(), "unicode", "root"), "σ√N");
  EXPECT_EQ(read_text_attribute(root.handle(), "fixed", "root"), "abc");
  EXPECT_EQ(read_index_attribute(root.handle(), "number", "root"), -3);
  EXPECT_FALSE(has_attribute(root.handle(), "none", "root"));
  EXPECT_THROW(static_cast<void>(read_text_attribute(root.handle(), "none", "root")), BadData);
  EXPECT_THROW(static_cast<void>(read_text_attribute(root.handle(), "number", "root")), BadData);
  EXPECT_THROW(static_cast<void>(read_index_attribute(root.handle(), "flags", "root")), BadData);
  const auto texts = read_text_attributes(root.handle(), "root");
  EXPECT_EQ(texts.size(), 3U);
  EXPECT_EQ(texts.at("fixed"), "abc");
}

TEST(Groups, FollowPathsAndExternalLinks) {
  const TemporaryFolder folder;
  {
    File other = File::create(folder / "other.h5");
    other.root().create_data_set("deep/x", Element::float64, {1}).write(std::vector<double>{2.5});
    other.close();
    File file = File::create(folder / "a.h5");
    const Group links = file.root().create_group("links");
    for (const auto& [name, target] : {std::pair{"there", "other.h5"}, {"nowhere", "gone.h5"}}) {
      ASSERT_GE(
          H5Lcreate_external(target, "/", links.handle().id(), name, H5P_DEFAULT, H5P_DEFAULT), 0);
    }
  }
  const Group root = File::open(folder / "a.h5").root();
  EXPECT_THAT(root.names(), ElementsAre("links"));
  EXPECT_THAT(root.open_group("links").names(), ElementsAre("nowhere", "there"));
  EXPECT_EQ(root.open_data_set("links/there/deep/x").read<double>().front(), 2.5);
  EXPECT_FALSE(root.has_data_set("links/nowhere/x"));
  EXPECT_THROW(static_cast<void>(root.open_group("links/nowhere")), BadData);
}

/// Whether links (of a group) and attributes are kept in the order in which they were made.
bool keeps_order(hid_t object, bool group) {
  const hid_t list = group ? H5Gget_create_plist(object) : H5Dget_create_plist(object);
  unsigned links = H5P_CRT_ORDER_TRACKED;
  unsigned attributes = 0;
  const bool read = (!group || H5Pget_link_creation_order(list, &links) >= 0) &&
                    H5Pget_attr_creation_order(list, &attributes) >= 0;
  H5Pclose(list);
  return read && (links & attributes & H5P_CRT_ORDER_TRACKED) != 0;
}

TEST(Groups, KeepTheOrderOfWhatIsMadeInThem) {
  const TemporaryFolder folder;
  File file = File::create(folder / "a.h5");
  Group root = file.root();
  const DataSet deep = root.create_data_set("by/the/way/x", Element::float64, {1});
  const Group made = root.create_group("also/made");
  const DataSet words = root.create_text_data_set("swept/words", {"a"});
  EXPECT_TRUE(keeps_order(root.handle().id(), true));
  for (const auto* name : {"by", "by/the", "by/the/way", "also", "also/made", "swept"}) {
    EXPECT_TRUE(keeps_order(root.open_group(name).handle().id(), true)) << name;
  }
  EXPECT_TRUE(keeps_order(deep.handle().id(), false));
  EXPECT_TRUE(keeps_order(words.handle().id(), false));
}

TEST(Files, ANewFileNeedsAFolder) {
  const TemporaryFolder folder;
  try {
    static_cast<void>(File::create(folder / "missing/a.h5"));
    FAIL() << "created a file in a folder that does not exist";
  } catch (const CannotCreate& error) {
    EXPECT_THAT(error.what(), HasSubstr("No such file or directory"));
    EXPECT_THAT(error.what(), HasSubstr("missing/a.h5"));
  }
}

}  // namespace
}  // namespace polypath
