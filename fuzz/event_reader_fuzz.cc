// Any bytes as a logged event. What is read has valid text only; if it is an event of the schema,
// our own serializers write it so that it is read back the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "schema/events.h"
#include "src/base/valid_text.h"
#include "src/serialize/event_reader.h"
#include "src/serialize/line_serializer.h"

namespace pidigree {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

bool IsValid(std::string_view text) {
  std::string copy(3 * text.size(), '\0');
  copy.resize(CopyValidText(text, copy.data()));
  return copy == text;
}

bool FollowsSchema(const LoggedEvent& event, const EventType& type) {
  if (event.fields.size() != type.fields.size()) return false;
  for (size_t i = 0; i < type.fields.size(); ++i)
    if (event.fields[i].first != type.fields[i].name || event.fields[i].second.empty())
      return false;
  return true;
}

void RequireRoundTrip(const LoggedEvent& event, const EventType& type,
                      const Serializer& serializer) {
  std::vector<Value> values;
  for (const auto& [name, value] : event.fields) values.emplace_back(std::string_view(value));
  const Record record{&type, values, {}, 1, event.computer};
  ByteBuffer out;
  Require(!serializer.Append(record, 0, out));
  const auto again = ParseLoggedEvent(out.view());
  Require(again.has_value() && again->id == event.id && again->fields == event.fields);

  // Under a limit it stays an event of the same fields.
  const size_t half = out.size() / 2;
  out.Clear();
  serializer.Append(record, half, out);
  const auto shortened = ParseLoggedEvent(out.view());
  Require(shortened.has_value() && shortened->fields.size() == event.fields.size());
}

}  // namespace
}  // namespace pidigree

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pidigree;
  static const XmlSerializer xml(Writer{});
  static const JsonSerializer json(Writer{});

  const auto event = ParseLoggedEvent({reinterpret_cast<const char*>(data), size});
  if (!event) return 0;
  for (const auto& [name, value] : event->fields) Require(IsValid(name) && IsValid(value));
  const EventType* const type = FindEvent(event->id);
  if (type == nullptr || !FollowsSchema(*event, *type)) return 0;
  RequireRoundTrip(*event, *type, xml);
  RequireRoundTrip(*event, *type, json);
  return 0;
}
