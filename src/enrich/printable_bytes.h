#pragma once

#include <string>
#include <string_view>

namespace pidigree {

// Appends `raw`, whatever bytes it has, as printable ASCII. Bytes below `first_plain` and above '~'
// become \DDD, as in RFC 1035, 5.1; those of `special` get a backslash.
void AppendPrintable(std::string_view raw, char first_plain, std::string_view special,
                     std::string& out);

}  // namespace pidigree
