// Integer, logic and bit-field instructions.
#include "integer.hpp"

#include <algorithm>

namespace simcuda::ptx {
namespace {

__extension__ using Wide = __int128;

bool is_signed(const Instruction& ins) { return ins.type.kind == Kind::signed_integer; }

std::uint64_t unsigned_input(const Thread& t, const Instruction& ins, std::size_t operand) {
  return input(t, ins, operand) & low_bits(ins.type.bits);
}

std::int64_t signed_input(const Thread& t, const Instruction& ins, std::size_t operand) {
  return sign_extended(input(t, ins, operand), ins.type.bits);
}

Wide product(const Thread& t, const Instruction& ins) {
  return is_signed(ins)
             ? Wide{signed_input(t, ins, 1)} * signed_input(t, ins, 2)
             : static_cast<Wide>(static_cast<unsigned __int128>(unsigned_input(t, ins, 1)) *
                                 unsigned_input(t, ins, 2));
}

}  // namespace

void integer_add(Thread& t, const Instruction& ins) {
  set_result(t, ins, input(t, ins, 1) + input(t, ins, 2));
}

void integer_sub(Thread& t, const Instruction& ins) {
  set_result(t, ins, input(t, ins, 1) - input(t, ins, 2));
}

// mul and mad: .lo, .hi, or .wide with a result twice as wide.
void integer_multiply(Thread& t, const Instruction& ins) {
  const Wide wide = product(t, ins);
  const std::uint64_t addend = ins.operands.size() > 3 ? input(t, ins, 3) : 0;
  if (ins.has(Modifier::wide)) {
    const std::uint64_t value = static_cast<std::uint64_t>(wide) + addend;
    set_register(t, ins.operands[0].index, value & low_bits(2 * ins.type.bits));
  } else if (ins.has(Modifier::hi)) {
    set_result(t, ins, static_cast<std::uint64_t>(wide >> ins.type.bits) + addend);
  } else {
    set_result(t, ins, static_cast<std::uint64_t>(wide) + addend);
  }
}

void integer_divide(Thread& t, const Instruction& ins) {
  if (unsigned_input(t, ins, 2) == 0) {
    refuse(ins, "division by zero");
  }
  set_result(t, ins,
             is_signed(ins)
                 ? static_cast<std::uint64_t>(signed_input(t, ins, 1) / signed_input(t, ins, 2))
                 : unsigned_input(t, ins, 1) / unsigned_input(t, ins, 2));
}

void remainder(Thread& t, const Instruction& ins) {
  if (unsigned_input(t, ins, 2) == 0) {
    refuse(ins, "remainder of a division by zero");
  }
  set_result(t, ins,
             is_signed(ins)
                 ? static_cast<std::uint64_t>(signed_input(t, ins, 1) % signed_input(t, ins, 2))
                 : unsigned_input(t, ins, 1) % unsigned_input(t, ins, 2));
}

void integer_min(Thread& t, const Instruction& ins) {
  set_result(t, ins,
             is_signed(ins) ? static_cast<std::uint64_t>(
                                  std::min(signed_input(t, ins, 1), signed_input(t, ins, 2)))
                            : std::min(unsigned_input(t, ins, 1), unsigned_input(t, ins, 2)));
}

void integer_max(Thread& t, const Instruction& ins) {
  set_result(t, ins,
             is_signed(ins) ? static_cast<std::uint64_t>(
                                  std::max(signed_input(t, ins, 1), signed_input(t, ins, 2)))
                            : std::max(unsigned_input(t, ins, 1), unsigned_input(t, ins, 2)));
}

void integer_negate(Thread& t, const Instruction& ins) { set_result(t, ins, 0 - input(t, ins, 1)); }

void integer_abs(Thread& t, const Instruction& ins) {
  const std::int64_t value = signed_input(t, ins, 1);
  set_result(t, ins,
             value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value));
}

void bit_and(Thread& t, const Instruction& ins) {
  set_result(t, ins, input(t, ins, 1) & input(t, ins, 2));
}
void bit_or(Thread& t, const Instruction& ins) {
  set_result(t, ins, input(t, ins, 1) | input(t, ins, 2));
}
void bit_xor(Thread& t, const Instruction& ins) {
  set_result(t, ins, input(t, ins, 1) ^ input(t, ins, 2));
}
void bit_not(Thread& t, const Instruction& ins) { set_result(t, ins, ~input(t, ins, 1)); }

void shift_left(Thread& t, const Instruction& ins) {
  const std::uint64_t amount = input(t, ins, 2) & 0xffffffffu;
  const bool all_out = amount >= static_cast<std::uint64_t>(ins.type.bits);
  set_result(t, ins, all_out ? 0 : input(t, ins, 1) << amount);
}

void shift_right(Thread& t, const Instruction& ins) {
  const std::uint64_t amount = input(t, ins, 2) & 0xffffffffu;
  if (is_signed(ins)) {
    const auto clamped = static_cast<int>(std::min<std::uint64_t>(amount, 63));
    set_result(t, ins, static_cast<std::uint64_t>(signed_input(t, ins, 1) >> clamped));
    return;
  }
  const bool all_out = amount >= static_cast<std::uint64_t>(ins.type.bits);
  set_result(t, ins, all_out ? 0 : unsigned_input(t, ins, 1) >> amount);
}

// 32 bits out of the 64 of operands 2 (high) and 1 (low).
void funnel_shift(Thread& t, const Instruction& ins) {
  const std::uint64_t both =
      (input(t, ins, 2) & 0xffffffffu) << 32 | (input(t, ins, 1) & 0xffffffffu);
  const auto amount = static_cast<std::uint32_t>(input(t, ins, 3));
  const std::uint32_t shift =
      ins.has(Modifier::clamp) ? std::min<std::uint32_t>(amount, 32) : amount & 31;
  set_result(t, ins, ins.has(Modifier::right) ? both >> shift : (both << shift) >> 32);
}

void bit_field_insert(Thread& t, const Instruction& ins) {
  const int bits = ins.type.bits;
  const int start = static_cast<int>(
      std::min<std::uint64_t>(input(t, ins, 3) & 255, static_cast<std::uint64_t>(bits)));
  const int length = std::min(static_cast<int>(input(t, ins, 4) & 255), bits - start);
  const std::uint64_t mask = length > 0 ? low_bits(length) << start : 0;
  const std::uint64_t field = length > 0 ? input(t, ins, 1) << start : 0;
  set_result(t, ins, (input(t, ins, 2) & ~mask) | (field & mask));
}

void bit_field_extract(Thread& t, const Instruction& ins) {
  const int bits = ins.type.bits;
  const int start = static_cast<int>(input(t, ins, 2) & 255);
  const int length = std::min(static_cast<int>(input(t, ins, 3) & 255), bits - start);
  if (start >= bits || length <= 0) {
    set_result(t, ins, is_signed(ins) && signed_input(t, ins, 1) < 0 && start >= bits ? ~0ull : 0);
    return;
  }
  const std::uint64_t field = (unsigned_input(t, ins, 1) >> start) & low_bits(length);
  set_result(t, ins,
             is_signed(ins) ? static_cast<std::uint64_t>(sign_extended(field, length)) : field);
}

void population_count(Thread& t, const Instruction& ins) {
  const int count = __builtin_popcountll(unsigned_input(t, ins, 1));
  set_register(t, ins.operands[0].index, static_cast<std::uint64_t>(count));
}

void count_leading_zeros(Thread& t, const Instruction& ins) {
  const std::uint64_t value = unsigned_input(t, ins, 1);
  const int count = value != 0 ? __builtin_clzll(value) - (64 - ins.type.bits) : ins.type.bits;
  set_register(t, ins.operands[0].index, static_cast<std::uint64_t>(count));
}

void bit_reverse(Thread& t, const Instruction& ins) {
  std::uint64_t value = unsigned_input(t, ins, 1);
  std::uint64_t reversed = 0;
  for (int bit = 0; bit < ins.type.bits; ++bit) {
    reversed = reversed << 1 | (value & 1);
    value >>= 1;
  }
  set_result(t, ins, reversed);
}

// Four bytes chosen from the eight of two registers; bit 3 of a selector repeats the sign.
void permute_bytes(Thread& t, const Instruction& ins) {
  const std::uint64_t both =
      (input(t, ins, 2) & 0xffffffffu) << 32 | (input(t, ins, 1) & 0xffffffffu);
  const std::uint64_t selectors = input(t, ins, 3);
  std::uint64_t result = 0;
  for (int i = 0; i < 4; ++i) {
    const std::uint64_t selector = selectors >> (4 * i) & 15;
    std::uint64_t byte = both >> (8 * (selector & 7)) & 255;
    if ((selector & 8) != 0) {
      byte = (byte & 128) != 0 ? 255 : 0;
    }
    result |= byte << (8 * i);
  }
  set_result(t, ins, result);
}

}  // namespace simcuda::ptx
