#pragma once

#include <initializer_list>
#include <string_view>

#include "src/sink/line_buffer.h"

namespace pidigree {

inline LineBuffer LineBufferOf(std::initializer_list<std::string_view> lines) {
  LineBuffer buffer;
  for (const std::string_view line : lines) {
    buffer.bytes().Append(line);
    buffer.EndLine();
  }
  return buffer;
}

}  // namespace pidigree
