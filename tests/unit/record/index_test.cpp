#include "polypath/core/error.hpp"
#include "polypath/io/file.hpp"
#include "polypath/record/cell_file.hpp"
#include "polypath/record/file_names.hpp"
#include "polypath/record/index_file.hpp"

#include "src/record/swept_json.hpp"
#include "unit/io/temporary_folder.hpp"
#include "unit/record/sample_cell.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath {
namespace {

using ::testing::ElementsAre;
using ::testing::IsNan;
using testing::sample_block;
using testing::sample_header;
using testing::TemporaryFolder;

void write_cell(const std::filesystem::path& folder, Index number, const std::string& depth) {
  CellHeader header = sample_header(2, 3);
  header.cell = number;
  header.config.swept.front().value = depth;
  CellWriter writer(folder, header);
  for (Index member = 0; member < 2; ++member) {
    writer.write(sample_block(header, member, 0, 3));
  }
  writer.member_done(0, {MemberStatus::finished, 20, 0.25, 0.96, Settled::no});
  writer.member_done(1, {MemberStatus::diverged, 13, 1e7});
  writer.finish();
}

TEST(Index, IsRebuiltFromTheFinishedCells) {
  const TemporaryFolder folder;
  write_cell(folder / "cells", 11, "4");
  write_cell(folder / "cells", 2, "3");
  {
    CellHeader growing = sample_header(1, 1);
    growing.cell = 5;
    const CellWriter abandoned(folder / "cells", growing);
  }
  rebuild_index(folder.path());
  EXPECT_FALSE(std::filesystem::exists(folder / "index.h5.tmp"));

  const Group root = File::open(folder / "index.h5").root();
  const Group members = root.open_group("members");
  EXPECT_THAT(members.open_data_set("cell").read<Index>(), ElementsAre(2, 2, 11, 11));
  EXPECT_THAT(members.open_data_set("seed").read<std::uint64_t>(),
              ElementsAre(18446744073709551615U, 18446744073709551614U, 18446744073709551615U,
                          18446744073709551614U));
  EXPECT_THAT(members.open_data_set("status").read<std::int8_t>(), ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(members.open_data_set("epochs_done").read<Index>(), ElementsAre(20, 13, 20, 13));
  EXPECT_THAT(members.open_data_set("stopped_epoch").read<Index>(), ElementsAre(20, 13, 20, 13));
  EXPECT_THAT(members.open_data_set("final_loss").read<double>(),
              ElementsAre(0.25, 1e7, 0.25, 1e7));
  EXPECT_THAT(members.open_data_set("edge_ratio").read<double>(),
              ElementsAre(0.96, IsNan(), 0.96, IsNan()));
  EXPECT_THAT(members.open_data_set("settled").read<std::int8_t>(), ElementsAre(0, 2, 0, 2));
  EXPECT_THAT(members.open_data_set("swept/network.depth").read<double>(), ElementsAre(3, 3, 4, 4));
  EXPECT_THAT(members.open_data_set("swept/network.activation").read_text(),
              ElementsAre("relu", "relu", "relu", "relu"));
  EXPECT_THAT(members.open_data_set("cell_file").read_text(),
              ElementsAre("cells/cell-00002.h5", "cells/cell-00002.h5", "cells/cell-00011.h5",
                          "cells/cell-00011.h5"));
}

TEST(Index, TakesSummaryMetricsAndReplacesTheOldIndex) {
  const TemporaryFolder folder;
  std::ofstream(folder / "index.h5") << "an old index";
  MemberRow row;
  row.swept = {{"network.pathway", "[{ hidden = [50] }]"}};
  write_index(folder.path(), {row, row}, {{"dominance", {{0.5, -1.0}, "share 1 less share 2"}}});
  const Group members = File::open(folder / "index.h5").root().open_group("members");
  EXPECT_THAT(members.open_data_set("dominance").read<double>(), ElementsAre(0.5, -1.0));
  EXPECT_THAT(members.open_data_set("swept/network.pathway").read_text(),
              ElementsAre("[{ hidden = [50] }]", "[{ hidden = [50] }]"));
  EXPECT_THROW(write_index(folder.path(), {row}, {{"dominance", {{}, "nothing"}}}), InternalError);
  EXPECT_FALSE(std::filesystem::exists(folder / "index.h5.tmp"));
  EXPECT_THROW(write_index(folder / "none", {row}), CannotCreate);
}

TEST(Index, OfNothingIsEmpty) {
  const TemporaryFolder folder;
  rebuild_index(folder.path());
  const Group members = File::open(folder / "index.h5").root().open_group("members");
  EXPECT_TRUE(members.open_data_set("cell").read<Index>().empty());
}

TEST(SweptJson, GoesThereAndBack) {
  const std::vector<SweptValue> swept{{"network.depth", "3"},
                                      {"init.sigma", "0.0316"},
                                      {"network.bias", "true"},
                                      {"network.activation", "\"tanh\""},
                                      {"data.singular_values", "[3.5,2]"},
                                      {"network.pathway", "[{ hidden = [50] }]"}};
  const auto back = swept_from_json(swept_to_json(swept));
  ASSERT_EQ(back.size(), swept.size());
  for (std::size_t i = 0; i < swept.size(); ++i) {
    EXPECT_EQ(back[i].key, swept[i].key);
    EXPECT_EQ(back[i].value, swept[i].value);
  }
}

}  // namespace
}  // namespace polypath
