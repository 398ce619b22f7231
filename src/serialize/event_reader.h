#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/result.h"

namespace pidigree {

// An event as somebody logged it, decoded.
struct LoggedEvent {
  uint16_t id = 0;
  uint32_t record_id = 0;
  std::string time_created;  // as written: YYYY-MM-DDThh:mm:ss.nnnnnnnnnZ
  std::string computer;
  std::vector<std::pair<std::string, std::string>> fields;  // in the order of the line

  // Value of `name`; "-" if the event has no such field.
  std::string_view Get(std::string_view name) const;
};

// Reads one line that holds a Sysmon event in XML or in either JSON shape: {"Event":{"System":...}}
// or a flat object of EventID and fields, all values strings. Anything before the first "<Event>"
// or "{" is taken for a syslog header. Genuine lines of Sysmon for Linux are read, too.
//
// Errors: kCorrupt for anything else, with what is wrong.
Result<LoggedEvent> ParseLoggedEvent(std::string_view line);

}  // namespace pidigree
