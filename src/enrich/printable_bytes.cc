#include "src/enrich/printable_bytes.h"

#include <cstdint>

namespace pidigree {

void AppendPrintable(std::string_view raw, char first_plain, std::string_view special,
                     std::string& out) {
  for (const char c : raw) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < static_cast<uint8_t>(first_plain) || byte >= 0x7f) {
      out += '\\';
      out += static_cast<char>('0' + byte / 100);
      out += static_cast<char>('0' + byte / 10 % 10);
      out += static_cast<char>('0' + byte % 10);
      continue;
    }
    if (special.find(c) != special.npos) out += '\\';
    out += c;
  }
}

}  // namespace pidigree
