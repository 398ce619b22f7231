#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/result.h"

namespace pidigree {

// Which hashes the field Hashes has.
struct HashKinds {
  bool sha1 = false;
  bool md5 = false;
  bool sha256 = false;

  bool any() const { return sha1 || md5 || sha256; }
  bool operator==(const HashKinds&) const = default;
};

// "SHA1=<hex>,MD5=<hex>,SHA256=<hex>", those of `kinds` in this order, lower case: as Sysmon
// writes the field. Empty without any kind.
//
// Errors: kUnsupported if OpenSSL refuses an algorithm (MD5 in FIPS mode).
Result<std::string> HashBytes(std::string_view bytes, HashKinds kinds);

// The same of the file `fd` from its start, in one pass, whatever its file offset. Gives up as soon
// as `cancelled` is true.
//
// Errors: also kLimit if there are more than `max_bytes`, kSystem as pread(2) says or if cancelled.
Result<std::string> HashFile(int fd, HashKinds kinds, uint64_t max_bytes,
                             const std::atomic<bool>& cancelled);

}  // namespace pidigree
