#include "src/source/audit/collector_header.h"

#include <algorithm>

namespace pidigree {
namespace {

constexpr size_t kMaxHostName = 255;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Whether `text` begins as `pattern` does, in which '0' is any digit, '_' a digit or a blank, 'a'
// any letter, and all else itself.
bool Matches(std::string_view text, std::string_view pattern) {
  return text.size() >= pattern.size() &&
         std::equal(pattern.begin(), pattern.end(), text.begin(), [](char wanted, char c) {
           if (wanted == '0') return IsDigit(c);
           if (wanted == '_') return IsDigit(c) || c == ' ';
           if (wanted == 'a') return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
           return c == wanted;
         });
}

// Takes the word at the front, and the blanks behind it.
std::string_view TakeWord(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.find_first_not_of(' ', word.size()), text.size()));
  return word;
}

// Takes "<13>", if it is there.
void SkipPriority(std::string_view& text) {
  if (!text.starts_with('<')) return;
  const size_t close = text.find_first_not_of("0123456789", 1);
  if (close != text.npos && close > 1 && text[close] == '>') text.remove_prefix(close + 1);
}

bool SkipStamp(std::string_view& text) {
  constexpr std::string_view kOldStamp = "aaa _0 00:00:00 ";
  if (Matches(text, kOldStamp)) {
    text.remove_prefix(kOldStamp.size());
    return true;
  }
  if (!Matches(text, "0000-00-00T00:00:00")) return false;
  TakeWord(text);
  return true;
}

// Takes "[id name="value" ...]...", in which a backslash stands before what would end a value.
bool SkipStructuredData(std::string_view& text) {
  if (text.starts_with("- ")) return !TakeWord(text).empty();
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && text[i] == ']' && !text.substr(i + 1).starts_with('[')) {
      text.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

// Without a host, the next word is the program's.
std::string_view HostOf(std::string_view word) {
  const bool valid = !word.empty() && word.size() <= kMaxHostName && word.back() != ':' &&
                     word != "-" && std::all_of(word.begin(), word.end(), [](char c) {
                       return IsDigit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                              c == '.' || c == '-' || c == '_' || c == ':';
                     });
  return valid ? word : std::string_view();
}

// "2023 Nov 14 22:13:20 (web7) 203.0.113.7->/var/log/audit/audit.log ", of the manager itself
// "... web7->/var/log/audit/audit.log ".
CollectorHeader ReadOssecHeader(std::string_view line) {
  constexpr std::string_view kStamp = "0000 aaa _0 00:00:00 ";
  if (!Matches(line, kStamp)) return {};
  std::string_view name = line.substr(kStamp.size());
  const bool agent = name.starts_with('(');
  if (agent) name.remove_prefix(1);
  const size_t end = name.find(agent ? ") " : "->");
  return {.host = end == name.npos ? std::string_view() : HostOf(name.substr(0, end)),
          .size = kStamp.size()};
}

}  // namespace

CollectorHeader ReadCollectorHeader(std::string_view line) {
  if (const CollectorHeader ossec = ReadOssecHeader(line); ossec.size > 0) return ossec;
  std::string_view text = line;
  SkipPriority(text);
  const bool new_protocol = text.size() < line.size() && text.starts_with("1 ");
  if (new_protocol) {
    text.remove_prefix(2);
    // A stamp that is not known is "-".
    if (text.starts_with("- "))
      TakeWord(text);
    else if (!SkipStamp(text))
      return {};
  } else if (!SkipStamp(text)) {
    return {};
  }
  CollectorHeader header;
  std::string_view rest = text;
  header.host = HostOf(TakeWord(rest));
  if (new_protocol) {
    for (int i = 0; i < 3; ++i) TakeWord(rest);  // program, process, kind of message
    if (!rest.starts_with('[') && !rest.starts_with("- ")) return {};
    if (!SkipStructuredData(rest)) return {};
    text = rest;
  }
  header.size = line.size() - text.size();
  return header;
}

}  // namespace pidigree
