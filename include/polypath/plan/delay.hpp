#pragma once

#include "polypath/plan/arena.hpp"

namespace polypath {

/// Nanoseconds that an epoch of one member is expected to take on one core in the layers between
/// hidden layers, with updates added into W every `delay` >= 1 epochs. Its constants are measured
/// once and written down, so it is a function of the specification alone: members, threads and the
/// machine that a run happens to use do not enter it, nor does request.delay.
[[nodiscard]] double delay_cost(const ArenaRequest& request, Index delay);

/// The delay (1, 4, 8 or 16) of least expected cost on the cpu backend; 1 unless another one saves
/// more than a tenth.
[[nodiscard]] Index choose_delay(const ArenaRequest& request);

/// Bytes that an epoch of one member moves on a device in the layers between hidden layers: weights
/// read forward and backward, and read and written once every `delay` epochs; inputs and deltas of
/// the kept epochs read by every product that they enter. At `delay` = 1 weights are read and
/// written by an update every epoch. Likewise a function of the specification alone.
[[nodiscard]] double device_delay_bytes(const ArenaRequest& request, Index delay);

/// The delay of fewest bytes on a device, chosen likewise; 1 unless another one saves three tenths,
/// since delaying takes more launches.
[[nodiscard]] Index choose_device_delay(const ArenaRequest& request);

}  // namespace polypath
