#include "weights_file.hpp"

#include "polypath/io/file.hpp"
#include "polypath/io/guard.hpp"
#include "polypath/record/file_names.hpp"

#include <fmt/format.h>

namespace polypath {
namespace {

using Layers = std::vector<std::vector<Matrix<double>>>;

void write_layers(Group& root, const std::string& group, const Layers& layers, bool biases) {
  for (std::size_t a = 0; a < layers.size(); ++a) {
    for (std::size_t d = 0; d < layers[a].size(); ++d) {
      const Matrix<double>& values = layers[a][d];
      const Extents extents = biases ? Extents{values.rows() * values.columns()}
                                     : Extents{values.rows(), values.columns()};
      DataSet data_set = root.create_data_set(
          fmt::format("{}/pathway_{}/layer_{}", group, a, d + 1), Element::float64, extents);
      data_set.write(values.elements());
      data_set.describe(biases ? "biases (units out)" : "weights (units out, units in)", "1");
    }
  }
}

void fill_file(const std::filesystem::path& temporary, const std::filesystem::path& final_path,
               const CellHeader& header, const FinalWeights& weights) {
  const Hdf5Guard guard;
  File file = File::create(temporary, final_path);
  {
    Group root = file.root();
    const auto put = [&](const std::string& name, const auto& value) {
      write_attribute(root.handle(), name, value, root.where());
    };
    const auto seed = header.seeds.at(static_cast<std::size_t>(weights.member));
    put("title", std::string("Final weights of one member, to start another run from"));
    put("source",
        fmt::format("{}.h5, member {}, seed {}", cell_name(header.cell), weights.member, seed));
    put("cell", header.cell);
    put("member", weights.member);
    put("seed", std::to_string(seed));
    put("epochs", header.epochs.empty() ? Index{0} : header.epochs.back());
    put("resolved_config", header.config.resolved);
    put("settings_hash", settings_hash(header.config.resolved));
    write_layers(root, "initial_weights", weights.weights, false);
    write_layers(root, "initial_biases", weights.biases, true);
  }
  file.close();
}

}  // namespace

void write_weights_file(const std::filesystem::path& folder, const CellHeader& header,
                        const FinalWeights& weights) {
  const auto final_path =
      weights_path(folder, header.cell, header.seeds.at(static_cast<std::size_t>(weights.member)));
  auto temporary = final_path;
  temporary.replace_extension(".tmp");
  try {
    fill_file(temporary, final_path, header, weights);
    publish_file(temporary, final_path);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    throw;
  }
}

Index bytes_of(const FinalWeights& weights) {
  std::size_t numbers = 0;
  for (const auto* layers : {&weights.weights, &weights.biases}) {
    for (const auto& pathway : *layers) {
      for (const auto& layer : pathway) {
        numbers += layer.elements().size();
      }
    }
  }
  return static_cast<Index>(numbers * sizeof(double));
}

}  // namespace polypath
