#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "src/base/byte_buffer.h"

namespace pidigree {

// Lines, one behind the other, each with its newline. Reused: Clear() keeps the memory.
class LineBuffer {
 public:
  LineBuffer() = default;
  // Takes no more memory than the lines need.
  LineBuffer(const LineBuffer& other) : ends_(other.ends_) { bytes_.Append(other.text()); }
  LineBuffer(LineBuffer&&) = default;
  LineBuffer& operator=(LineBuffer&&) = default;
  ~LineBuffer() = default;

  // Where the text of the next line is appended, without its newline; EndLine() follows.
  ByteBuffer& bytes() { return bytes_; }
  void EndLine() {
    bytes_.Append('\n');
    ends_.push_back(bytes_.size());
  }

  size_t size() const { return ends_.size(); }
  // Line `i` without its newline.
  std::string_view line(size_t i) const { return text().substr(begin(i), ends_[i] - 1 - begin(i)); }
  // All lines from number `first` on, as they are written to a file.
  std::string_view from(size_t first) const { return text().substr(begin(first)); }
  // The number of lines that the first `bytes` bytes behind the start of line `first` complete.
  size_t LinesIn(size_t first, size_t bytes) const {
    size_t count = 0;
    while (first + count < size() && ends_[first + count] - begin(first) <= bytes) ++count;
    return count;
  }
  // Bytes of the lines [first, first + count).
  size_t BytesOf(size_t first, size_t count) const { return begin(first + count) - begin(first); }

  // Memory that it takes.
  size_t capacity_bytes() const { return bytes_.capacity() + ends_.capacity() * sizeof(size_t); }

  void Clear() {
    bytes_.Clear();
    ends_.clear();
  }

 private:
  std::string_view text() const { return bytes_.view(); }
  size_t begin(size_t i) const { return i == 0 ? 0 : ends_[i - 1]; }

  ByteBuffer bytes_;
  std::vector<size_t> ends_;
};

}  // namespace pidigree
