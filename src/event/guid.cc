#include "src/event/guid.h"

#include <string>

#include "src/base/hex.h"

namespace pidigree {
namespace {

// Positions of the 32 digits in the text, most significant first.
constexpr std::array<uint8_t, 32> kDigitAt = {1,  2,  3,  4,  5,  6,  7,  8,  10, 11, 12,
                                              13, 15, 16, 17, 18, 20, 21, 22, 23, 25, 26,
                                              27, 28, 29, 30, 31, 32, 33, 34, 35, 36};
constexpr std::string_view kFrame = "{........-....-....-....-............}";
static_assert(kFrame.size() == Guid::kTextSize);

}  // namespace

void FormatGuid(const Guid& guid, char* out) {
  kFrame.copy(out, kFrame.size());
  for (size_t byte = 0; byte < 16; ++byte) {
    const uint64_t half = byte < 8 ? guid.high : guid.low;
    const auto& pair = kHexPairs[half >> (56 - byte % 8 * 8) & 0xff];
    out[kDigitAt[2 * byte]] = pair[0];
    out[kDigitAt[2 * byte + 1]] = pair[1];
  }
}

std::string FormatGuid(const Guid& guid) {
  std::string text(Guid::kTextSize, '\0');
  FormatGuid(guid, text.data());
  return text;
}

std::optional<Guid> ParseGuid(std::string_view text) {
  if (text.size() != Guid::kTextSize) return std::nullopt;
  Guid guid;
  size_t digit = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (kFrame[i] != '.') {
      if (text[i] != kFrame[i]) return std::nullopt;
      continue;
    }
    const uint8_t value = HexValue(text[i]);
    if (value == kNoHexDigit) return std::nullopt;
    uint64_t& half = digit < 16 ? guid.high : guid.low;
    half = half << 4 | value;
    ++digit;
  }
  return guid;
}

std::optional<Guid> ParseTypedGuid(std::string_view text) {
  return text.starts_with('{') ? ParseGuid(text) : ParseGuid("{" + std::string(text) + "}");
}

}  // namespace pidigree
