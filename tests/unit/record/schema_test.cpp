#include "polypath/record/cell_file.hpp"
#include "polypath/record/file_names.hpp"

#include "support/paths.hpp"
#include "unit/io/temporary_folder.hpp"
#include "unit/record/sample_cell.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/wait.h>

namespace polypath {
namespace {

using testing::sample_block;
using testing::sample_header;
using testing::sample_layers;
using testing::TemporaryFolder;

/// Runs check_schema.py on the cell file of `folder`.
void check_schema(const TemporaryFolder& folder, const std::string& layers) {
  // Debian's Python, where the packages that the tests install live; else the one in the path.
  const std::string python =
      std::filesystem::exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
  const auto log = folder / "log";
  const std::string command =
      python + " " + source_path("tests/unit/record/check_schema.py").string() + " " +
      cell_path(folder.path(), 7).string() + " " + layers + " > " + log.string() + " 2>&1";
  const int status = std::system(command.c_str());  // NOLINT(cert-env33-c)
  std::ostringstream output;
  output << std::ifstream(log).rdbuf();
  constexpr int no_h5py = 77;
  constexpr int no_python = 127;
  if (WEXITSTATUS(status) == no_h5py || WEXITSTATUS(status) == no_python) {
    GTEST_SKIP() << "Python with h5py is needed: " << output.str();
  }
  EXPECT_EQ(status, 0) << output.str();
}

TEST(Schema, H5pySeesNamedAxesUnitsAndMeanings) {
  for (const auto layers : {LayersRecorded::none, LayersRecorded::initial, LayersRecorded::all}) {
    const TemporaryFolder folder;
    CellHeader header = sample_header(2, 6);
    header.config.config.record.layers = layers;
    CellWriter writer(folder.path(), header);
    writer.write(sample_block(header, 0, 0, 6));
    if (layers == LayersRecorded::initial) {
      writer.write(InitialLayers{0, sample_layers(header, 0, 0, 1)});
    }
    writer.finish();
    check_schema(folder, to_string(layers));
  }
}

}  // namespace
}  // namespace polypath
