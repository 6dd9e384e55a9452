// Loads, stores and atomics, each checked against what was allocated or declared.
#include "../kernel.hpp"
#include "../memory.hpp"
#include "../report.hpp"
#include "../shared_memory.hpp"
#include "transfer.hpp"

#include <algorithm>
#include <cstring>

namespace simcuda::ptx {
namespace {

// The allocation of the last access: the next one is most often in it.
const char* known_begin = nullptr;
const char* known_end = nullptr;

char* global_access(const Thread& t, const Instruction& ins, std::uint64_t address,
                    std::size_t bytes, bool writes) {
  char* p = reinterpret_cast<char*>(address);
  if (p < known_begin || p + bytes > known_end) {
    if (!in_device(p)) {
      violation("illegal device access at %p, which is not device memory: %s (instruction %zu)",
                static_cast<void*>(p), ins.text.c_str(), t.next - 1);
    }
    check_range_now(p, bytes, ("illegal device access by " + ins.text).c_str());
    const Allocation* allocation = find_allocation(p);
    known_begin = allocation->begin;
    known_end = allocation->begin + allocation->bytes;
  }
  if (traffic_is_counted()) {
    count_traffic(p, bytes, writes);
  }
  return p;
}

char* shared_access(const Instruction& ins, std::uint64_t offset, std::size_t bytes) {
  if (!shared_memory().declared(offset, bytes)) {
    violation("shared access outside every shared array: %s (offset %llu)", ins.text.c_str(),
              static_cast<unsigned long long>(offset));
  }
  return shared_memory().begin() + offset;
}

char* local_access(Thread& t, const Instruction& ins, std::uint64_t address, std::size_t bytes) {
  const auto begin = reinterpret_cast<std::uint64_t>(t.local.data());
  if (address < begin || address + bytes > begin + t.local.size()) {
    violation("local access outside of the thread's memory: %s", ins.text.c_str());
  }
  return reinterpret_cast<char*>(address);
}

bool lies_in(const void* begin, std::size_t size, std::uint64_t address) {
  const auto first = reinterpret_cast<std::uint64_t>(begin);
  return address >= first && address < first + size;
}

// A constant table of the module, which the parser keeps in host memory.
char* table_access(const Symbol& symbol, const Instruction& ins, std::uint64_t address,
                   std::size_t bytes, bool writes) {
  const auto begin = reinterpret_cast<std::uint64_t>(symbol.data.data());
  if (writes || address < begin || address + bytes > begin + symbol.data.size()) {
    violation("access outside of a constant table: %s", ins.text.c_str());
  }
  return reinterpret_cast<char*>(address);
}

char* generic_access(Thread& t, const Instruction& ins, std::uint64_t address, std::size_t bytes,
                     bool writes) {
  const SharedMemory& shared = shared_memory();
  if (lies_in(shared.begin(), shared.capacity(), address)) {
    return shared_access(ins, address - reinterpret_cast<std::uint64_t>(shared.begin()), bytes);
  }
  if (lies_in(t.local.data(), t.local.size(), address)) {
    return local_access(t, ins, address, bytes);
  }
  for (const Symbol* table : t.entry->tables) {
    if (lies_in(table->data.data(), table->data.size(), address)) {
      return table_access(*table, ins, address, bytes, writes);
    }
  }
  return global_access(t, ins, address, bytes, writes);
}

char* access(Thread& t, const Instruction& ins, const Operand& operand, std::size_t bytes,
             bool writes) {
  if (operand.kind == Operand::Kind::parameter) {
    const auto index = static_cast<std::size_t>(operand.index);
    if (operand.value + bytes > t.entry->parameters[index].bytes) {
      refuse(ins, "reads past a parameter");
    }
    return static_cast<char*>(t.args[index]) + operand.value;
  }
  const std::uint64_t address = value_of(t, operand);
  if (address % bytes != 0) {
    violation("misaligned access to %llx: %s", static_cast<unsigned long long>(address),
              ins.text.c_str());
  }
  if (ins.space == Space::shared) {
    return shared_access(ins, address & 0xffffffffu, bytes);
  }
  if (ins.space == Space::local) {
    return local_access(t, ins, address, bytes);
  }
  return generic_access(t, ins, address, bytes, writes);
}

std::uint64_t combined(const Thread& t, const Instruction& ins, std::uint64_t old,
                       std::uint64_t value, std::size_t first_input) {
  const int bits = ins.type.bits;
  const bool is_signed = ins.type.kind == Kind::signed_integer;
  const bool less = is_signed ? sign_extended(old, bits) < sign_extended(value, bits)
                              : (old & low_bits(bits)) < (value & low_bits(bits));
  if (ins.has(Modifier::min)) {
    return less ? old : value;
  }
  if (ins.has(Modifier::max)) {
    return less ? value : old;
  }
  if (ins.has(Modifier::cas)) {
    return old == (value & low_bits(bits)) ? input(t, ins, first_input + 1) : old;
  }
  return ins.has(Modifier::add)    ? old + value
         : ins.has(Modifier::and_) ? old & value
         : ins.has(Modifier::or_)  ? old | value
         : ins.has(Modifier::xor_) ? old ^ value
                                   : value;
}

// The old value; `place` is the position of the address among the operands.
std::uint64_t update(Thread& t, const Instruction& ins, std::size_t place) {
  if (ins.type.kind == Kind::floating) {
    refuse(ins, "float atomics have no reproducible result (project rule)");
  }
  const auto bytes = static_cast<std::size_t>(ins.type.bits) / 8;
  char* p = access(t, ins, ins.operands[place], bytes, true);
  std::uint64_t old = 0;
  std::memcpy(&old, p, bytes);
  const std::uint64_t result = combined(t, ins, old, input(t, ins, place + 1), place + 1);
  std::memcpy(p, &result, bytes);
  return old;
}

}  // namespace

void begin_memory_access() { known_begin = known_end = nullptr; }

void load(Thread& t, const Instruction& ins) {
  const auto bytes = static_cast<std::size_t>(ins.type.bits) / 8;
  const auto count = static_cast<std::size_t>(ins.vector);
  const char* p = access(t, ins, ins.operands[1], bytes * count, false);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t value = 0;
    std::memcpy(&value, p + i * bytes, bytes);
    if (ins.type.kind == Kind::signed_integer) {
      value = static_cast<std::uint64_t>(sign_extended(value, ins.type.bits));
    }
    set_register(t, count > 1 ? ins.operands[0].elements[i] : ins.operands[0].index, value);
  }
}

void store(Thread& t, const Instruction& ins) {
  const auto bytes = static_cast<std::size_t>(ins.type.bits) / 8;
  const auto count = static_cast<std::size_t>(ins.vector);
  char* p = access(t, ins, ins.operands[0], bytes * count, true);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t value =
        count > 1 ? t.registers[static_cast<std::size_t>(ins.operands[1].elements[i])]
                  : input(t, ins, 1);
    std::memcpy(p + i * bytes, &value, bytes);
  }
}

void atomic(Thread& t, const Instruction& ins) { set_result(t, ins, update(t, ins, 1)); }

void reduce_atomically(Thread& t, const Instruction& ins) { update(t, ins, 0); }

// cvta: shared addresses are offsets, generic ones are addresses of this process.
void convert_address(Thread& t, const Instruction& ins) {
  std::uint64_t address = input(t, ins, 1);
  if (ins.space == Space::shared) {
    const auto base = reinterpret_cast<std::uint64_t>(shared_memory().begin());
    address = ins.has(Modifier::to) ? address - base : address + base;
  }
  set_result(t, ins, address);
}

void fence(Thread&, const Instruction&) {}  // one thread runs at a time

}  // namespace simcuda::ptx
