// PTX as the interpreter keeps it: kernels of decoded instructions over 64-bit registers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace simcuda::ptx {

enum class Kind : std::uint8_t { bits, signed_integer, unsigned_integer, floating, predicate };

struct Type {
  Kind kind = Kind::bits;
  int bits = 32;
};

enum class Space : std::uint8_t { generic, parameter, global, shared, local };

// Everything after the dot that changes what an instruction does, as bits of
// Instruction::modifiers.
enum class Modifier : std::uint8_t {
  hi,
  lo,
  wide,
  ftz,
  approx,
  rn,
  rni,
  rzi,
  rmi,
  rpi,
  to,
  nc,
  volatile_,
  relaxed,
  acq_rel,
  gpu,
  cta,
  sys,
  gl,
  uni,
  sync,
  aligned,
  warp,
  up,
  down,
  bfly,
  idx,
  all,
  any,
  ballot,
  left,
  right,
  wrap,
  clamp,
  add,
  min,
  max,
  and_,
  or_,
  xor_,
  exch,
  cas,
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
  ls,
  hs,
  equ,
  neu,
  ltu,
  leu,
  gtu,
  geu,
  num,
  nan,
  count
};

struct Symbol {
  Space space = Space::global;
  std::size_t bytes = 0;
  std::size_t align = 1;
  bool dynamic = false;            // extern shared
  std::size_t offset = 0;          // of local memory; of shared memory once a block has begun
  std::vector<std::uint8_t> data;  // of global memory
};

struct Operand {
  enum class Kind : std::uint8_t {
    reg,
    immediate,
    special,
    symbol,
    parameter,
    address,
    vector,
    label
  };
  Kind kind = Kind::reg;
  bool negated = false;     // of a predicate
  int index = -1;           // register, special register or parameter
  std::uint64_t value = 0;  // immediate, or the offset of an address
  Symbol* symbol = nullptr;
  std::string name;
  std::vector<int> elements;  // registers of a vector
};

struct Thread;
struct Instruction;
using Handler = void (*)(Thread&, const Instruction&);

struct Instruction {
  Handler handler = nullptr;
  Type type;
  Type source_type;  // of cvt, and of setp's like
  Space space = Space::generic;
  std::uint64_t modifiers = 0;
  int vector = 1;
  int predicate = -1;
  bool predicate_negated = false;
  bool has_second_result = false;  // d|p of shfl
  int target = -1;                 // of bra
  std::vector<Operand> operands;
  std::string text;

  bool has(Modifier m) const { return (modifiers >> static_cast<int>(m) & 1) != 0; }
};

struct Parameter {
  std::string name;
  std::size_t bytes = 0;
};

struct Entry {
  std::string name;
  std::vector<Parameter> parameters;
  std::vector<Instruction> code;
  int registers = 0;
  std::size_t local_bytes = 0;
  unsigned max_threads = 1024;
  std::map<std::string, Symbol> symbols;  // static shared and local arrays of this kernel
  std::vector<Symbol*> shared_arrays;     // static ones that the kernel names
  std::vector<Symbol*> dynamic_arrays;
  std::vector<Symbol*> tables;  // constant data of the module that the kernel names
};

struct Module {
  std::map<std::string, Symbol> symbols;  // of the whole file
  std::map<std::string, Entry> entries;
};

// Refuses, with a violation, whatever it does not know.
Module parse_module(const std::string& text);

// The registers, counters and memory of one running CUDA thread.
struct Thread {
  const Entry* entry = nullptr;
  void* const* args = nullptr;
  std::size_t next = 0;  // instruction
  bool finished = false;
  std::vector<std::uint64_t> registers;
  std::vector<std::uint8_t> local;
};

// Handler of an opcode and the modifiers it accepts, space-separated; handler nullptr if unknown.
struct Opcode {
  Handler handler = nullptr;
  const char* modifiers = "";
};
Opcode find_opcode(const std::string& name);

}  // namespace simcuda::ptx
