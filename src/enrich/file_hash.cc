#include "src/enrich/file_hash.h"

#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <vector>

#include "src/base/hex.h"

namespace pidigree {
namespace {

constexpr size_t kStepBytes = 256 * 1024;

using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// All of the kinds at once.
class Hasher {
 public:
  static Result<Hasher> Make(HashKinds kinds) {
    Hasher hasher;
    bool ok = true;
    if (kinds.sha1) ok &= hasher.Add("SHA1", EVP_sha1());
    if (kinds.md5) ok &= hasher.Add("MD5", EVP_md5());
    if (kinds.sha256) ok &= hasher.Add("SHA256", EVP_sha256());
    if (!ok)
      return Fail(ErrorCode::kUnsupported, "OpenSSL on this host has not all of the algorithms");
    return hasher;
  }

  void Update(std::string_view bytes) {
    for (Digest& digest : digests_)
      EVP_DigestUpdate(digest.context.get(), bytes.data(), bytes.size());
  }

  std::string Finish() {
    std::string text;
    for (Digest& digest : digests_) {
      std::array<unsigned char, EVP_MAX_MD_SIZE> value;
      unsigned size = 0;
      EVP_DigestFinal_ex(digest.context.get(), value.data(), &size);
      if (!text.empty()) text += ',';
      text.append(digest.name).append("=");
      for (unsigned i = 0; i < size; ++i) text += HexPair(value[i]);
    }
    return text;
  }

 private:
  struct Digest {
    std::string_view name;
    DigestContext context;
  };

  bool Add(std::string_view name, const EVP_MD* algorithm) {
    DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    if (!context || EVP_DigestInit_ex(context.get(), algorithm, nullptr) != 1) return false;
    digests_.push_back({name, std::move(context)});
    return true;
  }

  std::vector<Digest> digests_;
};

}  // namespace

Result<std::string> HashBytes(std::string_view bytes, HashKinds kinds) {
  Result<Hasher> hasher = Hasher::Make(kinds);
  if (!hasher) return Fail(hasher.error());
  hasher->Update(bytes);
  return hasher->Finish();
}

Result<std::string> HashFile(int fd, HashKinds kinds, uint64_t max_bytes,
                             const std::atomic<bool>& cancelled) {
  Result<Hasher> hasher = Hasher::Make(kinds);
  if (!hasher) return Fail(hasher.error());
  std::vector<char> buffer(kStepBytes);
  for (uint64_t offset = 0;;) {
    if (cancelled.load(std::memory_order_relaxed))
      return Fail(ErrorCode::kSystem, "hash a file: cancelled");
    const ssize_t got = pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno(errno, "read a file to hash");
    if (got == 0) return hasher->Finish();
    offset += static_cast<uint64_t>(got);
    if (offset > max_bytes)
      return Fail(ErrorCode::kLimit,
                  "hash a file: more than " + std::to_string(max_bytes) + " bytes");
    hasher->Update({buffer.data(), static_cast<size_t>(got)});
  }
}

}  // namespace pidigree
