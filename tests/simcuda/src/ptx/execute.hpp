// What the handlers of all opcodes use: operand values, results, conversions of bits.
#pragma once

#include "module.hpp"

#include <cstdint>
#include <cstring>

namespace simcuda::ptx {

std::uint64_t value_of(const Thread& thread, const Operand& operand);

inline std::uint64_t low_bits(int bits) {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

inline std::int64_t sign_extended(std::uint64_t value, int bits) {
  return bits >= 64 ? static_cast<std::int64_t>(value)
                    : static_cast<std::int64_t>(value << (64 - bits)) >> (64 - bits);
}

inline std::uint64_t input(const Thread& thread, const Instruction& ins, std::size_t operand) {
  return value_of(thread, ins.operands[operand]);
}

inline void set_register(Thread& thread, int index, std::uint64_t value) {
  thread.registers[static_cast<std::size_t>(index)] = value;
}

// The first operand of nearly every instruction is its result.
inline void set_result(Thread& thread, const Instruction& ins, std::uint64_t value) {
  set_register(thread, ins.operands[0].index, value & low_bits(ins.type.bits));
}

template <class T>
T from_register(std::uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

template <class T>
std::uint64_t to_register(T value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}

// Ends the process: the instruction is known, but not in this form.
[[noreturn]] void refuse(const Instruction& ins, const char* why);

}  // namespace simcuda::ptx
