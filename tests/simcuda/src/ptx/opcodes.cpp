// The opcodes of the interpreter. What is not here is refused, as is any modifier not listed.
#include "arithmetic.hpp"
#include "integer.hpp"
#include "transfer.hpp"

#include <map>

namespace simcuda::ptx {
namespace {

constexpr const char* kCompare =
    "eq ne lt le gt ge lo ls hi hs equ neu ltu leu gtu geu num nan ftz";
constexpr const char* kMemory = "space vector nc volatile relaxed gpu cta sys";
constexpr const char* kAtomic = "space relaxed acq_rel gpu cta sys add min max and or xor exch cas";

const std::map<std::string, Opcode>& opcodes() {
  static const std::map<std::string, Opcode> table = {
      {"abs", {absolute, "ftz"}},
      {"add", {add, "rn ftz"}},
      {"and", {bit_and, ""}},
      {"atom", {atomic, kAtomic}},
      {"bar", {barrier, "sync warp cta"}},
      {"barrier", {barrier, "sync cta aligned"}},
      {"bfe", {bit_field_extract, ""}},
      {"bfi", {bit_field_insert, ""}},
      {"bra", {branch, "uni"}},
      {"brev", {bit_reverse, ""}},
      {"clz", {count_leading_zeros, ""}},
      {"copysign", {copy_sign, ""}},
      {"cos", {cosine, "approx ftz"}},
      {"cvt", {convert, "rn rni rzi rmi rpi ftz"}},
      {"cvta", {convert_address, "to space"}},
      {"div", {divide, "rn ftz"}},
      {"ex2", {exponential, "approx ftz"}},
      {"exit", {finish, ""}},
      {"fence", {fence, "acq_rel gpu cta sys"}},
      {"fma", {fused_multiply_add, "rn ftz"}},
      {"ld", {load, kMemory}},
      {"lg2", {logarithm, "approx ftz"}},
      {"mad", {integer_multiply, "lo hi wide"}},
      {"max", {maximum, "ftz"}},
      {"membar", {fence, "gl cta sys"}},
      {"min", {minimum, "ftz"}},
      {"mov", {move, ""}},
      {"mul", {multiply, "lo hi wide rn ftz"}},
      {"neg", {negate, "ftz"}},
      {"not", {bit_not, ""}},
      {"or", {bit_or, ""}},
      {"popc", {population_count, ""}},
      {"prmt", {permute_bytes, ""}},
      {"rcp", {reciprocal, "rn approx ftz"}},
      {"red", {reduce_atomically, kAtomic}},
      {"rem", {remainder, ""}},
      {"ret", {finish, "uni"}},
      {"rsqrt", {reciprocal_square_root, "approx ftz"}},
      {"selp", {select, ""}},
      {"setp", {set_predicate, kCompare}},
      {"shf", {funnel_shift, "l r wrap clamp"}},
      {"shfl", {shuffle, "sync up down bfly idx"}},
      {"shl", {shift_left, ""}},
      {"shr", {shift_right, ""}},
      {"sin", {sine, "approx ftz"}},
      {"sqrt", {square_root, "rn approx ftz"}},
      {"st", {store, kMemory}},
      {"sub", {subtract, "rn ftz"}},
      {"trap", {trap, ""}},
      {"vote", {vote, "sync all any ballot"}},
      {"xor", {bit_xor, ""}},
  };
  return table;
}

}  // namespace

Opcode find_opcode(const std::string& name) {
  const auto found = opcodes().find(name);
  return found != opcodes().end() ? found->second : Opcode{};
}

}  // namespace simcuda::ptx
