#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>

#include "src/sink/line_buffer.h"
#include "src/sink/line_sink.h"

namespace pidigree {

inline LineBuffer LineBufferOf(std::initializer_list<std::string_view> lines) {
  LineBuffer buffer;
  for (const std::string_view line : lines) {
    buffer.bytes().Append(line);
    buffer.EndLine();
  }
  return buffer;
}

// Sets `written` to how many lines were written.
inline Result<> WriteTo(LineSink& sink, const LineBuffer& lines, size_t& written) {
  written = 0;
  return sink.Write(lines, written);
}

}  // namespace pidigree
