#include "polypath/core/error.hpp"
#include "polypath/init/reduction.hpp"

#include "src/init/reduction/make_oracles.hpp"
#include "src/init/reduction/narrow_run.hpp"
#include "src/init/reduction/prune.hpp"
#include "src/init/reduction/residuals.hpp"
#include "src/init/reduction/sweep.hpp"

#include <algorithm>
#include <limits>

namespace polypath {
namespace {

using reduction::LockStep;
using reduction::ModeBasis;
using reduction::NarrowHistory;
using reduction::NarrowTraining;
using reduction::Oracle;
using reduction::WorkingSet;

/// A sweep aims at this part of the largest residual before it.
constexpr double residual_goal = 0.3;
/// What rounding leaves of the error of an exact reduction over a long training.
constexpr double exact_error = 1e-12;
/// By how much the estimate exaggerates: what it rests on was seen between 0.4 and 6 times the true
/// error, and a user is served better by too much than by too little.
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
  [[nodiscard]] bool good_enough() const;
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
    const double ratio = eta_before > 0.0 ? working_.eta / eta_before : 0.0;
    const double change = reduction::largest_difference(history_, before, problem_.modes);
    // The change estimates the error before; errors are of second order in the residuals.
    estimate_ = std::max(caution * change * ratio * ratio, exact_error);
  }
}

bool Search::good_enough() const {
  const double trusted_eta = deepest_ <= deepest_shallow ? shallow_eta : deep_eta;
  return history_.diverged || exact() ||
         (iterations_ >= least_iterations && working_.eta <= trusted_eta &&
          estimate_margin * estimate_ <= settings_.tolerance);
}

void Search::enrich() {
  for (const auto& group : groups_) {
    if (group.depth() > 2) {
      reduction::sweep(group, working_.snapshots, residual_goal * working_.eta);
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
