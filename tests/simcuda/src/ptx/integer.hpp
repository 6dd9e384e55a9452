// Handlers of integer, logic and bit-field instructions.
#pragma once

#include "execute.hpp"

namespace simcuda::ptx {

void integer_add(Thread& t, const Instruction& ins);
void integer_sub(Thread& t, const Instruction& ins);
void integer_multiply(Thread& t, const Instruction& ins);
void integer_divide(Thread& t, const Instruction& ins);
void remainder(Thread& t, const Instruction& ins);
void integer_min(Thread& t, const Instruction& ins);
void integer_max(Thread& t, const Instruction& ins);
void integer_negate(Thread& t, const Instruction& ins);
void integer_abs(Thread& t, const Instruction& ins);
void bit_and(Thread& t, const Instruction& ins);
void bit_or(Thread& t, const Instruction& ins);
void bit_xor(Thread& t, const Instruction& ins);
void bit_not(Thread& t, const Instruction& ins);
void shift_left(Thread& t, const Instruction& ins);
void shift_right(Thread& t, const Instruction& ins);
void funnel_shift(Thread& t, const Instruction& ins);
void bit_field_insert(Thread& t, const Instruction& ins);
void bit_field_extract(Thread& t, const Instruction& ins);
void population_count(Thread& t, const Instruction& ins);
void count_leading_zeros(Thread& t, const Instruction& ins);
void bit_reverse(Thread& t, const Instruction& ins);
void permute_bytes(Thread& t, const Instruction& ins);

}  // namespace simcuda::ptx
