#pragma once

#include <cstdint>
#include <string_view>

#include "src/base/result.h"

namespace pidigree {

// The number of bytes that `text` names: a number, a unit or both, such as "4096", "512M" or
// "1 GiB". The number is read as strtoull(3) does with base 0. Units are B, and K, M, G, T, P and E
// alone or before B, I or IB, all in either case; each is 1024 times the one before.
//
// Errors: kUsage if it is no size, or one of 2^64 bytes or more.
Result<uint64_t> ParseSize(std::string_view text);

}  // namespace pidigree
