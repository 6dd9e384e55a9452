#include "scanner.hpp"

#include "../report.hpp"

#include <cctype>
#include <sstream>

namespace simcuda::ptx {

std::string without_comments(const std::string& text) {
  std::string result;
  std::size_t position = 0;
  while (position < text.size()) {
    if (text.compare(position, 2, "//") == 0) {
      position = text.find('\n', position);
    } else if (text.compare(position, 2, "/*") == 0) {
      position = text.find("*/", position) + 2;
    } else {
      result += text[position++];
    }
    if (position == std::string::npos) {
      break;
    }
  }
  return result;
}

std::string trimmed(const std::string& text) {
  const char* space = " \t\r\n";
  const std::size_t first = text.find_first_not_of(space);
  return first == std::string::npos ? ""
                                    : text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : text) {
    depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
    if (c == separator && depth == 0) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  for (std::string& part : parts) {
    part = trimmed(part);
  }
  return parts;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) {
    words.push_back(word);
  }
  return words;
}

bool starts_with(const std::string& text, const std::string& prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

void Scanner::skip_space() {
  while (position_ < text_.size() &&
         std::isspace(static_cast<unsigned char>(text_[position_])) != 0) {
    ++position_;
  }
}

// Directives that end with their line instead of a semicolon.
bool Scanner::skip_line_directive() {
  for (const char* directive : {".version", ".target", ".address_size", ".loc", ".file"}) {
    if (text_.compare(position_, std::string(directive).size(), directive) == 0) {
      position_ = std::min(text_.find('\n', position_), text_.size());
      return true;
    }
  }
  return false;
}

Scanner::Token Scanner::take(std::size_t end, std::size_t length_of_end, Token token) {
  if (end == std::string::npos) {
    violation("ptx: unfinished text: %s", text_.substr(position_, 80).c_str());
  }
  token_ = trimmed(text_.substr(position_, end - position_));
  position_ = end + length_of_end;
  return token;
}

Scanner::Token Scanner::next(bool inside_kernel) {
  do {
    skip_space();
  } while (position_ < text_.size() && skip_line_directive());
  if (position_ >= text_.size()) {
    return Token::end;
  }
  const char c = text_[position_];
  if (c == '{' || c == '}') {
    ++position_;
    return c == '{' ? Token::open : Token::close;
  }
  if (!inside_kernel) {
    const std::size_t semicolon = text_.find(';', position_);
    const std::size_t entry = text_.find(".entry", position_);
    if (entry < semicolon) {
      return take(text_.find('{', entry), 1, Token::header);
    }
    return take(semicolon, 1, Token::statement);
  }
  const std::size_t end = text_.find_first_of(";:", position_);
  const bool is_label = end != std::string::npos && text_[end] == ':' && text_[end + 1] != ':';
  if (is_label && (c == '$' || c == '_' || std::isalpha(static_cast<unsigned char>(c)) != 0)) {
    return take(end, 1, Token::label);
  }
  return take(text_.find(';', position_), 1, Token::statement);
}

}  // namespace simcuda::ptx
