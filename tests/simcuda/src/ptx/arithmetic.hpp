// Handlers of instructions that exist for integers and floats, or for floats only.
#pragma once

#include "execute.hpp"

namespace simcuda::ptx {

void add(Thread& t, const Instruction& ins);
void subtract(Thread& t, const Instruction& ins);
void multiply(Thread& t, const Instruction& ins);
void divide(Thread& t, const Instruction& ins);
void minimum(Thread& t, const Instruction& ins);
void maximum(Thread& t, const Instruction& ins);
void negate(Thread& t, const Instruction& ins);
void absolute(Thread& t, const Instruction& ins);
void fused_multiply_add(Thread& t, const Instruction& ins);
void reciprocal(Thread& t, const Instruction& ins);
void square_root(Thread& t, const Instruction& ins);
void reciprocal_square_root(Thread& t, const Instruction& ins);
void exponential(Thread& t, const Instruction& ins);
void logarithm(Thread& t, const Instruction& ins);
void sine(Thread& t, const Instruction& ins);
void cosine(Thread& t, const Instruction& ins);
void copy_sign(Thread& t, const Instruction& ins);
void set_predicate(Thread& t, const Instruction& ins);
void select(Thread& t, const Instruction& ins);
void convert(Thread& t, const Instruction& ins);

}  // namespace simcuda::ptx
