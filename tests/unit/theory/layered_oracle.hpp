#pragma once

#include "polypath/theory/mode_problem.hpp"

#include <array>
#include <cmath>
#include <vector>

namespace polypath::theory {

/// Gradient flow (3) of a mode's 2 x 2 layers themselves, written plainly and sharing nothing with
/// the product flow: W^1 = g R(angle) so that K(0) is the one asked for, the others g I, classical
/// Runge-Kutta of fixed step.
class LayeredOracle {
 public:
  using Layer = std::array<double, 4>;  // row-major
  using Pathway = std::vector<Layer>;   // first layer first

  explicit LayeredOracle(const ModeProblem& problem) : target_(problem.target) {
    for (std::size_t a = 0; a < problem.pathways.size(); ++a) {
      const auto& [depth, g] = problem.pathways[a];
      const double angle = std::asin(problem.start[a] / std::pow(g, depth));
      Pathway layers(static_cast<std::size_t>(depth), Layer{g, 0, 0, g});
      layers[0] = {g * std::cos(angle), -g * std::sin(angle), g * std::sin(angle),
                   g * std::cos(angle)};
      pathways_.push_back(layers);
    }
  }

  void advance(double time, int steps) {
    const double dt = time / steps;
    for (int i = 0; i < steps; ++i) {
      const auto k1 = slope(pathways_);
      const auto k2 = slope(moved(pathways_, k1, dt / 2));
      const auto k3 = slope(moved(pathways_, k2, dt / 2));
      const auto k4 = slope(moved(pathways_, k3, dt));
      pathways_ = moved(moved(pathways_, k1, dt / 6), k4, dt / 6);
      pathways_ = moved(moved(pathways_, k2, dt / 3), k3, dt / 3);
    }
  }

  [[nodiscard]] std::vector<double> strengths() const { return strengths(pathways_); }

 private:
  using Network = std::vector<Pathway>;

  static Layer times(const Layer& left, const Layer& right) {
    return {left[0] * right[0] + left[1] * right[2], left[0] * right[1] + left[1] * right[3],
            left[2] * right[0] + left[3] * right[2], left[2] * right[1] + left[3] * right[3]};
  }

  static Layer product(const Pathway& layers, std::size_t first, std::size_t last) {
    Layer total{1, 0, 0, 1};
    for (std::size_t d = first; d < last; ++d) {
      total = times(layers[d], total);
    }
    return total;
  }

  static std::vector<double> strengths(const Network& network) {
    std::vector<double> K;
    for (const auto& layers : network) {
      K.push_back(product(layers, 0, layers.size())[2]);
    }
    return K;
  }

  static Network moved(Network network, const Network& direction, double length) {
    for (std::size_t a = 0; a < network.size(); ++a) {
      for (std::size_t d = 0; d < network[a].size(); ++d) {
        for (std::size_t i = 0; i < 4; ++i) {
          network[a][d][i] += length * direction[a][d][i];
        }
      }
    }
    return network;
  }

  [[nodiscard]] Network slope(const Network& network) const {
    double error = target_;
    for (const double K : strengths(network)) {
      error -= K;
    }
    Network result = network;
    for (std::size_t a = 0; a < network.size(); ++a) {
      for (std::size_t d = 0; d < network[a].size(); ++d) {
        // B^T e e_2 e_1^T A^T: row 2 of what comes after, column 1 of what comes before.
        const Layer after = product(network[a], d + 1, network[a].size());
        const Layer before = product(network[a], 0, d);
        result[a][d] = {error * after[2] * before[0], error * after[2] * before[2],
                        error * after[3] * before[0], error * after[3] * before[2]};
      }
    }
    return result;
  }

  double target_;
  Network pathways_;
};

}  // namespace polypath::theory
