// mov, branches, barriers and warp collectives.
#include "../report.hpp"
#include "../shared_memory.hpp"
#include "arithmetic.hpp"
#include "integer.hpp"
#include "parse_instruction.hpp"
#include "simcuda/builtins.hpp"
#include "transfer.hpp"

namespace simcuda::ptx {
namespace {

std::uint64_t special_value(int index) {
  const unsigned linear = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  const unsigned values[] = {threadIdx.x, threadIdx.y, threadIdx.z, blockDim.x, blockDim.y,
                             blockDim.z,  blockIdx.x,  blockIdx.y,  blockIdx.z, gridDim.x,
                             gridDim.y,   gridDim.z,   linear % 32};
  return values[index];
}

std::uint64_t address_of(const Thread& thread, const Symbol& symbol) {
  switch (symbol.space) {
    case Space::shared:
      return symbol.offset;
    case Space::local:
      return reinterpret_cast<std::uint64_t>(thread.local.data() + symbol.offset);
    default:
      return reinterpret_cast<std::uint64_t>(symbol.data.data());
  }
}

std::intptr_t site_of(const Thread& t) { return static_cast<std::intptr_t>(t.next) - 1; }

WarpOp shuffle_operation(const Instruction& ins) {
  return ins.has(Modifier::up)     ? WarpOp::shfl_up
         : ins.has(Modifier::down) ? WarpOp::shfl_down
         : ins.has(Modifier::bfly) ? WarpOp::shfl_xor
                                   : WarpOp::shfl;
}

}  // namespace

void refuse(const Instruction& ins, const char* why) {
  violation("ptx: %s: %s", why, ins.text.c_str());
}

std::uint64_t value_of(const Thread& thread, const Operand& operand) {
  switch (operand.kind) {
    case Operand::Kind::reg: {
      const std::uint64_t value = thread.registers[static_cast<std::size_t>(operand.index)];
      return operand.negated ? (value & 1) ^ 1 : value;
    }
    case Operand::Kind::immediate:
      return operand.value;
    case Operand::Kind::special:
      return special_value(operand.index);
    case Operand::Kind::symbol:
      return address_of(thread, *operand.symbol);
    case Operand::Kind::address:
      return operand.value + (operand.symbol != nullptr
                                  ? address_of(thread, *operand.symbol)
                                  : thread.registers[static_cast<std::size_t>(operand.index)]);
    default:
      violation("ptx: operand %s has no value", operand.name.c_str());
  }
}

// Also packs a vector of registers into one, and unpacks one into a vector.
void move(Thread& t, const Instruction& ins) {
  const Operand& target = ins.operands[0];
  const Operand& source = ins.operands[1];
  if (target.kind == Operand::Kind::vector) {
    const std::uint64_t value = value_of(t, source);
    const int width = ins.type.bits / static_cast<int>(target.elements.size());
    for (std::size_t i = 0; i < target.elements.size(); ++i) {
      set_register(t, target.elements[i], value >> (width * static_cast<int>(i)) & low_bits(width));
    }
    return;
  }
  if (source.kind != Operand::Kind::vector) {
    set_result(t, ins, value_of(t, source));
    return;
  }
  std::uint64_t value = 0;
  const int width = ins.type.bits / static_cast<int>(source.elements.size());
  for (std::size_t i = 0; i < source.elements.size(); ++i) {
    const std::uint64_t part = t.registers[static_cast<std::size_t>(source.elements[i])];
    value |= (part & low_bits(width)) << (width * static_cast<int>(i));
  }
  set_result(t, ins, value);
}

void branch(Thread& t, const Instruction& ins) { t.next = static_cast<std::size_t>(ins.target); }

void finish(Thread& t, const Instruction&) { t.finished = true; }

void trap(Thread&, const Instruction& ins) {
  violation("the kernel trapped (a failed assertion, or code it must not reach): %s",
            ins.text.c_str());
}

// bar.sync 0 of the block, and bar.warp.sync of the lanes of a mask.
void barrier(Thread& t, const Instruction& ins) {
  if (ins.has(Modifier::warp)) {
    const auto mask = static_cast<unsigned>(input(t, ins, 0));
    warp_collective(WarpOp::sync, mask, 0, 0, 32, site_of(t));
    return;
  }
  if (ins.operands.size() != 1 || input(t, ins, 0) != 0) {
    refuse(ins, "only barrier 0 of the whole block is supported");
  }
  block_barrier(site_of(t));
}

void shuffle(Thread& t, const Instruction& ins) {
  const std::size_t first = ins.has_second_result ? 2 : 1;
  const auto value = static_cast<std::uint32_t>(input(t, ins, first));
  const auto argument = static_cast<int>(input(t, ins, first + 1));
  const std::uint64_t shape = input(t, ins, first + 2);
  const auto mask = static_cast<unsigned>(input(t, ins, first + 3));
  const auto segment_mask = static_cast<int>(shape >> 8 & 31);
  const WarpOp op = shuffle_operation(ins);
  if ((shape & 31) != (op == WarpOp::shfl_up ? 0u : 31u)) {
    refuse(ins, "a clamp that CUDA C++ does not produce");
  }
  const std::uint64_t result =
      warp_collective(op, mask, value, argument, 32 - segment_mask, site_of(t));
  set_register(t, ins.operands[0].index, result & 0xffffffffu);
  if (ins.has_second_result) {
    set_register(t, ins.operands[1].index, last_shuffle_source() >= 0 ? 1 : 0);
  }
}

void vote(Thread& t, const Instruction& ins) {
  const WarpOp op = ins.has(Modifier::all)   ? WarpOp::all
                    : ins.has(Modifier::any) ? WarpOp::any
                                             : WarpOp::ballot;
  const std::uint64_t predicate = input(t, ins, 1) & 1;
  const auto mask = static_cast<unsigned>(input(t, ins, 2));
  set_result(t, ins, warp_collective(op, mask, predicate, 0, 32, site_of(t)));
}

}  // namespace simcuda::ptx
