#include "tests/architecture/code_token.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "tests/architecture/include_checker.h"

namespace pidigree {
namespace {

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

size_t EndOfWord(std::string_view code, size_t i) {
  while (i < code.size() && IsWordCharacter(code[i])) ++i;
  return i;
}

size_t EndOfNumber(std::string_view code, size_t i) {
  while (i < code.size() && (IsWordCharacter(code[i]) || code[i] == '.' || code[i] == '\'')) ++i;
  return i;
}

// Its line break is not part of it.
size_t EndOfDirective(std::string_view code, size_t i) {
  do {
    i = std::min(code.find('\n', i + 1), code.size());
  } while (i < code.size() && code[i - 1] == '\\');
  return i;
}

size_t EndOfMark(std::string_view code, size_t i) {
  for (const std::string_view mark : {"::", "->", "<<", "<=", ">="}) {
    if (code.substr(i).starts_with(mark)) return i + mark.size();
  }
  return i + 1;
}

}  // namespace

std::vector<CodeToken> CodeTokens(std::string_view code) {
  std::vector<CodeToken> tokens;
  size_t line = 1;
  bool line_begins = true;
  bool after_blank = true;
  for (size_t i = 0; i < code.size();) {
    const size_t begin = i;
    const char c = code[i];
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      if (c == '\n') ++line;
      line_begins |= c == '\n';
      after_blank = true;
      ++i;
      continue;
    }
    CodeToken token{.line = line, .after_blank = std::exchange(after_blank, false)};
    if (c == '#' && line_begins) {
      i = EndOfDirective(code, i);
    } else if (IsDigit(c)) {
      token.kind = CodeToken::Kind::kNumber;
      i = EndOfNumber(code, i);
    } else if (IsWordCharacter(c)) {
      token.kind = CodeToken::Kind::kWord;
      i = EndOfWord(code, i);
    } else if (c == '"' || c == '\'') {
      token.kind = CodeToken::Kind::kLiteral;
      i = EndOfLiteral(code, i);
    } else {
      i = EndOfMark(code, i);
    }
    token.text = code.substr(begin, i - begin);
    line += static_cast<size_t>(std::count(token.text.begin(), token.text.end(), '\n'));
    if (c != '#' || !line_begins) tokens.push_back(token);
    line_begins = false;
  }
  return tokens;
}

}  // namespace pidigree
