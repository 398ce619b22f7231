#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace pidigree {

// Growing bytes for writers that know an upper bound of what they are about to write: reserve once,
// store without checks, commit. Unlike std::string it never fills what it reserves. Keeps its
// memory over Clear(), so a reused buffer stops allocating.
class ByteBuffer {
 public:
  ByteBuffer() = default;
  ByteBuffer(ByteBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  ByteBuffer& operator=(ByteBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~ByteBuffer() { std::free(data_); }

  // Room for `bytes` more; valid until the next call of a non-const member.
  char* Reserve(size_t bytes) {
    if (capacity_ - size_ < bytes) Grow(bytes);
    return data_ + size_;
  }
  // Makes `bytes` of the reserved room part of the content.
  void Commit(size_t bytes) { size_ += bytes; }

  void Append(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(Reserve(text.size()), text.data(), text.size());
    Commit(text.size());
  }
  void Append(char c) {
    *Reserve(1) = c;
    Commit(1);
  }

  void Truncate(size_t size) { size_ = size; }
  void Clear() { size_ = 0; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  std::string_view view() const { return {data_, size_}; }

 private:
  void Grow(size_t bytes) {
    const size_t wanted = size_ + bytes > 2 * capacity_ ? size_ + bytes : 2 * capacity_;
    void* grown = std::realloc(data_, wanted);
    if (grown == nullptr) throw std::bad_alloc();
    data_ = static_cast<char*>(grown);
    capacity_ = wanted;
  }

  char* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace pidigree
