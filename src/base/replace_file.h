#pragma once

#include <string>
#include <string_view>

#include "src/base/result.h"

namespace pidigree {

// Makes `bytes` the content of the file `path`, mode 0600, whole or not at all: a reader, and who
// comes after a crash or a power failure, finds the old content or the new. The new content is on
// the disk when this returns, for which it waits (fdatasync(2) of the file, fsync(2) of its
// directory); it stands in `path` + ".new" on the way.
//
// Errors: as open(2), write(2), fdatasync(2) and rename(2) say, with the path. The old file is
// there then.
Result<> ReplaceFile(const std::string& path, std::string_view bytes);

}  // namespace pidigree
