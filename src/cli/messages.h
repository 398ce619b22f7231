#pragma once

#include <string>
#include <string_view>

#include "src/base/printable.h"  // for the parts of a message that come from outside

namespace pidigree {

// Writes "pidigree: MESSAGE" and a newline to standard error. The message is shown as it is: parts
// of it that come from outside must have passed Printable().
void Complain(std::string_view message);

// Writes all of `text` to standard output. On failure complains and returns false.
bool PrintOut(std::string_view text);

}  // namespace pidigree
