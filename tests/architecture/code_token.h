#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace pidigree {

// What C++ calls a preprocessing token, as far as readers of declarations need it.
struct CodeToken {
  // A group is for readers: all from a bracket to the one that closes it.
  enum class Kind { kWord, kNumber, kLiteral, kMark, kGroup };

  std::string_view text{};
  Kind kind = Kind::kMark;
  size_t line = 0;
  bool after_blank = false;

  bool IsWord() const { return kind == Kind::kWord; }
};

// Views into `code`, which has no comments any more (StripComments()). Lines of the preprocessor
// are left out; marks of several characters are one token where none of them is a bracket of a
// template.
std::vector<CodeToken> CodeTokens(std::string_view code);

}  // namespace pidigree
