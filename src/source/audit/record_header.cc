#include "src/source/audit/record_header.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "src/source/audit/collector_header.h"
#include "src/source/audit/record_fields.h"
#include "src/source/audit/record_type.h"

namespace pidigree {
namespace {

constexpr size_t kMaxNodeName = 255;  // HOST_NAME_MAX is 64, a domain name has at most 255
constexpr std::string_view kType = "type=";
constexpr std::string_view kNode = "node=";
constexpr std::string_view kBlanks = " \t";
constexpr uint64_t kMaxSeconds = 99'999'999'999;

// Takes `prefix` off the front of `text`.
bool Consume(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// The type's number, 0 if it is not known, nothing if the text is no type.
std::optional<uint16_t> ParseType(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (Consume(text, "UNKNOWN[")) {
    if (!text.ends_with(']')) return std::nullopt;
    text.remove_suffix(1);
  }
  uint32_t number = 0;
  if (text[0] >= '0' && text[0] <= '9') {
    if (!ParseDecimal(text, number)) return std::nullopt;
    // User space may use numbers of its range that nobody has named.
    return number <= record_type::kLastUser2 ? static_cast<uint16_t>(number) : uint16_t{0};
  }
  for (const char c : text) {
    const bool word = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (!word) return std::nullopt;
  }
  const RecordType* type = FindRecordType(text);
  return type != nullptr ? type->number : uint16_t{0};
}

// What follows "type=".
bool ParseAfterType(std::string_view text, RecordHeader& header) {
  const size_t blank = text.find(' ');
  if (blank == text.npos) return false;
  const std::optional<uint16_t> type = ParseType(text.substr(0, blank));
  if (!type) return false;
  text.remove_prefix(blank + 1);
  Consume(text, "msg=");  // the kernel log has none

  if (!text.starts_with("audit(")) return false;
  const size_t close = text.substr(0, 64).find("):");
  if (close == text.npos) return false;
  if (!ParseStamp(text.substr(6, close - 6), header.time_ms, header.serial)) return false;
  header.type = *type;
  header.stamp = text.substr(0, close + 2);
  text.remove_prefix(close + 2);
  header.fields = text.substr(std::min(text.find_first_not_of(' '), text.size()));
  header.rest = {};
  return true;
}

// Some collectors put the records of an event on one line. Another record begins only where it can
// be no text of this one: outside of quotes, and never behind the message of a program.
void CutAtNextRecord(RecordHeader& header) {
  const std::string_view fields = header.fields;
  constexpr std::string_view kNext = " type=";
  if (memmem(fields.data(), fields.size(), kNext.data(), kNext.size()) == nullptr) return;
  bool quoted = false;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i] == '"') quoted = !quoted;
    if (quoted) continue;
    if (fields[i] == '\'') return;
    if (fields[i] != ' ' || !fields.substr(i + 1).starts_with(kType)) continue;
    RecordHeader next;
    const std::string_view rest = fields.substr(i + 1 + kType.size());
    if (!ParseAfterType(rest, next) || next.serial != header.serial ||
        next.time_ms != header.time_ms)
      continue;
    header.fields = fields.substr(0, i);
    header.rest = rest;
    return;
  }
}

}  // namespace

bool ParseStamp(std::string_view text, int64_t& time_ms, uint32_t& serial) {
  const char* at = text.data();
  const char* end = at + text.size();
  uint64_t seconds = 0;
  uint32_t millis = 0;
  uint32_t number = 0;
  auto parsed = std::from_chars(at, end, seconds);
  if (parsed.ec != std::errc() || seconds > kMaxSeconds || parsed.ptr == end || *parsed.ptr != '.')
    return false;
  parsed = std::from_chars(parsed.ptr + 1, end, millis);
  if (parsed.ec != std::errc() || millis > 999 || parsed.ptr == end || *parsed.ptr != ':')
    return false;
  parsed = std::from_chars(parsed.ptr + 1, end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return false;
  time_ms = static_cast<int64_t>(seconds * 1000 + millis);
  serial = number;
  return true;
}

std::optional<RecordHeader> ParseRecordHeader(std::string_view line) {
  RecordHeader header;
  // The prefix of a collector may itself hold "type=". Quotes it has none, but in its own header:
  // what they hold, programs choose.
  const CollectorHeader collector = ReadCollectorHeader(line);
  size_t at = collector.size;
  for (size_t searched = at;; searched = at++) {
    at = line.find(kType, at);
    if (at == line.npos || line.substr(searched, at - searched).find_first_of("\"'") != line.npos)
      return std::nullopt;
    if (ParseAfterType(line.substr(at + kType.size()), header)) break;
  }

  std::string_view prefix = line.substr(0, at);
  while (!prefix.empty() && kBlanks.find(prefix.back()) != kBlanks.npos) prefix.remove_suffix(1);
  std::string_view word = prefix.substr(prefix.find_last_of(kBlanks) + 1);
  if (const size_t tag = word.find(":node="); tag != word.npos) word.remove_prefix(tag + 1);
  header.node = collector.host;
  if (Consume(word, kNode)) {
    if (word.size() > kMaxNodeName) return std::nullopt;
    header.node = word;
    prefix.remove_suffix(kNode.size() + word.size());
  }
  if (!prefix.empty()) CutAtNextRecord(header);
  return header;
}

bool NextRecordOfLine(RecordHeader& header) {
  if (header.rest.empty()) return false;
  ParseAfterType(header.rest, header);
  CutAtNextRecord(header);
  return true;
}

}  // namespace pidigree
