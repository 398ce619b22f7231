#include "src/source/audit/record_header.h"

#include <charconv>

#include "src/source/audit/record_fields.h"
#include "src/source/audit/record_type.h"

namespace pidigree {
namespace {

constexpr size_t kMaxNodeName = 255;  // HOST_NAME_MAX is 64, a domain name has at most 255
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
  const size_t fields = text.find_first_not_of(' ');
  header.fields = fields == text.npos ? std::string_view() : text.substr(fields);
  return true;
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
  // A prefix of the kernel log or of syslog may itself hold "type=".
  size_t at = line.find("type=");
  for (; at != line.npos; at = line.find("type=", at + 1)) {
    if (at > 0 && line[at - 1] != ' ') continue;
    if (ParseAfterType(line.substr(at + 5), header)) break;
  }
  if (at == line.npos) return std::nullopt;

  std::string_view prefix = line.substr(0, at);
  while (prefix.ends_with(' ')) prefix.remove_suffix(1);
  const size_t word = prefix.rfind(' ');
  if (word != prefix.npos) prefix.remove_prefix(word + 1);
  if (Consume(prefix, "node=")) {
    if (prefix.size() > kMaxNodeName) return std::nullopt;
    header.node = prefix;
  }
  return header;
}

}  // namespace pidigree
