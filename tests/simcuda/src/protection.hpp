// Who may touch device memory right now: the lowest layer under DeviceAccess.
#pragma once

#include <cstddef>

namespace simcuda {

// Reserves the address range of the device and installs the fault handler, once.
void reserve_arena();
char* arena_begin();
std::size_t arena_bytes();

// Makes whole pages usable by the device, and by the host only while the device is open.
void map_pages(char* base, std::size_t span);
// Gives the pages back; any access faults from now on.
void unmap_pages(char* base, std::size_t span);
// Puts all pages back to unused.
void unmap_arena(std::size_t used);

// Opens the arena while nothing runs on the device, to fill or check pages.
void open_pages(bool open);
bool pages_open();

// Each thread that executes device work calls this once, so that a fault on a fiber whose stack
// has overflowed can still be reported.
void install_signal_stack();

}  // namespace simcuda
