#include "src/cli/event_rates.h"

#include <cstdint>
#include <string_view>

#include "schema/events.h"
#include "src/base/parse_number.h"

namespace pidigree {
namespace {

bool CanBeBounded(const EventType& event) {
  return !event.rule.empty() && &event != &kProcessCreate && &event != &kProcessTerminate;
}

}  // namespace

Result<EventRates> ParseEventRates(const std::vector<std::string>& given) {
  EventRates rates{};
  for (const std::string_view text : given) {
    const size_t colon = text.find(':');
    uint32_t id = 0;
    uint32_t most = 0;
    const bool one = colon != text.npos;
    if (!ParseNumber(one ? text.substr(colon + 1) : text, most) ||
        (one && !ParseNumber(text.substr(0, colon), id)))
      return Fail(ErrorCode::kUsage, "'" + std::string(text) + "' is neither N nor ID:N");
    const EventType* const event = FindEvent(id);
    if (one && (event == nullptr || !CanBeBounded(*event)))
      return Fail(ErrorCode::kUsage,
                  "'" + std::string(text) + "' names no event that can be bounded");
    for (const EventType* each : kAllEvents)
      if (one ? each == event : CanBeBounded(*each)) rates[each->id] = most;
  }
  return rates;
}

}  // namespace pidigree
