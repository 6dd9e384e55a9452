// Handlers that move data or control: memory, registers, branches, barriers, warps.
#pragma once

#include "execute.hpp"

namespace simcuda::ptx {

void move(Thread& t, const Instruction& ins);
void load(Thread& t, const Instruction& ins);
void store(Thread& t, const Instruction& ins);
void atomic(Thread& t, const Instruction& ins);
void reduce_atomically(Thread& t, const Instruction& ins);
void convert_address(Thread& t, const Instruction& ins);
void fence(Thread& t, const Instruction& ins);
void branch(Thread& t, const Instruction& ins);
void finish(Thread& t, const Instruction& ins);
void trap(Thread& t, const Instruction& ins);
void barrier(Thread& t, const Instruction& ins);
void shuffle(Thread& t, const Instruction& ins);
void vote(Thread& t, const Instruction& ins);

// Forgets what is remembered of the last access; allocations may have changed.
void begin_memory_access();

}  // namespace simcuda::ptx
