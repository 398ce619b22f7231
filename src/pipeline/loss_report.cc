#include "src/pipeline/loss_report.h"

#include <algorithm>
#include <iterator>

#include "src/base/utc_text.h"

namespace pidigree {
namespace {

struct CauseText {
  std::string_view name;
  std::string_view what;
};

constexpr std::string_view kLost = "events lost";
constexpr std::string_view kWithoutHashes = "events without hashes";
constexpr std::string_view kShortened = "command lines shortened";

// By LossCause.
constexpr CauseText kTexts[] = {
    {"RING_FULL", kLost},
    {"SCRATCH_BUSY", kLost},
    {"RECURSION", kLost},
    {"MALFORMED", kLost},
    {"NAME_UNREAD", kLost},
    {"START_UNREAD", "possible executables not looked at"},
    {"OWNER_UNKNOWN", kLost},
    {"TARGET_GONE", kLost},
    {"QUEUE_FULL", kLost},
    {"SINK", kLost},
    {"STOP", kLost},
    {"END_UNSEEN", "ends of processes not seen"},
    {"HASH_TIMEOUT", kWithoutHashes},
    {"HASH_TOO_LARGE", kWithoutHashes},
    {"HASH_CHANGED", kWithoutHashes},
    {"ARGUMENTS_CUT", kShortened},
    {"PATH_CUT", "paths shortened"},
    {"PATH_UNRESOLVED", "paths whose links were not followed"},
    {"COMMAND_LINE_CUT", kShortened},
    {"LINE_SHORTENED", "events shortened"},
    {"USER_LATE", "user names not found in time"},
    {"HOST_LATE", "host names not found in time"},
    {"GUID_COLLISION", "processes identified by a later start"},
    {"RATE_BOUND", kLost},
    {"DNS_UNREAD", "replies of DNS servers not understood"},
    {"DNS_CUT", "replies of DNS servers not told whole"},
};
static_assert(std::size(kTexts) == kLossCauses);

}  // namespace

std::string_view NameOf(LossCause cause) { return kTexts[static_cast<size_t>(cause)].name; }

LossReport LossOf(LossCause cause, std::span<const Record> records) {
  if (records.empty()) return {cause, 0, {}, {}};
  const auto [first, last] = std::ranges::minmax_element(records, {}, &Record::time_created);
  return {cause, records.size(), first->time_created, last->time_created};
}

std::string DescriptionOf(const LossReport& report) {
  std::string text = std::to_string(report.count) + " ";
  text.append(kTexts[static_cast<size_t>(report.cause)].what).append(" from ");
  text.append(UtcText(report.first.ns)).append(" to ").append(UtcText(report.last.ns));
  if (!report.destination.empty()) text.append(", output ").append(report.destination);
  return text;
}

void LossReport::Merge(const LossReport& other) {
  if (other.count == 0) return;
  first = count == 0 ? other.first : std::min(first, other.first);
  last = count == 0 ? other.last : std::max(last, other.last);
  count += other.count;
}

}  // namespace pidigree
