#include "arithmetic.hpp"

#include "integer.hpp"

#include <cmath>

namespace simcuda::ptx {
namespace {

bool is_float(const Instruction& ins) { return ins.type.kind == Kind::floating; }

// .ftz: subnormal float32 inputs and results become zero of the same sign.
template <class T>
T flushed(const Instruction& ins, T value) {
  const bool flush = ins.has(Modifier::ftz) && std::fpclassify(value) == FP_SUBNORMAL;
  return flush ? std::copysign(T(0), value) : value;
}

template <class T>
T float_input(const Thread& t, const Instruction& ins, std::size_t operand) {
  return flushed(ins, from_register<T>(input(t, ins, operand)));
}

template <class T>
void set_float(Thread& t, const Instruction& ins, T value) {
  set_result(t, ins, to_register(flushed(ins, value)));
}

// `operation` on the one or two float inputs, in the precision of the instruction.
template <class Operation>
void unary(Thread& t, const Instruction& ins, Operation operation) {
  if (ins.type.bits == 32) {
    set_float(t, ins, operation(float_input<float>(t, ins, 1)));
  } else {
    set_float(t, ins, operation(float_input<double>(t, ins, 1)));
  }
}

template <class Operation>
void binary(Thread& t, const Instruction& ins, Operation operation) {
  if (ins.type.bits == 32) {
    set_float(t, ins, operation(float_input<float>(t, ins, 1), float_input<float>(t, ins, 2)));
  } else {
    set_float(t, ins, operation(float_input<double>(t, ins, 1), float_input<double>(t, ins, 2)));
  }
}

}  // namespace

void add(Thread& t, const Instruction& ins) {
  if (!is_float(ins)) {
    return integer_add(t, ins);
  }
  binary(t, ins, [](auto a, auto b) { return a + b; });
}

void subtract(Thread& t, const Instruction& ins) {
  if (!is_float(ins)) {
    return integer_sub(t, ins);
  }
  binary(t, ins, [](auto a, auto b) { return a - b; });
}

void multiply(Thread& t, const Instruction& ins) {
  if (!is_float(ins)) {
    return integer_multiply(t, ins);
  }
  binary(t, ins, [](auto a, auto b) { return a * b; });
}

void divide(Thread& t, const Instruction& ins) {
  if (!is_float(ins)) {
    return integer_divide(t, ins);
  }
  binary(t, ins, [](auto a, auto b) { return a / b; });
}

void minimum(Thread& t, const Instruction& ins) {
  if (!is_float(ins)) {
    return integer_min(t, ins);
  }
  binary(t, ins, [](auto a, auto b) { return std::fmin(a, b); });
}

void maximum(Thread& t, const Instruction& ins) {
  if (!is_float(ins)) {
    return integer_max(t, ins);
  }
  binary(t, ins, [](auto a, auto b) { return std::fmax(a, b); });
}

void negate(Thread& t, const Instruction& ins) {
  if (!is_float(ins)) {
    return integer_negate(t, ins);
  }
  unary(t, ins, [](auto a) { return -a; });
}

void absolute(Thread& t, const Instruction& ins) {
  if (!is_float(ins)) {
    return integer_abs(t, ins);
  }
  unary(t, ins, [](auto a) { return std::fabs(a); });
}

void fused_multiply_add(Thread& t, const Instruction& ins) {
  if (ins.type.bits == 32) {
    set_float(t, ins,
              std::fma(float_input<float>(t, ins, 1), float_input<float>(t, ins, 2),
                       float_input<float>(t, ins, 3)));
  } else {
    set_float(t, ins,
              std::fma(float_input<double>(t, ins, 1), float_input<double>(t, ins, 2),
                       float_input<double>(t, ins, 3)));
  }
}

// The .approx forms come out at host accuracy: their hardware error is not modelled.
void reciprocal(Thread& t, const Instruction& ins) {
  unary(t, ins, [](auto a) { return decltype(a){1} / a; });
}
void square_root(Thread& t, const Instruction& ins) {
  unary(t, ins, [](auto a) { return std::sqrt(a); });
}
void reciprocal_square_root(Thread& t, const Instruction& ins) {
  unary(t, ins, [](auto a) { return decltype(a){1} / std::sqrt(a); });
}
void exponential(Thread& t, const Instruction& ins) {
  unary(t, ins, [](auto a) { return std::exp2(a); });
}
void logarithm(Thread& t, const Instruction& ins) {
  unary(t, ins, [](auto a) { return std::log2(a); });
}
void sine(Thread& t, const Instruction& ins) {
  unary(t, ins, [](auto a) { return std::sin(a); });
}
void cosine(Thread& t, const Instruction& ins) {
  unary(t, ins, [](auto a) { return std::cos(a); });
}

// The sign of the first input on the magnitude of the second.
void copy_sign(Thread& t, const Instruction& ins) {
  const std::uint64_t sign = std::uint64_t{1} << (ins.type.bits - 1);
  set_result(t, ins, (input(t, ins, 2) & ~sign) | (input(t, ins, 1) & sign));
}

}  // namespace simcuda::ptx
