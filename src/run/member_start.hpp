#pragma once

#include "polypath/init/initial_weights.hpp"
#include "polypath/init/reduction.hpp"
#include "polypath/record/cell_file.hpp"

#include "prepared_run.hpp"

#include <memory>
#include <optional>
#include <stop_token>

namespace polypath {

/// Whether members of the cell start as narrow networks of their own shapes.
[[nodiscard]] bool is_reduced(const Config& config);

/// Where one batch of members starts: its shape and its weights. Reduced members, whose shapes
/// differ, are batches of one.
class MemberStart {
 public:
  /// `weights` serves all batches of a cell; null for a reduced one. `backend` multiplies with wide
  /// weights where it can.
  MemberStart(const PreparedCell& cell, const InitialWeights* weights, Index first_member,
              Backend& backend, const std::stop_token& stop);

  [[nodiscard]] const NetworkShape& shape() const;
  /// Fills the weights of member `member` of the batch.
  void write(Index member, Backend& backend, const AnyMemberWeights& target) const;
  [[nodiscard]] std::optional<ReductionResult> reduction() const;

 private:
  const PreparedCell& cell_;
  const InitialWeights* weights_;
  Index first_member_;
  std::optional<ReducedNetwork> reduced_;
};

/// The source of a cell's weights; null for a reduced one. Throws BadData when the config asks for
/// a reduction of what cannot be reduced.
[[nodiscard]] std::unique_ptr<InitialWeights> cell_weights(const PreparedCell& cell);

/// Host memory that starting one member takes for a while, bytes; `regenerated`: a backend makes
/// the weights that a reduction multiplies with anew each time.
[[nodiscard]] Index start_bytes(const Config& config, const NetworkShape& shape,
                                const PreparedData& data, Index available, bool regenerated);

/// Device memory that starting members takes, bytes: that of `products` with the wide weights of a
/// projected network. None without `products`.
[[nodiscard]] Index device_start_bytes(const Config& config, const NetworkShape& shape,
                                       const NormalProducts* products);

}  // namespace polypath
