#pragma once

#include <string>
#include <string_view>

namespace pidigree {

// `text` in a form that is safe to show on a terminal: control bytes and bytes that are not valid
// UTF-8 as \xNN, a backslash as \\, cut after about `max_bytes` of output with "..." at the end.
std::string Printable(std::string_view text, size_t max_bytes = 4096);

// Writes "pidigree: MESSAGE" and a newline to standard error. The message is shown as it is: parts
// of it that come from outside must have passed Printable().
void Complain(std::string_view message);

// Writes all of `text` to standard output. On failure complains and returns false.
bool PrintOut(std::string_view text);

}  // namespace pidigree
