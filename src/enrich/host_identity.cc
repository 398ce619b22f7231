#include "src/enrich/host_identity.h"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "src/base/read_file.h"

namespace pidigree {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";

// The number that the first 8 of the `digits` hex digits at the start of the file make.
Result<uint32_t> ReadLeadingHex(const std::string& path, size_t digits) {
  const Result<std::string> content = ReadFile(path, 4096);
  if (!content) return Fail(content.error());
  const size_t found = std::min(content->find_first_not_of(kHexDigits), content->size());
  if (found != digits)
    return Fail(ErrorCode::kCorrupt,
                path + " does not start with " + std::to_string(digits) + " hex digits");
  uint32_t number = 0;
  std::from_chars(content->data(), content->data() + 8, number, 16);
  return number;
}

}  // namespace

Result<uint32_t> ReadMachineId32(const std::string& path) { return ReadLeadingHex(path, 32); }

// 8 digits, then the first '-' of the UUID.
Result<uint32_t> ReadBootId32(const std::string& path) { return ReadLeadingHex(path, 8); }

uint32_t HostId32(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  // It can fail only if no provider offers SHA-256 or memory is out: no GUID can be made then.
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr) != 1)
    std::abort();
  return uint32_t{digest[0]} << 24 | uint32_t{digest[1]} << 16 | uint32_t{digest[2]} << 8 |
         digest[3];
}

}  // namespace pidigree
