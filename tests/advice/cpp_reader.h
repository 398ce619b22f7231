#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/advice/passage.h"

namespace pidigree {

// The string literals of C or C++ source, as kMessage, and its comments, as kProse, with what these
// have between backquotes.
//
// Literals that follow each other are one, with the line of the first. So are comments of lines
// that follow each other. A literal ends at a macro or a variable; names of #include are none.
std::vector<Passage> ReadCpp(const std::string& file, std::string_view code);

// The comments only.
std::vector<Passage> ReadCppComments(const std::string& file, std::string_view code);

}  // namespace pidigree
