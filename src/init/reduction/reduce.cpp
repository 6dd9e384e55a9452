#include "polypath/core/error.hpp"
#include "polypath/init/reduction.hpp"

#include "src/init/reduction/make_oracles.hpp"
#include "src/init/reduction/narrow_run.hpp"
#include "src/init/reduction/prune.hpp"
#include "src/init/reduction/residuals.hpp"
#include "src/init/reduction/sweep.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace polypath {
namespace {

using reduction::LockStep;
using reduction::ModeBasis;
using reduction::NarrowHistory;
using reduction::NarrowTraining;
using reduction::Oracle;
using reduction::WorkingSet;

/// A sweep aims at this part of the largest residual before it, ...
constexpr double residual_goal = 0.3;
/// ... or, where more will do, at this part of what the tolerance asks for: residuals end up to a
/// third above the aim, and the error that belongs to them is uncertain.
constexpr double goal_reserve = 0.6;
/// What rounding leaves of the error of an exact reduction over a long training.
constexpr double exact_error = 1e-12;
/// By how much the estimate exaggerates: what it rests on was seen between 0.15 and 5 times the
/// true error, and a user is served better by too much than by too little.
constexpr double caution = 2.0;
/// The estimate is trusted from this many sweeps on, ...
constexpr Index least_iterations = 2;
/// ... times this, ...
constexpr double estimate_margin = 1.5;
/// ... and only below these residuals; deep networks amplify errors a hundredfold.
constexpr double shallow_eta = 0.1;
constexpr double deep_eta = 0.05;
constexpr Index deepest_shallow = 4;
/// Pruning leaves residuals this much smaller than those that are there already.
constexpr double prune_goal = 0.1;

/// One member's search.
class Search {
 public:
  Search(const ReductionProblem& problem, const ReductionSettings& settings)
      : problem_(problem),
        settings_(settings),
        pool_(settings.threads),
        basis_(reduction::make_mode_basis(problem.data, problem.modes)),
        training_(problem, basis_, settings.stop),
        owned_(reduction::make_oracles(problem, settings, basis_, pool_)) {
    for (const auto& oracle : owned_) {
      oracles_.push_back(oracle.get());
      deepest_ = std::max(deepest_, oracle->depth());
    }
    make_groups();
  }

  ReducedNetwork run();

 private:
  void make_groups();
  [[nodiscard]] ReducedNetwork current() const;
  [[nodiscard]] bool exact() const;
  /// Trains the narrow network and brings residuals and estimate up to date.
  void look();
  /// An error so far below 1 that it is of second order in the residuals.
  [[nodiscard]] bool trusted(double eta) const {
    return eta <= (deepest_ <= deepest_shallow ? shallow_eta : deep_eta);
  }
  [[nodiscard]] double estimated_error(double change, double eta_before);
  [[nodiscard]] bool good_enough() const;
  /// The part of the largest residual that the next sweep should leave.
  [[nodiscard]] double next_goal() const;
  void enrich();
  [[nodiscard]] ReducedNetwork prune();

  const ReductionProblem& problem_;
  const ReductionSettings& settings_;
  ThreadPool pool_;
  ModeBasis basis_;
  NarrowTraining training_;
  std::vector<std::unique_ptr<Oracle>> owned_;
  std::vector<const Oracle*> oracles_;
  std::vector<LockStep> groups_;
  Index deepest_ = 0;

  Index iterations_ = 0;
  NarrowHistory history_;
  WorkingSet working_;
  double amplification_ = 0.0;  ///< error before the last sweep / residual^2; 0: not trusted
  double estimate_ = std::numeric_limits<double>::infinity();
};

void Search::make_groups() {
  for (std::size_t a = 0; a < owned_.size(); ++a) {
    if (owned_[a]->depth() == 1) {
      continue;  // complete from the start
    }
    const auto found = std::find_if(groups_.begin(), groups_.end(), [&](const LockStep& group) {
      return group.depth() == owned_[a]->depth();
    });
    LockStep& group = found == groups_.end() ? groups_.emplace_back() : *found;
    group.oracles.push_back(owned_[a].get());
    group.pathways.push_back(a);
  }
}

ReducedNetwork Search::current() const {
  ReducedNetwork network = reduction::narrow_network(oracles_, basis_);
  network.estimate = estimate_;
  network.iterations = iterations_;
  return network;
}

bool Search::exact() const {
  return std::all_of(oracles_.begin(), oracles_.end(), [](const Oracle* oracle) {
    for (Index s = 1; s < oracle->depth(); ++s) {
      if (oracle->candidates(s) > 0 ||
          (s + 1 < oracle->depth() && oracle->first_pending(s) < oracle->expanded(s) &&
           oracle->unseen_variance(s + 1) > 0.0)) {
        return false;
      }
    }
    return true;
  });
}

void Search::look() {
  const NarrowHistory before = std::move(history_);
  const double eta_before = working_.eta;
  history_ = training_.run(current());
  working_ = reduction::choose_snapshots(oracles_, history_.snapshots);
  if (exact()) {
    estimate_ = exact_error;
  } else if (iterations_ > 0) {
    const double change = reduction::largest_difference(history_, before, problem_.modes);
    estimate_ = std::max(caution * estimated_error(change, eta_before), exact_error);
  }
}

/// The change estimates the error before; errors are amplification * eta^2. The amplification of
/// one sweep strays from the next by factors up to 4 (errors of several modes and epochs may help
/// or cancel each other), which the mean of two, where both can be trusted, makes less.
double Search::estimated_error(double change, double eta_before) {
  if (eta_before <= 0.0) {
    return 0.0;
  }
  const double amplification = change / (eta_before * eta_before);
  const double mean =
      amplification_ > 0.0 ? std::sqrt(amplification * amplification_) : amplification;
  amplification_ = trusted(eta_before) ? amplification : 0.0;
  return mean * working_.eta * working_.eta;
}

bool Search::good_enough() const {
  return history_.diverged || exact() ||
         (iterations_ >= least_iterations && trusted(working_.eta) &&
          estimate_margin * estimate_ <= settings_.tolerance);
}

double Search::next_goal() const {
  if (iterations_ < least_iterations || !trusted(working_.eta)) {
    return residual_goal;
  }
  const double needed = std::sqrt(settings_.tolerance / (estimate_margin * estimate_));
  return std::max(goal_reserve * needed, residual_goal);
}

void Search::enrich() {
  const double tau = next_goal() * working_.eta;
  for (const auto& group : groups_) {
    if (group.depth() > 2) {
      reduction::sweep(group, working_.snapshots, tau);
    }
  }
  ++iterations_;
}

ReducedNetwork Search::prune() {
  ReducedNetwork pruned =
      reduction::pruned_network(oracles_, basis_, working_.snapshots, prune_goal * working_.eta);
  const NarrowHistory history = training_.run(pruned);
  pruned.estimate = estimate_ + reduction::largest_difference(history, history_, problem_.modes);
  pruned.iterations = iterations_;
  return pruned;
}

ReducedNetwork Search::run() {
  for (const auto& group : groups_) {
    reduction::start_basis(group, basis_.modes);
  }
  if (exact()) {
    estimate_ = exact_error;
    return current();
  }
  look();
  while (!good_enough() && iterations_ < settings_.max_iterations) {
    enrich();
    look();
  }
  return settings_.prune && !history_.diverged ? prune() : current();
}

}  // namespace

ReducedNetwork reduce(const ReductionProblem& problem, const ReductionSettings& settings) {
  return Search(problem, settings).run();
}

}  // namespace polypath
