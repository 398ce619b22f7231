#include "src/serialize/event_reader.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <tinyxml2.h>

#include <algorithm>
#include <optional>

#include "src/base/parse_number.h"
#include "src/base/valid_text.h"

namespace pidigree {
namespace {

auto Corrupt(std::string message) {
  return Fail(ErrorCode::kCorrupt, "event: " + std::move(message));
}

// Adds a field unless there is one of that name or there are too many.
Result<> AddField(std::string_view name, std::string_view value, LoggedEvent& event) {
  std::string valid_name = ValidText(name);
  for (const auto& [other, unused] : event.fields)
    if (other == valid_name) return Corrupt("field " + valid_name + " stands twice");
  if (event.fields.size() == kMaxLoggedFields)
    return Fail(ErrorCode::kLimit,
                "event: more than " + std::to_string(kMaxLoggedFields) + " fields");
  event.fields.emplace_back(std::move(valid_name), ValidText(value));
  return {};
}

// ---- XML ----

// The parser takes an element whose text is nothing but blanks for empty. A character reference it
// does not.
std::string KeepBlankValues(std::string_view xml) {
  constexpr std::string_view kEnd = " </Data>";
  std::string out;
  size_t copied = 0;
  for (size_t at = xml.find(kEnd); at != xml.npos; at = xml.find(kEnd, at + 1)) {
    const size_t before = xml.find_last_not_of(' ', at);
    if (before == xml.npos || xml[before] != '>') continue;
    out.append(xml.substr(copied, at - copied)).append("&#32;");
    copied = at + 1;
  }
  return out.append(xml.substr(copied));
}

std::string_view TextOf(const tinyxml2::XMLElement* element) {
  const char* text = element == nullptr ? nullptr : element->GetText();
  return text == nullptr ? std::string_view() : text;
}

Result<LoggedEvent> ParseXml(std::string_view xml) {
  const std::string kept = KeepBlankValues(xml);
  tinyxml2::XMLDocument document(true, tinyxml2::PRESERVE_WHITESPACE);
  if (document.Parse(kept.data(), kept.size()) != tinyxml2::XML_SUCCESS)
    return Corrupt(std::string("malformed XML: ") + document.ErrorIDToName(document.ErrorID()));
  const tinyxml2::XMLElement* root = document.RootElement();
  if (root == nullptr || root->NextSibling() != nullptr)
    return Corrupt("something follows </Event>");
  const tinyxml2::XMLElement* system = root->FirstChildElement("System");
  const tinyxml2::XMLElement* data = root->FirstChildElement("EventData");
  if (system == nullptr || data == nullptr) return Corrupt("no System or no EventData element");

  LoggedEvent event;
  if (!ParseNumber(TextOf(system->FirstChildElement("EventID")), event.id))
    return Corrupt("EventID is not a number from 0 to 65535");
  const std::string_view record_id = TextOf(system->FirstChildElement("EventRecordID"));
  if (!record_id.empty() && !ParseNumber(record_id, event.record_id))
    return Corrupt("EventRecordID is not a number");
  event.computer = ValidText(TextOf(system->FirstChildElement("Computer")));
  if (const auto* time = system->FirstChildElement("TimeCreated"))
    if (const char* text = time->Attribute("SystemTime")) event.time_created = ValidText(text);

  for (const auto* item = data->FirstChildElement(); item != nullptr;
       item = item->NextSiblingElement()) {
    const char* name = item->Attribute("Name");
    if (std::string_view(item->Name()) != "Data" || name == nullptr)
      return Corrupt("EventData holds something else than <Data Name=\"...\">");
    if (item->FirstChild() != item->LastChild() ||
        (item->FirstChild() != nullptr && item->FirstChild()->ToText() == nullptr))
      return Corrupt(std::string("Data ") + ValidText(name) + " holds something else than text");
    if (const auto added = AddField(name, TextOf(item), event); !added) return Fail(added.error());
  }
  return event;
}

// ---- JSON ----

// Collects an event from the parser's calls. A call that returns false ends the parse; error() then
// says why.
class JsonCollector : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, JsonCollector> {
 public:
  bool StartObject() {
    const bool starts_event = path_.empty() || At({"Event"});
    const bool within_event = path_.size() > 1 && path_[0] == "Event" && !InEventData();
    if (!starts_event && !within_event) return Refuse(path_.back() + " is no string");
    if (path_.size() == kMaxDepth) return Refuse("objects are nested too deep");
    if (At({"Event", "EventData"})) shape_.nested = true;
    path_.emplace_back();
    return true;
  }
  bool EndObject(rapidjson::SizeType) {
    path_.pop_back();
    return true;
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    path_.back().assign(text, size);
    return true;
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    if (InEventData() || InFlatEvent()) return TakeField({text, size});
    return TakeSystemValue({text, size});
  }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    if (InEventData() || InFlatEvent()) return Refuse(path_.back() + " is no string");
    return TakeSystemValue({text, size});
  }
  bool StartArray() { return Refuse("there is an array"); }
  bool Default() {  // null, true and false
    return InEventData() || path_.size() == 1 ? Refuse(path_.back() + " is no string") : true;
  }

  const std::optional<Error>& error() const { return error_; }

  // After a whole parse.
  Result<LoggedEvent> Finish() {
    if (shape_.nested && shape_.flat) return Corrupt("there are fields beside \"Event\"");
    if (!shape_.nested && !shape_.flat) return Corrupt("no EventData and no EventID");
    if (!shape_.id) return Corrupt("no EventID");
    return std::move(event_);
  }

 private:
  static constexpr size_t kMaxDepth = 8;

  // path_ holds the last key of each open object.
  bool At(std::initializer_list<std::string_view> keys) const {
    return std::ranges::equal(path_, keys);
  }
  bool InEventData() const {
    return path_.size() == 3 && path_[0] == "Event" && path_[1] == "EventData";
  }
  bool InFlatEvent() const { return path_.size() == 1 && path_[0] != "EventID"; }

  bool TakeField(std::string_view value) {
    if (path_.size() == 1) shape_.flat = true;
    if (const auto added = AddField(path_.back(), value, event_); !added) {
      error_ = added.error();
      return false;
    }
    return true;
  }

  bool TakeSystemValue(std::string_view value) {
    if (At({"EventID"}) || At({"Event", "System", "EventID"})) {
      if (path_.size() == 1) shape_.flat = true;
      if (shape_.id) return Refuse("EventID stands twice");
      shape_.id = true;
      return ParseNumber(value, event_.id) || Refuse("EventID is not a number from 0 to 65535");
    }
    if (At({"Event", "System", "EventRecordID"}))
      return ParseNumber(value, event_.record_id) || Refuse("EventRecordID is not a number");
    if (At({"Event", "System", "Computer"})) event_.computer = ValidText(value);
    if (At({"Event", "System", "TimeCreated", "SystemTime"}))
      event_.time_created = ValidText(value);
    return true;
  }

  bool Refuse(std::string_view message) {
    error_ = Error{ErrorCode::kCorrupt, "event: " + ValidText(message)};
    return false;
  }

  struct {
    bool nested = false;
    bool flat = false;
    bool id = false;
  } shape_;
  std::vector<std::string> path_;
  LoggedEvent event_;
  std::optional<Error> error_;
};

Result<LoggedEvent> ParseJson(std::string_view json) {
  // Numbers stay text, and nesting costs heap instead of stack.
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::MemoryStream stream(json.data(), json.size());
  rapidjson::Reader reader;
  JsonCollector collector;
  const rapidjson::ParseResult parsed = reader.Parse<kFlags>(stream, collector);
  if (collector.error()) return Fail(*collector.error());
  if (parsed.IsError())
    return Corrupt("malformed JSON at byte " + std::to_string(parsed.Offset()) + ": " +
                   rapidjson::GetParseError_En(parsed.Code()));
  return collector.Finish();
}

}  // namespace

std::string_view LoggedEvent::Get(std::string_view name) const {
  for (const auto& [field, value] : fields)
    if (field == name) return value;
  return "-";
}

Result<LoggedEvent> ParseLoggedEvent(std::string_view line) {
  if (line.size() > kMaxEventLine) return Fail(ErrorCode::kLimit, "event: the line is too long");
  if (line.find('\0') != line.npos) return Corrupt("a NUL byte");
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);

  const size_t xml = line.find("<Event>");
  const size_t json = line.substr(0, xml).find('{');
  if (json != line.npos) return ParseJson(line.substr(json));
  if (xml != line.npos) return ParseXml(line.substr(xml));
  return Corrupt("neither \"<Event>\" nor \"{\" in the line");
}

}  // namespace pidigree
