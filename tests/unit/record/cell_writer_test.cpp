#include "polypath/core/build_info.hpp"
#include "polypath/core/error.hpp"
#include "polypath/io/file.hpp"
#include "polypath/record/cell_file.hpp"
#include "polypath/record/cell_reader.hpp"
#include "polypath/record/file_names.hpp"

#include "src/record/cell_schema.hpp"
#include "unit/io/temporary_folder.hpp"
#include "unit/record/sample_cell.hpp"

#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsNan;
using testing::sample_block;
using testing::sample_header;
using testing::sample_layers;
using testing::TemporaryFolder;

/// Writes every record of every member in blocks of the length that the writer asks for.
void write_all(CellWriter& writer, const CellHeader& header) {
  const auto records = static_cast<Index>(header.epochs.size());
  for (Index first = 0; first < records; first += writer.records_per_block()) {
    const Index count = std::min(writer.records_per_block(), records - first);
    for (Index member = 0; member < static_cast<Index>(header.seeds.size()); ++member) {
      writer.write(sample_block(header, member, first, count));
    }
  }
}

TEST(CellWriter, AFinishedCellComesBackBitForBit) {
  const TemporaryFolder folder;
  const CellHeader header = sample_header(3, 5);
  {
    CellWriter writer(folder / "cells", header);
    write_all(writer, header);
    for (Index member = 0; member < 3; ++member) {
      writer.member_done(member, {MemberStatus::finished, 40, 0.1 * static_cast<double>(member)});
    }
    writer.finish();
  }
  const CellContents cell = read_cell(cell_path(folder / "cells", 7));
  EXPECT_EQ(cell.cell, 7);
  EXPECT_EQ(cell.rank, 3);
  EXPECT_EQ(cell.pathways, 2);
  EXPECT_FALSE(cell.diagonal);
  EXPECT_EQ(cell.epochs, header.epochs);
  EXPECT_EQ(cell.seeds, header.seeds);
  EXPECT_EQ(cell.group, header.modes.group);
  EXPECT_EQ(cell.S, header.modes.S);
  EXPECT_EQ(cell.U.elements(), header.modes.U.elements());
  EXPECT_EQ(cell.V.elements(), header.modes.V.elements());
  EXPECT_EQ(cell.target.elements(), header.modes.target.elements());
  EXPECT_THAT(cell.status, Each(MemberStatus::finished));
  EXPECT_THAT(cell.final_loss, ElementsAre(0.0, 0.1, 0.2));
  for (Index member = 0; member < 3; ++member) {
    const RecordBlock whole = sample_block(header, member, 0, 5);
    EXPECT_EQ(cell.read_K(member), whole.K);
    EXPECT_EQ(cell.read_outside(member), whole.outside);
    for (Index record = 0; record < 5; ++record) {
      EXPECT_EQ(cell.loss(member, record), whole.loss[static_cast<std::size_t>(record)]);
    }
  }
}

TEST(CellWriter, KeepsWhereTheNumbersCameFrom) {
  const TemporaryFolder folder;
  const CellHeader header = sample_header(1, 1);
  CellWriter(folder.path(), header).finish();
  const CellContents cell = read_cell(cell_path(folder.path(), 7));
  const auto& attributes = cell.attributes;
  EXPECT_EQ(attributes.at("resolved_config"), header.config.resolved);
  EXPECT_EQ(attributes.at("settings_hash"), settings_hash(header.config.resolved));
  EXPECT_EQ(attributes.at("swept"), R"({"network.depth":3,"network.activation":"relu"})");
  EXPECT_EQ(attributes.at("backend"), "cpu");
  EXPECT_EQ(attributes.at("simd_target"), "AVX2");
  EXPECT_EQ(attributes.at("program_version"), build_info().version);
  EXPECT_EQ(attributes.at("git_revision"), build_info().git_revision);
  EXPECT_EQ(attributes.at("compiler"), build_info().compiler);
  EXPECT_THAT(attributes.at("start_time"), ::testing::MatchesRegex("....-..-..T..:..:..Z"));
  EXPECT_GE(attributes.at("end_time"), attributes.at("start_time"));
  ASSERT_EQ(cell.swept.size(), 2U);
  EXPECT_EQ(cell.swept[0].key, "network.depth");
  EXPECT_EQ(cell.swept[0].value, "3");
  EXPECT_EQ(cell.swept[1].value, "\"relu\"");
}

void expect_equal(const LayerQuantities& found, const LayerQuantities& expected) {
  EXPECT_EQ(found.gain, expected.gain);
  EXPECT_EQ(found.p, expected.p);
  EXPECT_EQ(found.forward_gain, expected.forward_gain);
  EXPECT_EQ(found.backward_gain, expected.backward_gain);
  EXPECT_EQ(found.balance_drift, expected.balance_drift);
}

TEST(CellWriter, LayersOfEveryRecordComeBack) {
  const TemporaryFolder folder;
  CellHeader header = sample_header(2, 3);
  header.config.config.record.layers = LayersRecorded::all;
  CellWriter writer(folder.path(), header);
  write_all(writer, header);
  writer.finish();
  const CellContents cell = read_cell(cell_path(folder.path(), 7));
  EXPECT_EQ(cell.layers_recorded, LayersRecorded::all);
  EXPECT_EQ(cell.layers, 3);
  for (Index member = 0; member < 2; ++member) {
    for (Index record = 0; record < 3; ++record) {
      expect_equal(cell.read_layers(member, record), sample_layers(header, member, record, 1));
    }
  }
}

TEST(CellWriter, LayersOfTheStartComeBackAndTheOthersAreMissing) {
  const TemporaryFolder folder;
  const CellHeader header = sample_header(2, 3);
  ASSERT_EQ(header.config.config.record.layers, LayersRecorded::initial);
  CellWriter writer(folder.path(), header);
  LayerQuantities start = sample_layers(header, 1, 0, 1);
  writer.write(InitialLayers{1, start});
  writer.finish();
  const CellContents cell = read_cell(cell_path(folder.path(), 7));
  EXPECT_EQ(cell.layers_recorded, LayersRecorded::initial);
  start.balance_drift.clear();
  expect_equal(cell.read_layers(1), start);
  EXPECT_THAT(cell.read_layers(0).forward_gain, Each(IsNan()));
}

// As files from before record.layers are.
TEST(CellWriter, AFileWithoutLayersIsRead) {
  const TemporaryFolder folder;
  CellHeader header = sample_header(1, 1);
  header.config.config.record.layers = LayersRecorded::none;
  CellWriter(folder.path(), header).finish();
  const CellContents cell = read_cell(cell_path(folder.path(), 7));
  EXPECT_EQ(cell.layers_recorded, LayersRecorded::none);
  EXPECT_EQ(cell.layers, 0);
  EXPECT_FALSE(File::open(cell.path).root().has_data_set("layer"));
}

TEST(CellWriter, TheDiagonalAloneIsOneAxisLess) {
  const TemporaryFolder folder;
  CellHeader header = sample_header(2, 3);
  header.config.config.record.modes = ModesRecorded::diagonal;
  CellWriter writer(folder.path(), header);
  write_all(writer, header);
  writer.finish();
  const CellContents cell = read_cell(cell_path(folder.path(), 7));
  EXPECT_TRUE(cell.diagonal);
  EXPECT_EQ(cell.read_K(1), sample_block(header, 1, 0, 3).K);
  EXPECT_FALSE(File::open(cell.path).root().has_data_set("K"));
}

TEST(CellWriter, WhatIsNotWrittenReadsAsMissing) {
  const TemporaryFolder folder;
  const CellHeader header = sample_header(3, 4);
  {
    CellWriter writer(folder.path(), header);
    writer.write(sample_block(header, 1, 0, 2));
    writer.member_done(1, {MemberStatus::diverged, 15, 1e9});
    writer.write(sample_block(header, 2, 0, 1));
    writer.finish();
  }
  const CellContents cell = read_cell(cell_path(folder.path(), 7));
  EXPECT_THAT(cell.read_K(0), Each(IsNan()));
  EXPECT_THAT(cell.read_outside(0), Each(IsNan()));
  const auto K = cell.read_K(1);
  const auto written = sample_block(header, 1, 0, 2).K;
  EXPECT_TRUE(std::equal(written.begin(), written.end(), K.begin()));
  EXPECT_THAT(std::vector<double>(K.begin() + static_cast<std::ptrdiff_t>(written.size()), K.end()),
              Each(IsNan()));
  EXPECT_TRUE(std::isnan(cell.loss(1, 2)));
  EXPECT_THAT(cell.status, ElementsAre(MemberStatus::unfinished, MemberStatus::diverged,
                                       MemberStatus::unfinished));
  EXPECT_THAT(cell.stopped_epoch, ElementsAre(-1, 15, -1));
  EXPECT_TRUE(std::isnan(cell.final_loss[0]));
  EXPECT_EQ(cell.epochs_done(0), 0);
  EXPECT_EQ(cell.epochs_done(1), 15);
}

TEST(CellWriter, HasThePartialNameUntilItIsFinished) {
  const TemporaryFolder folder;
  const auto partial = partial_cell_path(folder.path(), 7);
  const auto finished = cell_path(folder.path(), 7);
  const CellHeader header = sample_header(1, 2);
  CellWriter writer(folder.path(), header);
  EXPECT_TRUE(std::filesystem::exists(partial));
  EXPECT_FALSE(std::filesystem::exists(finished));
  EXPECT_FALSE(std::filesystem::exists(folder / "cell-00007.tmp"));
  const CellContents early = read_cell(partial);
  writer.write(sample_block(header, 0, 0, 2));
  writer.finish();
  writer.finish();  // harmless
  EXPECT_TRUE(std::filesystem::exists(finished));
  EXPECT_FALSE(std::filesystem::exists(partial));
  EXPECT_EQ(early.read_K(0), sample_block(header, 0, 0, 2).K) << "not found under its new name";
  EXPECT_THROW(writer.write(sample_block(header, 0, 0, 2)), InternalError);
}

TEST(CellWriter, AnAbandonedCellStaysPartialAndReadable) {
  const TemporaryFolder folder;
  const CellHeader header = sample_header(1, 2);
  { const CellWriter writer(folder.path(), header); }
  EXPECT_FALSE(std::filesystem::exists(cell_path(folder.path(), 7)));
  const CellContents cell = read_cell(partial_cell_path(folder.path(), 7));
  EXPECT_THAT(cell.status, ElementsAre(MemberStatus::unfinished));
  EXPECT_EQ(cell.attributes.at("end_time"), "");
}

TEST(CellWriter, TakesBlocksFromManyThreads) {
  const TemporaryFolder folder;
  const CellHeader header = sample_header(24, 40);
  constexpr Index threads = 4;
  CellWriter writer(folder.path(), header);
  {
    std::vector<std::jthread> team;
    for (Index t = 0; t < threads; ++t) {
      team.emplace_back([&, t] {
        for (Index member = t; member < 24; member += threads) {
          writer.write(sample_block(header, member, 0, 40));
          writer.member_done(member, {MemberStatus::finished, 390, 0.5});
        }
      });
    }
  }
  writer.finish();
  const CellContents cell = read_cell(cell_path(folder.path(), 7));
  EXPECT_THAT(cell.status, Each(MemberStatus::finished));
  for (Index member = 0; member < 24; ++member) {
    EXPECT_EQ(cell.read_K(member), sample_block(header, member, 0, 40).K) << "member " << member;
  }
}

TEST(CellWriter, ABlockThatDoesNotFitSurfacesInFinish) {
  const TemporaryFolder folder;
  const CellHeader header = sample_header(1, 2);
  CellWriter writer(folder.path(), header);
  writer.write(sample_block(header, 1, 0, 2));  // there is no member 1
  EXPECT_THROW(writer.finish(), InternalError);
  EXPECT_THROW(writer.finish(), InternalError);
  EXPECT_THROW(writer.write(sample_block(header, 0, 0, 2)), InternalError);
}

TEST(CellWriter, RefusesBlocksThatWouldRewriteAChunk) {
  const TemporaryFolder folder;
  const CellHeader header = sample_header(1, 4000);
  CellWriter writer(folder.path(), header);
  const Index length = writer.records_per_block();
  ASSERT_LT(length, 4000);
  EXPECT_THROW(writer.write(sample_block(header, 0, 1, 2)), InternalError);
  EXPECT_THROW(writer.write(sample_block(header, 0, 0, length + 1)), InternalError);
  EXPECT_NO_THROW(writer.write(sample_block(header, 0, length, 3)));
}

TEST(CellWriter, ChunksHoldAQuarterMebibyteOfOneMember) {
  CellHeader header = sample_header(1, 100'000);
  EXPECT_EQ(records_per_chunk(header), 256 * 1024 / (2 * 3 * 3 * 8));
  header.config.config.record.modes = ModesRecorded::diagonal;
  EXPECT_EQ(records_per_chunk(header), 256 * 1024 / (2 * 3 * 8));
  EXPECT_EQ(records_per_chunk(sample_header(1, 9)), 9);
  EXPECT_EQ(record_chunk(5, {2, 3, 3}), (Extents{1, 5, 2, 3, 3}));
  EXPECT_EQ(record_chunk(1, {2, 4000, 4000}), (Extents{1, 1, 1, 500, 4000}));
}

TEST(CellWriter, SaysWhenTheFolderCannotBeMade) {
  const TemporaryFolder folder;
  std::ofstream(folder / "file") << "in the way";
  EXPECT_THROW(CellWriter(folder / "file/cells", sample_header(1, 1)), CannotCreate);
}

TEST(FinalWeightsFile, HasTheLayoutThatInitFileReads) {
  const TemporaryFolder folder;
  const CellHeader header = sample_header(2, 1);
  FinalWeights weights;
  weights.member = 1;
  weights.weights = {{Matrix<double>(5, 3), Matrix<double>(4, 5)}, {Matrix<double>(4, 3)}};
  weights.biases = {{Matrix<double>(5, 1), Matrix<double>(4, 1)}, {Matrix<double>(4, 1)}};
  weights.weights[0][1](3, 2) = 1.0 / 3.0;
  weights.biases[1][0](2, 0) = -0.1;
  CellWriter writer(folder.path(), header);
  writer.write(weights);
  writer.finish();

  const File file = File::open(weights_path(folder.path(), 7, header.seeds[1]));
  const Group root = file.root();
  EXPECT_EQ(root.open_data_set("initial_weights/pathway_0/layer_1").extents(), (Extents{5, 3}));
  EXPECT_EQ(root.open_data_set("initial_weights/pathway_0/layer_2").read<double>(),
            weights.weights[0][1].elements());
  EXPECT_EQ(root.open_data_set("initial_weights/pathway_1/layer_1").extents(), (Extents{4, 3}));
  EXPECT_EQ(root.open_data_set("initial_biases/pathway_1/layer_1").read<double>(),
            weights.biases[1][0].elements());
  EXPECT_EQ(read_text_attribute(root.handle(), "settings_hash", root.where()),
            settings_hash(header.config.resolved));
}

TEST(CellReader, RefusesFilesThatAreNotCells) {
  const TemporaryFolder folder;
  const auto path = folder / "other.h5";
  File::create(path).close();
  EXPECT_THROW(static_cast<void>(read_cell(path)), BadData);
  EXPECT_THROW(static_cast<void>(read_cell(folder / "none.h5")), MissingInput);
  {
    File newer = File::create(path);
    write_attribute(newer.root().handle(), "schema_version", cell_schema_version + 1, "root");
    newer.close();
  }
  EXPECT_THROW(static_cast<void>(read_cell(path)), BadData);
}

}  // namespace
}  // namespace polypath
