#include "polypath/record/cell_file.hpp"
#include "polypath/record/cell_reader.hpp"
#include "polypath/record/file_names.hpp"

#include "unit/io/child_process.hpp"
#include "unit/io/temporary_folder.hpp"
#include "unit/record/sample_cell.hpp"

#include <algorithm>
#include <atomic>

#include <gtest/gtest.h>
#include <sys/syscall.h>

namespace {

/// Writes that this process may still make; the one after the last ends it as kill -9 would, with
/// nothing of it done. Negative: no end.
std::atomic<long> writes_left = -1;

}  // namespace

/// Stands before the C library's own in this test program, where the file driver calls it.
extern "C" ssize_t pwrite(int descriptor, const void* bytes, std::size_t size, off_t address) {
  if (writes_left >= 0 && writes_left-- == 0) {
    ::raise(SIGKILL);
  }
  return ::syscall(SYS_pwrite64, descriptor, bytes, size, address);
}

namespace polypath {
namespace {

using testing::sample_block;
using testing::sample_header;
using testing::status_of_child;
using testing::TemporaryFolder;

constexpr Index blocks = 5;

/// Leading blocks of member 0 that the file holds whole.
Index whole_blocks(const CellContents& cell, const CellHeader& header) {
  const auto K = cell.read_K(0);
  const auto outside = cell.read_outside(0);
  const Index length = cell.records() / blocks;
  Index whole = 0;
  for (; whole < blocks; ++whole) {
    const RecordBlock expected = sample_block(header, 0, whole * length, length);
    const auto holds = [&](const std::vector<double>& all, const std::vector<double>& part) {
      return std::equal(part.begin(), part.end(),
                        all.begin() + whole * static_cast<std::ptrdiff_t>(part.size()));
    };
    if (!holds(K, expected.K) || !holds(outside, expected.outside)) {
      break;
    }
  }
  return whole;
}

TEST(CrashPoints, AfterAnyNumberOfWritesThePartialFileHoldsTheBlocksFlushedBefore) {
  // Five blocks of as many records as a chunk of this cell holds.
  const CellHeader header = sample_header(1, 1820 * blocks);
  Index before = 0;
  long points = 0;
  for (; points < 1000; ++points) {
    const TemporaryFolder folder;
    const int status = status_of_child([&] {
      writes_left = points;
      CellWriter writer(folder.path(), header);
      const Index length = writer.records_per_block();
      for (Index block = 0; block < blocks; ++block) {
        writer.write(sample_block(header, 0, block * length, length));
      }
      writer.finish();
      return length == 1820 ? 0 : 1;
    });
    if (WIFEXITED(status)) {
      ASSERT_EQ(WEXITSTATUS(status), 0);
      break;
    }
    const auto partial = partial_cell_path(folder.path(), 7);
    if (std::filesystem::exists(partial)) {
      const Index whole = whole_blocks(read_cell(partial), header);
      ASSERT_GE(whole, before) << "after " << points << " writes";
      before = whole;
    }
  }
  EXPECT_EQ(before, blocks);
  EXPECT_GT(points, 3 * blocks) << "the file driver no longer calls pwrite";
}

}  // namespace
}  // namespace polypath
