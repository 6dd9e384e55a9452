#include "member_start.hpp"

#include <algorithm>

namespace polypath {
namespace {

/// What training the narrow network in single precision costs, relative to the largest target: seen
/// at 5e-7 over 500 epochs.
constexpr double float32_error = 2e-6;

/// Wide weights are kept where this share of the free memory holds them, and made anew otherwise.
constexpr Index stored_share = 2;

WideWeights wide_weights(const Config& config) {
  return config.init.method == InitMethod::sampled ? WideWeights::sampled : WideWeights::automatic;
}

ReductionProblem reduction_problem(const Config& config, const NetworkShape& shape,
                                   const PreparedData& data, std::uint64_t seed) {
  return {shape, config.init, seed, config.train, data.data, data.modes};
}

}  // namespace

bool is_reduced(const Config& config) { return is_reduced(config.init.method); }

MemberStart::MemberStart(const PreparedCell& cell, const InitialWeights* weights,
                         Index first_member, Backend& backend, const std::stop_token& stop)
    : cell_(cell), weights_(weights), first_member_(first_member) {
  const Config& config = cell.config.config;
  if (!is_reduced(config)) {
    return;
  }
  ReductionSettings settings;
  settings.weights = wide_weights(config);
  settings.tolerance = config.init.tolerance;
  settings.threads = cell.plan.threads_per_member;
  settings.weight_memory = cell.plan.start_memory;
  settings.stop = stop;
  settings.backend = &backend;
  reduced_ = reduce(reduction_problem(config, cell.plan.shape, *cell.data,
                                      config.init.seed + static_cast<std::uint64_t>(first_member)),
                    settings);
}

const NetworkShape& MemberStart::shape() const {
  return reduced_ ? reduced_->shape : cell_.plan.shape;
}

void MemberStart::write(Index member, Backend& backend, const AnyMemberWeights& target) const {
  if (reduced_) {
    write_reduced(*reduced_, backend, target);
  } else {
    weights_->write(first_member_ + member, backend, target);
  }
}

std::optional<ReductionResult> MemberStart::reduction() const {
  if (!reduced_) {
    return std::nullopt;
  }
  const bool narrow_type = cell_.config.config.train.precision == Precision::float32;
  const double estimate = std::max(reduced_->estimate, narrow_type ? float32_error : 0.0);
  return ReductionResult{estimate, reduced_->passes, reduced_->k};
}

std::unique_ptr<InitialWeights> cell_weights(const PreparedCell& cell) {
  return is_reduced(cell.config.config) ? nullptr
                                        : make_initial_weights(cell.config.config, cell.plan.shape);
}

Index start_bytes(const Config& config, const NetworkShape& shape, const PreparedData& data,
                  Index available, bool regenerated) {
  if (!is_reduced(config)) {
    return initial_weights_bytes(config.init, shape);
  }
  require_reducible(config);
  const auto problem = reduction_problem(config, shape, data, config.init.seed);
  if (config.init.method == InitMethod::sampled) {
    return reduction_bytes(problem, WideWeights::sampled);
  }
  const Index stored = reduction_bytes(problem, WideWeights::stored);
  return !regenerated && stored <= available / stored_share
             ? stored
             : reduction_bytes(problem, WideWeights::regenerated);
}

Index device_start_bytes(const Config& config, const NetworkShape& shape,
                         const NormalProducts* products) {
  if (products == nullptr || config.init.method != InitMethod::projected) {
    return 0;
  }
  Index most = 0;
  for (const auto& pathway : shape.pathways) {
    for (std::size_t d = 1; d < pathway.units.size(); ++d) {
      most = std::max(most, products->work_bytes(pathway.units[d], pathway.units[d - 1]));
    }
  }
  return most;
}

}  // namespace polypath
