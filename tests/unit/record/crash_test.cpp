#include "polypath/core/error.hpp"
#include "polypath/record/cell_file.hpp"
#include "polypath/record/cell_reader.hpp"
#include "polypath/record/file_names.hpp"

#include "src/record/cell_schema.hpp"
#include "unit/io/child_process.hpp"
#include "unit/io/temporary_folder.hpp"
#include "unit/record/sample_cell.hpp"

#include <chrono>
#include <cstring>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath {
namespace {

using testing::limit_file_size;
using testing::sample_block;
using testing::sample_header;
using testing::status_of_child;
using testing::TemporaryFolder;

/// Leading blocks of member 0 that the file holds whole.
Index whole_blocks(const CellContents& cell, const CellHeader& header) {
  const auto K = cell.read_K(0);
  const Index block_records = records_per_chunk(header);
  Index blocks = 0;
  for (; (blocks + 1) * block_records <= cell.records(); ++blocks) {
    const auto expected = sample_block(header, 0, blocks * block_records, block_records).K;
    const auto begin = K.begin() + blocks * static_cast<std::ptrdiff_t>(expected.size());
    if (!std::equal(expected.begin(), expected.end(), begin)) {
      break;
    }
  }
  return blocks;
}

/// Feeds member 0 with all its whole blocks.
void write_blocks(CellWriter& writer, const CellHeader& header) {
  const Index length = writer.records_per_block();
  for (Index first = 0; first + length <= static_cast<Index>(header.epochs.size());
       first += length) {
    writer.write(sample_block(header, 0, first, length));
  }
}

/// Feeds blocks until the writer complains; 0 when it did so in words that help.
int write_until_refused(const std::filesystem::path& folder, const CellHeader& header) {
  limit_file_size(3'000'000);
  CellWriter writer(folder, header);
  try {
    write_blocks(writer, header);
    writer.finish();
    return 1;
  } catch (const IoError& error) {
    if (std::strstr(error.what(), "File too large") == nullptr ||
        std::strstr(error.what(), "cell-00007.h5") == nullptr) {
      return 2;
    }
  }
  try {
    writer.finish();
    return 3;
  } catch (const IoError&) {
    return 0;
  }
}

TEST(FullDisk, TheWriterSaysSoAndLeavesAReadableFile) {
  const TemporaryFolder folder;
  const CellHeader header = sample_header(1, 40'000);
  const int status = status_of_child([&] { return write_until_refused(folder.path(), header); });
  ASSERT_TRUE(WIFEXITED(status)) << "the child died of signal " << WTERMSIG(status);
  ASSERT_EQ(WEXITSTATUS(status), 0);
  EXPECT_FALSE(std::filesystem::exists(cell_path(folder.path(), 7)));
  const CellContents cell = read_cell(partial_cell_path(folder.path(), 7));
  const Index blocks = whole_blocks(cell, header);
  // Scales and epochs take 640 kB; a block at most its 0.31 MB uncompressed.
  EXPECT_GE(blocks, (3'000'000 - 640'000) / 310'000 - 1);
  EXPECT_LT(blocks, 40'000 / records_per_chunk(header));
}

TEST(FullDisk, ACellThatCannotEvenBeginLeavesNothing) {
  const TemporaryFolder folder;
  const int status = status_of_child([&] {
    limit_file_size(1000);
    try {
      const CellWriter writer(folder.path(), sample_header(1, 10));
    } catch (const IoError&) {
      return 0;
    }
    return 1;
  });
  ASSERT_TRUE(WIFEXITED(status)) << "the child died of signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

/// Waits until the file has grown to `bytes`; false when that takes a minute.
bool grows_to(const std::filesystem::path& path, std::uintmax_t bytes) {
  for (int wait = 0; wait < 60'000; ++wait) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(path, missing);
    if (!missing && size >= bytes) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

TEST(Kill, ThePartialFileReopensAndHoldsTheFlushedBlocks) {
  const CellHeader header = sample_header(1, 100'000);
  for (int attempt = 0; attempt < 6; ++attempt) {
    const TemporaryFolder folder;
    const pid_t child = ::fork();
    if (child == 0) {
      CellWriter writer(folder.path(), header);
      write_blocks(writer, header);
      ::pause();
    }
    const auto partial = partial_cell_path(folder.path(), 7);
    // Scales and epochs take 1.6 MB, a block at most its 0.31 MB uncompressed; the kill falls into
    // the writing of one of the later blocks.
    const std::uintmax_t bytes = 4'000'000 + 150'000 * static_cast<std::uintmax_t>(attempt);
    const bool grown = grows_to(partial, bytes);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ASSERT_TRUE(grown);

    const CellContents cell = read_cell(partial);
    EXPECT_GE(whole_blocks(cell, header), (4'000'000 - 1'600'000) / 310'000 - 1)
        << "attempt " << attempt;
    EXPECT_EQ(cell.status.front(), MemberStatus::unfinished);
  }
}

}  // namespace
}  // namespace polypath
