// From statements to a Module: declarations, kernels, labels.
#include "../report.hpp"
#include "module.hpp"
#include "parse_instruction.hpp"
#include "scanner.hpp"

#include <cstdlib>

namespace simcuda::ptx {
namespace {

std::size_t round_up(std::size_t value, std::size_t unit) {
  return (value + unit - 1) / unit * unit;
}

struct Declaration {
  std::string name;
  Symbol symbol;
  std::size_t element_bytes = 1;
};

std::size_t number_after(const std::string& text, const std::string& word, std::size_t otherwise) {
  const std::size_t at = text.find(word);
  return at == std::string::npos ? otherwise
                                 : std::strtoull(text.c_str() + at + word.size(), nullptr, 10);
}

// ".shared .align 4 .b8 name[256]", ".global .align 4 .b32 name", ...
Declaration parse_declaration(const std::string& text) {
  Declaration result;
  const std::string head = text.substr(0, text.find('='));
  result.symbol.align = number_after(head, ".align", 0);
  for (const std::string& word : words_of(head)) {
    Type type;
    if (word[0] == '.' && parse_type(word.substr(1), type)) {
      result.element_bytes = static_cast<std::size_t>(type.bits) / 8;
    } else if (word[0] != '.' && std::isdigit(static_cast<unsigned char>(word[0])) == 0) {
      result.name = word.substr(0, word.find('['));
    }
  }
  result.symbol.bytes = number_after(head, "[", 1) * result.element_bytes;
  if (result.symbol.align == 0) {
    result.symbol.align = result.element_bytes;
  }
  result.symbol.dynamic = starts_with(head, ".extern");
  return result;
}

// The values after "=", each of one element; what is missing is zero.
void parse_initialiser(const std::string& text, Declaration& declaration) {
  auto& data = declaration.symbol.data;
  data.assign(declaration.symbol.bytes, 0);
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    return;
  }
  std::string values = trimmed(text.substr(equals + 1));
  if (values[0] == '{') {
    values = values.substr(1, values.find('}') - 1);
  }
  std::size_t at = 0;
  for (const std::string& value : split(values, ',')) {
    const std::uint64_t bits = parse_literal(value);
    for (std::size_t byte = 0; byte < declaration.element_bytes; ++byte) {
      data.at(at++) = static_cast<std::uint8_t>(bits >> (8 * byte));
    }
  }
}

// The product of ".maxntid x, y, z", from __launch_bounds__.
unsigned launch_bound(const std::string& header) {
  const std::string directive = ".maxntid";
  const std::size_t begin = header.find(directive);
  if (begin == std::string::npos) {
    return 1024;
  }
  const std::size_t values = begin + directive.size();
  unsigned product = 1;
  for (const std::string& extent :
       split(header.substr(values, header.find('.', values) - values), ',')) {
    product *= static_cast<unsigned>(std::strtoul(extent.c_str(), nullptr, 10));
  }
  return product;
}

class Parser {
 public:
  explicit Parser(const std::string& text) : scanner_(without_comments(text)) {}

  Module parse() {
    for (;;) {
      switch (scanner_.next(false)) {
        case Scanner::Token::end:
          return std::move(module_);
        case Scanner::Token::header:
          parse_kernel(scanner_.token_text());
          break;
        case Scanner::Token::statement:
          parse_global(scanner_.token_text());
          break;
        default:
          violation("ptx: unexpected text outside of a kernel: %s", scanner_.token_text().c_str());
      }
    }
  }

 private:
  void parse_global(const std::string& text) {
    Declaration declaration = parse_declaration(text);
    Symbol& symbol = declaration.symbol;
    if (text.find(".shared") != std::string::npos) {
      symbol.space = Space::shared;
    } else if (text.find(".global") != std::string::npos ||
               text.find(".const") != std::string::npos) {
      parse_initialiser(text, declaration);
    } else {
      violation("ptx: declaration is not supported: %s", text.c_str());
    }
    module_.symbols[declaration.name] = symbol;
  }

  void parse_kernel(const std::string& header) {
    const std::size_t open = header.find('(');
    const std::size_t close = header.find(')');
    const std::size_t begin = header.find(".entry") + 6;
    const std::string name = trimmed(header.substr(begin, std::min(open, header.size()) - begin));
    Entry& entry = module_.entries[words_of(name).front()];
    entry.name = words_of(name).front();
    if (open != std::string::npos) {
      parse_parameters(header.substr(open + 1, close - open - 1), entry);
    }
    entry.max_threads = launch_bound(header);
    parse_body(entry);
  }

  static void parse_parameters(const std::string& text, Entry& entry) {
    if (trimmed(text).empty()) {
      return;
    }
    for (const std::string& parameter : split(text, ',')) {
      const Declaration declaration = parse_declaration(parameter);
      entry.parameters.push_back({declaration.name, declaration.symbol.bytes});
    }
  }

  void parse_body(Entry& entry) {
    InstructionParser instructions(module_, entry);
    std::map<std::string, int> labels;
    for (int depth = 1; depth > 0;) {
      switch (scanner_.next(true)) {
        case Scanner::Token::open:
          ++depth;
          break;
        case Scanner::Token::close:
          --depth;
          break;
        case Scanner::Token::label:
          labels[scanner_.token_text()] = static_cast<int>(entry.code.size());
          break;
        case Scanner::Token::statement:
          parse_statement(scanner_.token_text(), entry, instructions);
          break;
        default:
          violation("ptx: kernel %s does not end", entry.name.c_str());
      }
    }
    resolve_labels(entry, labels);
  }

  static void parse_statement(const std::string& text, Entry& entry,
                              InstructionParser& instructions) {
    if (starts_with(text, ".pragma")) {
      return;
    }
    if (starts_with(text, ".reg")) {
      instructions.declare_registers(text);
    } else if (text[0] == '.') {
      declare_array(text, entry);
    } else {
      entry.code.push_back(instructions.parse(text));
    }
  }

  static void declare_array(const std::string& text, Entry& entry) {
    Declaration declaration = parse_declaration(text);
    Symbol& symbol = declaration.symbol;
    if (starts_with(text, ".shared")) {
      symbol.space = Space::shared;
    } else if (starts_with(text, ".local")) {
      symbol.space = Space::local;
      symbol.offset = round_up(entry.local_bytes, std::max<std::size_t>(symbol.align, 16));
      entry.local_bytes = symbol.offset + symbol.bytes;
    } else {
      violation("ptx: declaration is not supported: %s", text.c_str());
    }
    entry.symbols[declaration.name] = symbol;
  }

  static void resolve_labels(Entry& entry, const std::map<std::string, int>& labels) {
    for (Instruction& instruction : entry.code) {
      for (const Operand& operand : instruction.operands) {
        if (operand.kind != Operand::Kind::label) {
          continue;
        }
        const auto label = labels.find(operand.name);
        if (label == labels.end()) {
          violation("ptx: %s is neither a label nor declared: %s", operand.name.c_str(),
                    instruction.text.c_str());
        }
        instruction.target = label->second;
      }
    }
  }

  Scanner scanner_;
  Module module_;
};

}  // namespace

Module parse_module(const std::string& text) { return Parser(text).parse(); }

}  // namespace simcuda::ptx
