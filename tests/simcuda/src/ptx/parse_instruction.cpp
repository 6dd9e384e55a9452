#include "parse_instruction.hpp"

#include "../report.hpp"
#include "scanner.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>

namespace simcuda::ptx {
namespace {

// In the order of Modifier.
constexpr const char* kModifiers[] = {
    "hi",   "lo",      "wide",     "ftz",     "approx",  "rn",   "rni", "rzi", "rmi", "rpi",
    "to",   "nc",      "volatile", "relaxed", "acq_rel", "gpu",  "cta", "sys", "gl",  "uni",
    "sync", "aligned", "warp",     "up",      "down",    "bfly", "idx", "all", "any", "ballot",
    "l",    "r",       "wrap",     "clamp",   "add",     "min",  "max", "and", "or",  "xor",
    "exch", "cas",     "eq",       "ne",      "lt",      "le",   "gt",  "ge",  "ls",  "hs",
    "equ",  "neu",     "ltu",      "leu",     "gtu",     "geu",  "num", "nan"};
static_assert(std::size(kModifiers) == static_cast<std::size_t>(Modifier::count));

// In the order of Special.
constexpr const char* kSpecials[] = {"%tid.x",    "%tid.y",    "%tid.z",   "%ntid.x",  "%ntid.y",
                                     "%ntid.z",   "%ctaid.x",  "%ctaid.y", "%ctaid.z", "%nctaid.x",
                                     "%nctaid.y", "%nctaid.z", "%laneid"};
static_assert(std::size(kSpecials) == static_cast<std::size_t>(Special::count));

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

bool accepts(const Opcode& opcode, const std::string& word) {
  const std::vector<std::string> known = words_of(opcode.modifiers);
  return std::find(known.begin(), known.end(), word) != known.end();
}

bool parse_space(const std::string& word, Space& space) {
  const std::pair<const char*, Space> spaces[] = {
      {"param", Space::parameter}, {"global", Space::global},      {"const", Space::global},
      {"shared", Space::shared},   {"shared::cta", Space::shared}, {"local", Space::local}};
  for (const auto& [name, value] : spaces) {
    if (word == name) {
      space = value;
      return true;
    }
  }
  return false;
}

}  // namespace

bool parse_type(const std::string& text, Type& type) {
  if (text == "pred") {
    type = {Kind::predicate, 1};
    return true;
  }
  const std::string kinds = "bsuf";
  const std::size_t kind = text.size() > 1 ? kinds.find(text[0]) : std::string::npos;
  if (kind == std::string::npos ||
      !std::all_of(text.begin() + 1, text.end(), [](char c) { return is_digit(c); })) {
    return false;
  }
  const int bits = std::atoi(text.c_str() + 1);
  const bool is_float = text[0] == 'f';
  if (!(bits == 32 || bits == 64 || (!is_float && (bits == 8 || bits == 16)))) {
    return false;
  }
  const Kind values[] = {Kind::bits, Kind::signed_integer, Kind::unsigned_integer, Kind::floating};
  type = {values[kind], bits};
  return true;
}

std::uint64_t parse_literal(const std::string& text) {
  const bool bits_of_float =
      text.size() > 2 && text[0] == '0' && std::strchr("fFdD", text[1]) != nullptr;
  if (bits_of_float) {
    return std::strtoull(text.c_str() + 2, nullptr, 16);
  }
  if (text[0] == '-') {
    return static_cast<std::uint64_t>(std::strtoll(text.c_str(), nullptr, 0));
  }
  return std::strtoull(text.c_str(), nullptr, 0);
}

// ".reg .b32 %r<10>" needs nothing: such names are known by their %. ".reg .b32 tmp" does.
void InstructionParser::declare_registers(const std::string& text) {
  const std::vector<std::string> head = words_of(text);
  const std::size_t names = text.find(head[1]) + head[1].size();
  for (const std::string& name : split(text.substr(names), ',')) {
    if (name.find('<') == std::string::npos) {
      register_index(name);
    }
  }
}

int InstructionParser::register_index(const std::string& name) {
  const auto [place, is_new] = registers_.emplace(name, entry_.registers);
  entry_.registers += is_new ? 1 : 0;
  return place->second;
}

Instruction InstructionParser::parse(const std::string& text) {
  Instruction instruction;
  instruction.text = text;
  std::string rest = text;
  parse_predicate(rest, instruction);
  const std::size_t space = std::min(rest.find_first_of(" \t\n"), rest.size());
  const std::vector<std::string> words = split(rest.substr(0, space), '.');
  const Opcode opcode = find_opcode(words[0]);
  if (opcode.handler == nullptr) {
    violation("ptx: opcode is not known to the interpreter: %s", text.c_str());
  }
  instruction.handler = opcode.handler;
  int types = 0;
  for (std::size_t i = 1; i < words.size(); ++i) {
    parse_modifier(words[i], opcode, instruction, types);
  }
  const std::string operands = trimmed(rest.substr(space));
  for (const std::string& operand : split(operands, ',')) {
    const std::size_t bar = operand.find('|');
    if (bar != std::string::npos) {
      instruction.has_second_result = true;
      instruction.operands.push_back(parse_operand(operand.substr(0, bar)));
    }
    if (!operand.empty()) {
      instruction.operands.push_back(
          parse_operand(bar == std::string::npos ? operand : operand.substr(bar + 1)));
    }
  }
  return instruction;
}

void InstructionParser::parse_predicate(std::string& text, Instruction& instruction) {
  if (text[0] != '@') {
    return;
  }
  const std::size_t space = text.find_first_of(" \t");
  instruction.predicate_negated = text[1] == '!';
  const std::size_t begin = instruction.predicate_negated ? 2 : 1;
  instruction.predicate = register_index(text.substr(begin, space - begin));
  text = trimmed(text.substr(space));
}

void InstructionParser::parse_modifier(const std::string& word, const Opcode& opcode,
                                       Instruction& instruction, int& types) const {
  Type type;
  if (parse_type(word, type)) {
    (types++ == 0 ? instruction.type : instruction.source_type) = type;
    return;
  }
  if (accepts(opcode, "space") && parse_space(word, instruction.space)) {
    return;
  }
  if (accepts(opcode, "vector") && (word == "v2" || word == "v4")) {
    instruction.vector = word[1] - '0';
    return;
  }
  const auto known = std::find(std::begin(kModifiers), std::end(kModifiers), word);
  if (known == std::end(kModifiers) || !accepts(opcode, word)) {
    violation("ptx: modifier .%s is not known to the interpreter: %s", word.c_str(),
              instruction.text.c_str());
  }
  instruction.modifiers |= std::uint64_t{1} << (known - std::begin(kModifiers));
}

Operand InstructionParser::parse_operand(std::string text) {
  text = trimmed(text);
  Operand operand;
  if (text[0] == '!') {
    operand = parse_operand(text.substr(1));
    operand.negated = true;
    return operand;
  }
  if (text[0] == '[') {
    return parse_address(trimmed(text.substr(1, text.size() - 2)));
  }
  if (text[0] == '{') {
    operand.kind = Operand::Kind::vector;
    for (const std::string& element : split(text.substr(1, text.size() - 2), ',')) {
      operand.elements.push_back(register_index(element));
    }
    return operand;
  }
  if (is_digit(text[0]) || text[0] == '-') {
    operand.kind = Operand::Kind::immediate;
    operand.value = parse_literal(text);
    return operand;
  }
  return parse_name(text);
}

// Register, special register, symbol or label.
Operand InstructionParser::parse_name(const std::string& name) {
  Operand operand;
  operand.name = name;
  const auto special = std::find(std::begin(kSpecials), std::end(kSpecials), name);
  if (special != std::end(kSpecials)) {
    operand.kind = Operand::Kind::special;
    operand.index = static_cast<int>(special - std::begin(kSpecials));
  } else if (name[0] == '%' && name.find('.') != std::string::npos) {
    violation("ptx: special register %s is not known to the interpreter", name.c_str());
  } else if (name[0] == '%' || registers_.count(name) != 0) {
    operand.index = register_index(name);
  } else if ((operand.symbol = find_symbol(name)) != nullptr) {
    operand.kind = Operand::Kind::symbol;
  } else {
    operand.kind = Operand::Kind::label;
  }
  return operand;
}

Operand InstructionParser::parse_address(const std::string& text) {
  const std::size_t plus = text.find('+');
  const std::string base = trimmed(text.substr(0, plus));
  Operand operand = parse_name(base);
  for (std::size_t i = 0; i < entry_.parameters.size(); ++i) {
    if (entry_.parameters[i].name == base) {
      operand.kind = Operand::Kind::parameter;
      operand.index = static_cast<int>(i);
    }
  }
  if (operand.kind == Operand::Kind::reg || operand.kind == Operand::Kind::symbol) {
    operand.kind = Operand::Kind::address;
  } else if (operand.kind != Operand::Kind::parameter) {
    violation("ptx: cannot address %s", text.c_str());
  }
  if (plus != std::string::npos) {
    operand.value = parse_literal(trimmed(text.substr(plus + 1)));
  }
  return operand;
}

// Also notes which arrays the kernel names: only those shared ones take memory.
Symbol* InstructionParser::find_symbol(const std::string& name) {
  const auto own = entry_.symbols.find(name);
  const auto global = module_.symbols.find(name);
  Symbol* symbol = own != entry_.symbols.end()       ? &own->second
                   : global != module_.symbols.end() ? &global->second
                                                     : nullptr;
  if (symbol == nullptr || symbol->space == Space::local) {
    return symbol;
  }
  auto& uses = symbol->space == Space::global ? entry_.tables
               : symbol->dynamic              ? entry_.dynamic_arrays
                                              : entry_.shared_arrays;
  if (std::find(uses.begin(), uses.end(), symbol) == uses.end()) {
    uses.push_back(symbol);
  }
  return symbol;
}

}  // namespace simcuda::ptx
