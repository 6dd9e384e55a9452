#pragma once

#include "polypath/plan/arena.hpp"

namespace polypath {

/// Nanoseconds that an epoch of one member is expected to take on one core in the layers between
/// hidden layers, with updates added into W every `delay` >= 1 epochs. Its constants are measured
/// once and written down, so it is a function of the specification alone: members, threads and the
/// machine that a run happens to use do not enter it, nor does request.delay.
[[nodiscard]] double delay_cost(const ArenaRequest& request, Index delay);

/// The delay (1, 4, 8 or 16) of least expected cost on the cpu backend; 1 unless another one saves
/// more than a twentieth.
[[nodiscard]] Index choose_delay(const ArenaRequest& request);

}  // namespace polypath
