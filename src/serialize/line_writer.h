#pragma once

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>
#include <string_view>
#include <variant>

#include "src/base/byte_buffer.h"
#include "src/base/utc_text.h"
#include "src/event/record.h"
#include "src/event/value_text.h"
#include "src/serialize/escape.h"
#include "src/serialize/line_form.h"
#include "src/serialize/shorten.h"

namespace pidigree {

// Writes one record as a line: the pieces of `form`, and between them the variable parts, escaped
// as `Escape` says. Serves every form whose lines are built like that.
template <typename Escape>
class LineWriter {
 public:
  LineWriter(const LineForm& form, const Record& record, ByteBuffer& out)
      : form_(form), record_(record), out_(out) {
    assert(record.values.size() == record.type->fields.size());
    assert(form.pieces() == LineForm::kFirstValue + record.values.size() + 1);
  }

  // As Serializer::Append().
  bool Write(size_t max_bytes) {
    const size_t start = out_.size();
    WriteLine([this](size_t i) { PutValue(i); });
    const size_t size = out_.size() - start;
    if (max_bytes == 0 || size <= max_bytes) [[likely]]
      return false;

    ValueSizes sizes{};
    for (size_t i = 0; i < record_.values.size(); ++i)
      if (CanBeShortened(i)) sizes[i] = EscapedSize<Escape>(StringAt(i));
    const size_t limit = LimitOfLongest(sizes, size - max_bytes);
    if (std::ranges::max(sizes) <= limit) return false;

    out_.Truncate(start);
    WriteLine([this, &sizes, limit](size_t i) {
      if (sizes[i] <= limit) return PutValue(i);
      PutString(EscapedPrefix<Escape>(StringAt(i), limit - kEllipsis.size()));
      at_ += kEllipsis.copy(at_, kEllipsis.size());
    });
    return true;
  }

 private:
  // Room for the texts that are no strings, or stand for one.
  static constexpr size_t kRoomPerValue = kValueTextSize;
  static constexpr size_t kSlack = std::max(LineForm::kSlack, kEscapeSlack);

  std::string_view StringAt(size_t i) const {
    const auto* text = std::get_if<std::string_view>(&record_.values[i]);
    return text == nullptr ? std::string_view() : *text;
  }
  // Only text without a form of its own; half a GUID would be wrong.
  bool CanBeShortened(size_t i) const { return record_.type->fields[i].type == FieldType::kString; }

  // Reserves what the line takes if no text needs escaping; PutString() adds what escaping does.
  template <typename PutValueAt>
  void WriteLine(PutValueAt put_value) {
    left_ = form_.size() + kUtcNanosecondsSize + kRoomPerValue + record_.computer.size() + kSlack;
    for (size_t i = 0; i < record_.values.size(); ++i) left_ += kRoomPerValue + StringAt(i).size();
    begin_ = at_ = out_.Reserve(left_);

    PutPiece(LineForm::kTimeCreated);
    FormatUtcNanoseconds(record_.time_created.ns, at_);
    at_ += kUtcNanosecondsSize;
    PutPiece(LineForm::kRecordId);
    at_ = std::to_chars(at_, at_ + kRoomPerValue, record_.record_id).ptr;
    PutPiece(LineForm::kComputer);
    PutString(record_.computer);
    for (size_t i = 0; i < record_.values.size(); ++i) {
      PutPiece(LineForm::kFirstValue + i);
      put_value(i);
    }
    PutPiece(LineForm::kFirstValue + record_.values.size());
    out_.Commit(static_cast<size_t>(at_ - begin_));
  }

  void PutPiece(size_t i) { at_ = form_.Copy(i, at_); }

  void PutValue(size_t i) {
    const std::string_view text = StringAt(i);
    if (!text.empty()) return PutString(text);
    const std::string_view scalar =
        FormatValue(record_.values[i], record_.type->fields[i].type, at_);
    if (scalar.data() != at_) std::memcpy(at_, scalar.data(), scalar.size());  // a constant
    at_ += scalar.size();
  }

  void PutString(std::string_view text) {
    if (CopyClean<Escape>(text, at_)) [[likely]] {
      at_ += text.size();
      return;
    }
    const auto written = static_cast<size_t>(at_ - begin_);
    left_ += EscapedSize<Escape>(text) - text.size() - written;
    out_.Commit(written);
    begin_ = out_.Reserve(left_);
    at_ = CopyEscaped<Escape>(text, begin_);
  }

  const LineForm& form_;
  const Record& record_;
  ByteBuffer& out_;
  char* begin_ = nullptr;  // of what has been written and not yet committed
  char* at_ = nullptr;
  size_t left_ = 0;  // room from begin_ that the rest of the line may take
};

}  // namespace pidigree
