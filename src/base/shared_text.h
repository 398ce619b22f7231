#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace pidigree {

// Up to four strings that live and die together, counted references, allocated by a SharedTextPool.
// The bytes may be read from any thread while a reference is held; the count itself belongs to the
// thread that owns the pool.
class SharedText {
 public:
  static constexpr size_t kParts = 4;

  std::string_view part(size_t i) const { return {bytes() + begin(i), ends_[i] - begin(i)}; }
  // Bytes of all parts.
  size_t size() const { return ends_[kParts - 1]; }

 private:
  friend class SharedTextPool;

  size_t begin(size_t i) const { return i == 0 ? 0 : ends_[i - 1]; }
  const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  char* bytes() { return reinterpret_cast<char*>(this + 1); }

  uint32_t references_;
  uint32_t block_bytes_;
  std::array<uint32_t, kParts> ends_;
};

// Hands out SharedText from size classes that are reused without going back to malloc. Not
// thread-safe.
class SharedTextPool {
 public:
  using Parts = std::array<std::string_view, SharedText::kParts>;

  SharedTextPool() = default;
  SharedTextPool(const SharedTextPool&) = delete;
  SharedTextPool& operator=(const SharedTextPool&) = delete;
  ~SharedTextPool();

  // A new text with one reference. The parts together are below 4 GiB.
  SharedText* Create(const Parts& parts);

  SharedText* Retain(SharedText* text) {
    if (text != nullptr) ++text->references_;
    return text;
  }
  void Release(SharedText* text) {
    if (text != nullptr && --text->references_ == 0) Free(text);
  }

  // Bytes of the texts that are in use, and of all memory held for texts.
  size_t bytes_in_use() const { return bytes_in_use_; }
  size_t bytes_held() const { return bytes_held_; }

 private:
  static constexpr size_t kClassBytes = 64;   // size classes are multiples of this
  static constexpr size_t kMaxPooled = 8192;  // larger texts come from malloc one by one
  static constexpr size_t kSlabBytes = 256 * 1024;

  struct FreeBlock {
    FreeBlock* next;
  };

  void* Allocate(size_t block_bytes);
  void Free(SharedText* text);

  std::array<FreeBlock*, kMaxPooled / kClassBytes + 1> free_{};
  std::vector<std::unique_ptr<char[]>> slabs_;
  size_t slab_used_ = kSlabBytes;
  size_t bytes_in_use_ = 0;
  size_t bytes_held_ = 0;
};

}  // namespace pidigree
