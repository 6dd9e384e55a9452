#include "polypath/core/error.hpp"
#include "polypath/init/initial_weights.hpp"
#include "polypath/io/read.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace polypath {
namespace {

std::string dataset_name(const char* group, std::size_t pathway, std::size_t layer) {
  return fmt::format("{}/pathway_{}/layer_{}", group, pathway, layer);
}

void require_finite(const Matrix<double>& values, const std::string& path,
                    const std::string& name) {
  for (Index r = 0; r < values.rows(); ++r) {
    for (Index c = 0; c < values.columns(); ++c) {
      if (!std::isfinite(values(r, c))) {
        throw BadData(
            fmt::format("{}: {} holds {} at row {}, column {} (from 0); training cannot "
                        "start from it. Choose another init.file",
                        path, name, values(r, c), r, c));
      }
    }
  }
}

Matrix<double> read_weights(const std::string& path, std::size_t pathway, std::size_t layer,
                            Index rows, Index columns) {
  const std::string name = dataset_name("initial_weights", pathway, layer);
  Matrix<double> weights = read_matrix(path, name);
  if (weights.rows() != rows || weights.columns() != columns) {
    throw BadData(fmt::format(
        "{}: {} has shape {} x {}, the network needs {} x {} (units out x units in); make "
        "[network] fit the file or choose another init.file",
        path, name, weights.rows(), weights.columns(), rows, columns));
  }
  require_finite(weights, path, name);
  return weights;
}

Matrix<double> read_bias(const std::string& path, std::size_t pathway, std::size_t layer,
                         Index units) {
  const std::string name = dataset_name("initial_biases", pathway, layer);
  Matrix<double> bias(1, units);
  if (!has_dataset(path, name)) {
    return bias;
  }
  const std::vector<double> values = read_vector(path, name);
  if (static_cast<Index>(values.size()) != units) {
    throw BadData(
        fmt::format("{}: {} has {} entries, the layer has {} units; make [network] fit "
                    "the file or choose another init.file",
                    path, name, values.size(), units));
  }
  std::copy(values.begin(), values.end(), bias.data());
  require_finite(bias, path, name);
  return bias;
}

class FileWeights final : public InitialWeights {
 public:
  FileWeights(const std::string& path, const NetworkShape& shape, bool with_bias) {
    for (std::size_t a = 0; a < shape.pathways.size(); ++a) {
      const auto& units = shape.pathways[a].units;
      weights_.emplace_back();
      biases_.emplace_back();
      for (std::size_t d = 1; d < units.size(); ++d) {
        weights_.back().push_back(read_weights(path, a, d, units[d], units[d - 1]));
        biases_.back().push_back(with_bias ? read_bias(path, a, d, units[d]) : Matrix<double>());
      }
    }
  }

  void write(Index /*member*/, Backend& backend, const AnyMemberWeights& target) const override {
    std::visit([&](const auto& weights) { write_pathways(backend, weights); }, target);
  }

 private:
  template <class T>
  void write_pathways(Backend& backend, const MemberWeights<T>& target) const {
    for (std::size_t a = 0; a < weights_.size(); ++a) {
      for (std::size_t d = 0; d < weights_[a].size(); ++d) {
        upload_matrix<T>(backend, weights_[a][d], target.pathways[a][d].weights);
        if (!biases_[a][d].empty()) {
          upload_matrix<T>(backend, biases_[a][d], target.pathways[a][d].bias);
        }
      }
    }
  }

  std::vector<std::vector<Matrix<double>>> weights_;
  std::vector<std::vector<Matrix<double>>> biases_;
};

}  // namespace

std::unique_ptr<InitialWeights> file_weights(const std::string& path, const NetworkShape& shape,
                                             bool bias) {
  return std::make_unique<FileWeights>(path, shape, bias);
}

std::unique_ptr<InitialWeights> make_initial_weights(const Config& config,
                                                     const NetworkShape& shape) {
  switch (config.init.method) {
    case InitMethod::file:
      return file_weights(config.init.file, shape, config.network.bias);
    case InitMethod::gaussian:
      break;
    case InitMethod::projected:
    case InitMethod::sampled:
      throw InternalError("reduced networks have shapes of their own and no common source");
  }
  return gaussian_weights(config.init, shape);
}

}  // namespace polypath
