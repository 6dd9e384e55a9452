// setp, selp and cvt.
#include "arithmetic.hpp"

#include <cmath>
#include <limits>

namespace simcuda::ptx {
namespace {

using M = Modifier;

// Ordered comparisons are false, unordered ones true, where an operand is NaN.
template <class T>
bool compare_floats(const Instruction& ins, T a, T b) {
  const bool unordered = std::isnan(a) || std::isnan(b);
  if (ins.has(M::num) || ins.has(M::nan)) {
    return ins.has(M::nan) == unordered;
  }
  if (unordered) {
    return ins.has(M::equ) || ins.has(M::neu) || ins.has(M::ltu) || ins.has(M::leu) ||
           ins.has(M::gtu) || ins.has(M::geu);
  }
  return ((ins.has(M::eq) || ins.has(M::equ)) && a == b) ||
         ((ins.has(M::ne) || ins.has(M::neu)) && a != b) ||
         ((ins.has(M::lt) || ins.has(M::ltu)) && a < b) ||
         ((ins.has(M::le) || ins.has(M::leu)) && a <= b) ||
         ((ins.has(M::gt) || ins.has(M::gtu)) && a > b) ||
         ((ins.has(M::ge) || ins.has(M::geu)) && a >= b);
}

template <class T>
bool compare_integers(const Instruction& ins, T a, T b) {
  return (ins.has(M::eq) && a == b) || (ins.has(M::ne) && a != b) ||
         ((ins.has(M::lt) || ins.has(M::lo)) && a < b) ||
         ((ins.has(M::le) || ins.has(M::ls)) && a <= b) ||
         ((ins.has(M::gt) || ins.has(M::hi)) && a > b) ||
         ((ins.has(M::ge) || ins.has(M::hs)) && a >= b);
}

template <class T>
T flush_input(const Instruction& ins, T value) {
  const bool flush = ins.has(M::ftz) && std::fpclassify(value) == FP_SUBNORMAL;
  return flush ? std::copysign(T(0), value) : value;
}

template <class T>
T rounded_to_integer(const Instruction& ins, T x) {
  return ins.has(M::rni)   ? std::nearbyint(x)
         : ins.has(M::rzi) ? std::trunc(x)
         : ins.has(M::rmi) ? std::floor(x)
         : ins.has(M::rpi) ? std::ceil(x)
                           : x;
}

// Out of range saturates, NaN gives zero, as PTX documents it.
std::uint64_t float_to_integer(const Type& type, double x) {
  if (std::isnan(x)) {
    return 0;
  }
  if (type.kind == Kind::signed_integer) {
    const double limit = std::ldexp(1.0, type.bits - 1);
    const std::uint64_t lowest = std::uint64_t{1} << (type.bits - 1);
    return x < -limit   ? lowest
           : x >= limit ? lowest - 1
                        : static_cast<std::uint64_t>(static_cast<std::int64_t>(x));
  }
  const double limit = std::ldexp(1.0, type.bits);
  return x <= 0.0 ? 0 : x >= limit ? low_bits(type.bits) : static_cast<std::uint64_t>(x);
}

void convert_float(Thread& t, const Instruction& ins, std::uint64_t bits) {
  const bool narrow_source = ins.source_type.bits == 32;
  const float narrow = flush_input(ins, from_register<float>(bits));
  const double x = narrow_source ? double{narrow} : from_register<double>(bits);
  const double value = rounded_to_integer(ins, x);
  if (ins.type.kind != Kind::floating) {
    set_result(t, ins, float_to_integer(ins.type, value));
  } else if (ins.type.bits == 32) {
    set_result(t, ins, to_register(flush_input(ins, static_cast<float>(value))));
  } else {
    set_result(t, ins, to_register(value));
  }
}

template <class Integer>
std::uint64_t integer_to_float(const Type& type, Integer value) {
  return type.bits == 32 ? to_register(static_cast<float>(value))
                         : to_register(static_cast<double>(value));
}

}  // namespace

void set_predicate(Thread& t, const Instruction& ins) {
  const std::uint64_t a = input(t, ins, 1);
  const std::uint64_t b = input(t, ins, 2);
  const int bits = ins.type.bits;
  bool result = false;
  if (ins.type.kind == Kind::floating && bits == 32) {
    result = compare_floats(ins, flush_input(ins, from_register<float>(a)),
                            flush_input(ins, from_register<float>(b)));
  } else if (ins.type.kind == Kind::floating) {
    result = compare_floats(ins, from_register<double>(a), from_register<double>(b));
  } else if (ins.type.kind == Kind::signed_integer) {
    result = compare_integers(ins, sign_extended(a, bits), sign_extended(b, bits));
  } else {
    result = compare_integers(ins, a & low_bits(bits), b & low_bits(bits));
  }
  set_register(t, ins.operands[0].index, result ? 1 : 0);
}

void select(Thread& t, const Instruction& ins) {
  const bool first = (input(t, ins, 3) & 1) != 0;
  set_result(t, ins, input(t, ins, first ? 1 : 2));
}

void convert(Thread& t, const Instruction& ins) {
  const std::uint64_t bits = input(t, ins, 1);
  const Type source = ins.source_type;
  if (source.kind == Kind::floating) {
    return convert_float(t, ins, bits);
  }
  const std::int64_t as_signed = sign_extended(bits, source.bits);
  const std::uint64_t as_unsigned = bits & low_bits(source.bits);
  const bool is_signed = source.kind == Kind::signed_integer;
  if (ins.type.kind == Kind::floating) {
    set_result(t, ins,
               is_signed ? integer_to_float(ins.type, as_signed)
                         : integer_to_float(ins.type, as_unsigned));
  } else {
    set_result(t, ins, is_signed ? static_cast<std::uint64_t>(as_signed) : as_unsigned);
  }
}

}  // namespace simcuda::ptx
