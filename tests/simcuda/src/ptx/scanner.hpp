// Cuts PTX text into statements, scopes and labels.
#pragma once

#include <string>
#include <vector>

namespace simcuda::ptx {

std::string without_comments(const std::string& text);
std::string trimmed(const std::string& text);
// Splits at `separator` outside of braces and brackets; the parts are trimmed.
std::vector<std::string> split(const std::string& text, char separator);
std::vector<std::string> words_of(const std::string& text);
bool starts_with(const std::string& text, const std::string& prefix);

class Scanner {
 public:
  enum class Token { end, open, close, label, statement, header };
  explicit Scanner(std::string text) : text_(std::move(text)) {}

  // `header` is the head of a kernel, up to its opening brace; only outside of kernels.
  Token next(bool inside_kernel);
  const std::string& token_text() const { return token_; }

 private:
  void skip_space();
  bool skip_line_directive();
  Token take(std::size_t end, std::size_t length_of_end, Token token);

  std::string text_;
  std::string token_;
  std::size_t position_ = 0;
};

}  // namespace simcuda::ptx
