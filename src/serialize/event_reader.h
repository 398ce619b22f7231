#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/result.h"

namespace pidigree {

// An event as somebody logged it, decoded. All text is valid: what is not became U+FFFD (see
// src/base/valid_text.h).
struct LoggedEvent {
  uint16_t id = 0;
  uint64_t record_id = 0;  // 0 if the line does not say
  std::string
      time_created;  // as written: YYYY-MM-DDThh:mm:ss.nnnnnnnnnZ; empty if the line does not say
  std::string computer;  // likewise
  std::vector<std::pair<std::string, std::string>>
      fields;  // in the order of the line, names unique

  // Value of `name`; "-" if the event has no such field.
  std::string_view Get(std::string_view name) const;
};

// Bounds on what is read; no event comes near them.
constexpr size_t kMaxEventLine = size_t{32} << 20;
constexpr size_t kMaxLoggedFields = 64;

// Reads one line that holds a Sysmon event in XML or in either JSON shape:
// {"Event":{"System":{...}, "EventData":{...}}} or a flat object of EventID and fields. Field
// values are strings; EventID may be a number or a string. Anything before the first "<Event>" or
// "{" is taken for a syslog header. Lines of Sysmon for Linux are read, too, whichever escapes they
// use.
//
// Errors: kCorrupt for anything else, with what is wrong; kLimit beyond the bounds above.
Result<LoggedEvent> ParseLoggedEvent(std::string_view line);

}  // namespace pidigree
