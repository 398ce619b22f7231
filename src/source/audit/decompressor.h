#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace pidigree {

// One kind of compression. Compressed data is one member after the other, each of which could be a
// file of its own: of gzip (RFC 1952), xz and bzip2, and the frames of zstd (RFC 8878).
class Decompressor {
 public:
  static constexpr size_t kMagicBytes = 6;  // at most so many tell the kind

  // Of a file that begins with `head`; null: it is not compressed.
  static std::unique_ptr<Decompressor> Find(std::string_view head);
  // Whether `head` is too short to tell.
  static bool NeedsMore(std::string_view head);

  Decompressor() = default;
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
  virtual ~Decompressor() = default;

  enum class Outcome { kMore, kEndOfMember, kDamaged };
  struct Step {
    Outcome outcome;
    size_t consumed;             // of the input
    size_t made;                 // bytes of output
    std::string_view what = {};  // is wrong, if it is kDamaged; static
  };

  virtual std::string_view name() const = 0;
  // To be called before each member.
  virtual void Begin() = 0;
  virtual Step Decode(std::string_view in, char* out, size_t capacity) = 0;
};

}  // namespace pidigree
