#include "src/serialize/field_size_serializer.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "schema/events.h"
#include "src/event/value_text.h"
#include "src/serialize/shorten.h"

namespace pidigree {
namespace {

bool ContinuesCharacter(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// The size in bytes of the first `characters` of `text`, all of it if it has no more.
size_t SizeOfCharacters(std::string_view text, size_t characters) {
  size_t end = 0;
  for (; end < text.size(); ++end)
    if (!ContinuesCharacter(text[end]) && characters-- == 0) break;
  return end;
}

}  // namespace

FieldSizeSerializer::FieldSizeSerializer(std::unique_ptr<const Serializer> serializer,
                                         const std::vector<FieldLimit>& limits)
    : serializer_(std::move(serializer)) {
  for (const EventType* event : kAllEvents) {
    for (const FieldLimit& limit : limits) {
      const size_t field = event->Find(limit.field);
      if (field == EventType::kNoField) continue;
      std::vector<Limit>& of_event = limits_[event->id];
      std::erase_if(of_event, [&](const Limit& earlier) { return earlier.field == field; });
      of_event.push_back({field, limit.max_characters});
    }
  }
}

bool FieldSizeSerializer::Append(const Record& record, size_t max_bytes, ByteBuffer& out) const {
  if (limits_[record.type->id].empty()) return serializer_->Append(record, max_bytes, out);
  std::array<Value, kMaxFields> values;
  static thread_local std::array<ByteBuffer, kMaxFields> shortened;
  bool any = false;
  for (const Limit& limit : limits_[record.type->id]) {
    char buffer[kValueTextSize];
    const std::string_view text =
        FormatValue(record.values[limit.field], record.type->fields[limit.field].type, buffer);
    if (SizeOfCharacters(text, limit.max_characters) == text.size()) continue;
    if (!any) std::ranges::copy(record.values, values.begin());
    any = true;
    if (limit.max_characters < kEllipsis.size()) {
      values[limit.field] = std::string_view("-");
      continue;
    }
    ByteBuffer& kept = shortened[limit.field];
    kept.Clear();
    kept.Append(text.substr(0, SizeOfCharacters(text, limit.max_characters - kEllipsis.size())));
    kept.Append(kEllipsis);
    values[limit.field] = kept.view();
  }
  if (!any) return serializer_->Append(record, max_bytes, out);
  Record copy = record;
  copy.values = {values.data(), record.values.size()};
  return serializer_->Append(copy, max_bytes, out);
}

}  // namespace pidigree
