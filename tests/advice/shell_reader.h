#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/advice/passage.h"

namespace pidigree {

// Lines of a shell script, or of what has its comments: Makefiles, units, CMake, audit rules.
// Comments are kProse, other lines kCommand, and what they echo in quotes as well: a Makefile does
// so with what it can do. A line that '\' ends goes on in the next.
std::vector<Passage> ReadShell(const std::string& file, std::string_view text);

// Adds a kCommand; what three blanks set off from it is prose.
void AddCommandLine(const std::string& file, size_t number, std::string_view line,
                    std::vector<Passage>& passages);

}  // namespace pidigree
