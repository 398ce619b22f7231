#pragma once

#include <cstddef>
#include <string>

#include "src/base/result.h"

namespace pidigree {

// The whole content of `path`, also of files under /proc that claim a size of 0.
//
// Errors: kNotFound, kPermission or kSystem as open(2) and read(2) say; kLimit if there is more
// than `max_bytes`.
Result<std::string> ReadFile(const std::string& path, size_t max_bytes);

// Appends what `fd` still gives to `content`, until that has more than `max_bytes`. False, with
// errno: as read(2) says.
bool ReadRest(int fd, size_t max_bytes, std::string& content);

}  // namespace pidigree
