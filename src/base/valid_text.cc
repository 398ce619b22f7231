#include "src/base/valid_text.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace pidigree {
namespace {

// 16 bytes at a time, in what vector registers the target has.
using Block = uint8_t __attribute__((vector_size(16)));

Block Load(const char* from) {
  Block block;
  std::memcpy(&block, from, sizeof block);
  return block;
}

// All ones in each byte that is not plain.
Block NotPlain(Block block) {
  const auto printable = (block - 0x20) < 0x5f;
  const auto space = (block == '\t') | (block == '\n') | (block == '\r');
  return Block(~(printable | space));
}

bool AnySet(Block block) {
  std::array<uint64_t, 2> halves;
  std::memcpy(halves.data(), &block, sizeof block);
  return (halves[0] | halves[1]) != 0;
}

bool IsPlain(uint8_t c) { return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r'; }

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// Length of the valid and allowed character at the start of `text`, which is not empty; 0 if there
// is none. `*replaced` is then how many bytes one U+FFFD stands for.
size_t CharacterSize(std::string_view text, size_t* replaced) {
  const auto byte = [text](size_t i) -> uint32_t {
    return i < text.size() ? static_cast<uint8_t>(text[i]) : 0;  // 0 never continues a sequence
  };
  const auto continues = [](uint32_t b, uint32_t low, uint32_t high) {
    return b >= low && b <= high;
  };
  const uint32_t lead = byte(0);
  *replaced = 1;
  if (lead < 0x80) return lead == 0x7f || IsPlain(static_cast<uint8_t>(lead)) ? 1 : 0;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  if (lead < 0xe0) return continues(byte(1), 0x80, 0xbf) ? 2 : 0;
  if (lead < 0xf0) {
    const uint32_t low = lead == 0xe0 ? 0xa0 : 0x80;   // below: overlong
    const uint32_t high = lead == 0xed ? 0x9f : 0xbf;  // above: surrogates
    if (!continues(byte(1), low, high) || !continues(byte(2), 0x80, 0xbf)) return 0;
    if (lead == 0xef && byte(1) == 0xbf && byte(2) >= 0xbe) {  // U+FFFE, U+FFFF
      *replaced = 3;
      return 0;
    }
    return 3;
  }
  const uint32_t low = lead == 0xf0 ? 0x90 : 0x80;   // below: overlong
  const uint32_t high = lead == 0xf4 ? 0x8f : 0xbf;  // above: beyond U+10FFFF
  return continues(byte(1), low, high) && continues(byte(2), 0x80, 0xbf) &&
                 continues(byte(3), 0x80, 0xbf)
             ? 4
             : 0;
}

}  // namespace

bool IsPlainText(std::string_view raw) {
  if (raw.size() < sizeof(Block)) {
    bool plain = true;
    for (const char c : raw) plain &= IsPlain(static_cast<uint8_t>(c));
    return plain;
  }
  Block not_plain = {};
  for (size_t i = 0; i + sizeof(Block) < raw.size(); i += sizeof(Block))
    not_plain |= NotPlain(Load(raw.data() + i));
  not_plain |= NotPlain(Load(raw.data() + raw.size() - sizeof(Block)));  // overlaps the one before
  return !AnySet(not_plain);
}

size_t CopyValidText(std::string_view raw, char* out) {
  const char* const begin = out;
  while (!raw.empty()) {
    if (raw.size() >= sizeof(Block) && !AnySet(NotPlain(Load(raw.data())))) {
      std::memcpy(out, raw.data(), sizeof(Block));
      out += sizeof(Block);
      raw.remove_prefix(sizeof(Block));
      continue;
    }
    // One block's worth of characters before the next try.
    for (size_t i = 0; i < sizeof(Block) && !raw.empty(); ++i) {
      size_t replaced = 0;
      const size_t size = CharacterSize(raw, &replaced);
      if (size > 0) {
        std::memcpy(out, raw.data(), size);
        out += size;
        raw.remove_prefix(size);
      } else {
        out += kReplacement.copy(out, kReplacement.size());
        raw.remove_prefix(replaced);
      }
    }
  }
  return static_cast<size_t>(out - begin);
}

std::string_view ValidText(std::string_view raw, std::string& scratch) {
  if (IsPlainText(raw)) return raw;
  scratch.resize(3 * raw.size());
  scratch.resize(CopyValidText(raw, scratch.data()));
  return scratch;
}

std::string ValidText(std::string_view raw) {
  std::string scratch;
  return std::string(ValidText(raw, scratch));
}

}  // namespace pidigree
