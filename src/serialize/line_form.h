#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/utc_text.h"

namespace pidigree {

// What is the same in every line of one event: the pieces between its variable parts, in the order
// in which they are written. Put together once; writing a line is then copying.
class LineForm {
 public:
  // Which piece stands before which variable part. Those of the values follow kFirstValue, and the
  // last piece ends the line.
  enum Piece : size_t { kTimeCreated, kRecordId, kComputer, kFirstValue };

  // How far Copy() may write beyond what it returns.
  static constexpr size_t kSlack = 32;

  // `text` is the next piece.
  void Add(std::string_view text) {
    spans_.push_back({bytes_.size(), text.size()});
    bytes_.append(text);
    bytes_.append(kSlack, '\0');  // Copy() reads whole steps
    size_ += text.size();
  }

  size_t pieces() const { return spans_.size(); }
  // Bytes of all pieces.
  size_t size() const { return size_; }

  // Where the EventRecordID stands in a line.
  size_t record_id_at() const {
    return spans_[kTimeCreated].size + kUtcNanosecondsSize + spans_[kRecordId].size;
  }

  // Writes piece `i` to `out`. Returns the end of what was written.
  char* Copy(size_t i, char* out) const {
    const Span span = spans_[i];
    const char* const from = bytes_.data() + span.begin;
    for (size_t at = 0; at < span.size; at += kSlack) std::memcpy(out + at, from + at, kSlack);
    return out + span.size;
  }

 private:
  struct Span {
    size_t begin;
    size_t size;
  };
  std::string bytes_;
  std::vector<Span> spans_;
  size_t size_ = 0;
};

}  // namespace pidigree
