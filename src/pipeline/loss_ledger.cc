#include "src/pipeline/loss_ledger.h"

#include <algorithm>
#include <iterator>
#include <utility>

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

void AppendTime(UtcTime time, std::string& out) {
  char text[kUtcMillisecondsSize];
  FormatUtcMilliseconds(time.ns, text);
  out.append(text, sizeof text);
}

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
  AppendTime(report.first, text);
  text.append(" to ");
  AppendTime(report.last, text);
  return text;
}

void LossLedger::Merge(const LossReport& loss) {
  LossReport& pending = accounts_[static_cast<size_t>(loss.cause)].pending;
  if (pending.count == 0) {
    pending = loss;
    return;
  }
  pending.count += loss.count;
  pending.first = std::min(pending.first, loss.first);
  pending.last = std::max(pending.last, loss.last);
}

void LossLedger::Add(const LossReport& loss) {
  if (loss.count == 0) return;
  const std::lock_guard lock(mutex_);
  Merge(loss);
  accounts_[static_cast<size_t>(loss.cause)].total += loss.count;
}

void LossLedger::GiveBack(const LossReport& report) {
  const std::lock_guard lock(mutex_);
  Merge(report);
}

std::vector<LossReport> LossLedger::TakeDue(Steady now) {
  std::vector<LossReport> due;
  const std::lock_guard lock(mutex_);
  for (Account& account : accounts_) {
    if (account.pending.count == 0) continue;
    if (account.reported && now - account.reported_at < kInterval) continue;
    due.push_back(std::exchange(account.pending, {}));
    account.reported = true;
    account.reported_at = now;
  }
  return due;
}

std::vector<LossReport> LossLedger::TakeAll() {
  std::vector<LossReport> all;
  const std::lock_guard lock(mutex_);
  for (Account& account : accounts_)
    if (account.pending.count > 0) all.push_back(std::exchange(account.pending, {}));
  return all;
}

std::array<uint64_t, kLossCauses> LossLedger::totals() const {
  std::array<uint64_t, kLossCauses> totals{};
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < kLossCauses; ++i) totals[i] = accounts_[i].total;
  return totals;
}

}  // namespace pidigree
