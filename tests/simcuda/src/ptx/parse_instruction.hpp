// Decoding of one instruction. What the interpreter does not know, it refuses.
#pragma once

#include "module.hpp"

#include <map>
#include <string>

namespace simcuda::ptx {

// "f32", "pred", ...; false if `text` names no type.
bool parse_type(const std::string& text, Type& type);
// 12, -3, 0x1F, 0f3F800000 (the bits of a float), 0d... (of a double)
std::uint64_t parse_literal(const std::string& text);

enum class Special : int {
  tid_x,
  tid_y,
  tid_z,
  ntid_x,
  ntid_y,
  ntid_z,
  ctaid_x,
  ctaid_y,
  ctaid_z,
  nctaid_x,
  nctaid_y,
  nctaid_z,
  laneid,
  count
};

class InstructionParser {
 public:
  InstructionParser(Module& module, Entry& entry) : module_(module), entry_(entry) {}

  void declare_registers(const std::string& text);
  Instruction parse(const std::string& text);

 private:
  void parse_predicate(std::string& text, Instruction& instruction);
  void parse_modifier(const std::string& word, const Opcode& opcode, Instruction& instruction,
                      int& types) const;
  Operand parse_operand(std::string text);
  Operand parse_address(const std::string& text);
  Operand parse_name(const std::string& name);
  Symbol* find_symbol(const std::string& name);
  int register_index(const std::string& name);

  Module& module_;
  Entry& entry_;
  std::map<std::string, int> registers_;
};

}  // namespace simcuda::ptx
