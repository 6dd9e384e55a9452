#pragma once

#include "polypath/record/cell_file.hpp"
#include "polypath/record/file_names.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

namespace polypath::analysis {

/// A folder that goes when the test ends.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "polypath-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// K of one record, pathway x mode x mode_in.
using Record3 = std::vector<double>;

/// A cell of 2 pathways and 3 modes with targets 4, 2, 2; modes 2 and 3 are one group.
struct SyntheticCell {
  CellHeader header;
  std::vector<std::vector<Record3>> K;  ///< member, record
  std::vector<MemberStatus> status;     ///< member
  std::vector<LayerQuantities> layers;  ///< member, of epoch 0; without any the file has NaN

  explicit SyntheticCell(Index number = 0, const std::string& network = "depth = 2\nwidth = 100\n",
                         double sigma = 0.0316) {
    header.cell = number;
    header.pathways = 2;
    header.config.resolved =
        "[network]\n" + network + "[init]\nsigma = " + std::to_string(sigma) + "\n";
    header.epochs = {0, 10, 20};
    Modes& modes = header.modes;
    modes.S = {4, 2, 2};
    modes.group = {0, 1, 1};
    modes.rank = 3;
    modes.U = Matrix<double>(3, 3);
    modes.V = Matrix<double>(3, 3);
    modes.target = Matrix<double>(3, 3);
    for (Index i = 0; i < 3; ++i) {
      modes.U(i, i) = 1;
      modes.V(i, i) = 1;
      modes.target(i, i) = modes.S[static_cast<std::size_t>(i)];
    }
  }

  void add(std::vector<Record3> records, MemberStatus how = MemberStatus::finished) {
    header.seeds.push_back(header.seeds.size() + 1);
    K.push_back(std::move(records));
    status.push_back(how);
  }

  /// Writes FOLDER/cells/cell-N.h5 and returns its name.
  [[nodiscard]] std::filesystem::path write(const std::filesystem::path& folder) const {
    const bool diagonal = header.config.config.record.modes == ModesRecorded::diagonal;
    CellWriter writer(folder / "cells", header);
    for (std::size_t m = 0; m < K.size(); ++m) {
      RecordBlock block;
      block.member = static_cast<Index>(m);
      block.records = static_cast<Index>(K[m].size());
      for (const Record3& record : K[m]) {
        block.loss.push_back(1);
        block.outside.insert(block.outside.end(), {0.5, 0.25});
        for (std::size_t i = 0; i < record.size(); ++i) {
          if (!diagonal || i % 9 % 4 == 0) {
            block.K.push_back(record[i]);
          }
        }
      }
      writer.write(std::move(block));
      if (m < layers.size()) {
        writer.write(InitialLayers{static_cast<Index>(m), layers[m]});
      }
      writer.member_done(static_cast<Index>(m), {status[m], 20, 1});
    }
    writer.finish();
    return cell_path(folder / "cells", header.cell);
  }
};

/// Both pathways' K as diagonal matrices.
inline Record3 diagonal_record(const std::vector<double>& a, const std::vector<double>& b) {
  Record3 record(18);
  for (std::size_t i = 0; i < 3; ++i) {
    record[4 * i] = a[i];
    record[9 + 4 * i] = b[i];
  }
  return record;
}

}  // namespace polypath::analysis
