#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "src/base/result.h"

namespace pidigree {

// Calls `take` with each line of the file `path`, or of standard input for "-", without its
// newline, and its number from 1. The line lives until the call returns. A line beyond
// kMaxEventLine (src/serialize/event_reader.h) is given cut to that and one byte more; memory stays
// bounded whatever the input.
//
// Errors: kNotFound, kPermission or kSystem with the name of the file.
Result<> ForEachLine(const std::string& path,
                     const std::function<void(std::string_view line, size_t number)>& take);

}  // namespace pidigree
