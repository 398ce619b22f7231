#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pidigree {

// `text` in a form that is safe to show on a terminal: control bytes and bytes that are not valid
// UTF-8 as \xNN, a backslash as \\, cut after about `max_bytes` of output with "..." at the end.
std::string Printable(std::string_view text, size_t max_bytes = 4096);

}  // namespace pidigree
