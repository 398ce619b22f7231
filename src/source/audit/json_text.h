#pragma once

#include <rapidjson/document.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "src/source/audit/load_word.h"

namespace pidigree {

// UTF-8 that is parsed in its place (kParseInsituFlag), a run of plain bytes at a time.
struct JsonText : rapidjson::UTF8<> {
  using Word = uint64_t;  // that many bytes behind the text must be readable

  // How many of the first bytes neither end a string nor stand for another byte.
  static size_t PlainBytes(Word word) {
    static_assert(std::endian::native == std::endian::little);
    constexpr Word kEach = 0x0101010101010101;
    // Marks the first byte below the limit, and perhaps some behind it.
    const auto below = [](Word bytes, Word limit) {
      return (bytes - kEach * limit) & ~bytes & (kEach * 0x80);
    };
    const Word special =
        below(word, ' ') | below(word ^ (kEach * '"'), 1) | below(word ^ (kEach * '\\'), 1);
    return static_cast<size_t>(std::countr_zero(special)) / 8;
  }
};

}  // namespace pidigree

// RapidJSON calls it where a string goes on with a plain byte, to have that one copied.
template <>
struct rapidjson::Transcoder<pidigree::JsonText, pidigree::JsonText> : Transcoder<UTF8<>, UTF8<>> {
  using Stream = GenericInsituStringStream<pidigree::JsonText>;
  using Transcoder<UTF8<>, UTF8<>>::Transcode;

  static bool Transcode(Stream& from, Stream& to) {
    using Word = pidigree::JsonText::Word;
    const char* const run = from.src_;
    size_t plain = 0;
    do {
      plain = pidigree::JsonText::PlainBytes(pidigree::LoadWord<Word>(from.src_));
      from.src_ += plain;
    } while (plain == sizeof(Word));
    const auto size = static_cast<size_t>(from.src_ - run);
    char* const place = to.Push(size);
    if (place != run) std::memmove(place, run, size);
    return true;
  }
};
