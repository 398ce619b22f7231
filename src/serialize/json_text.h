#pragma once

#include <string>
#include <string_view>

namespace pidigree {

// `text` as a JSON string, quotes included. It must be valid text (src/base/valid_text.h).
std::string JsonString(std::string_view text);

}  // namespace pidigree
