#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "src/event/record.h"
#include "src/event/source_loss.h"

namespace pidigree {

// Why an event, or a part of one, is missing in the output.
enum class LossCause : uint8_t {
  kRingFull = static_cast<uint8_t>(SourceLoss::kRingFull),
  kScratchBusy = static_cast<uint8_t>(SourceLoss::kScratchBusy),
  kRecursion = static_cast<uint8_t>(SourceLoss::kRecursion),
  kMalformed = static_cast<uint8_t>(SourceLoss::kMalformed),
  kNameUnread = static_cast<uint8_t>(SourceLoss::kNameUnread),
  kStartUnread = static_cast<uint8_t>(SourceLoss::kStartUnread),
  kOwnerUnknown = static_cast<uint8_t>(SourceLoss::kOwnerUnknown),
  kTargetGone = static_cast<uint8_t>(SourceLoss::kTargetGone),
  kQueueFull,       // what takes them did not keep up
  kSink,            // a destination failed
  kStop,            // the agent stopped first
  kEndUnseen,       // a process ended while nobody looked
  kHashTimeout,     // hashing took too long
  kHashTooLarge,    // the file is larger than what is hashed
  kHashChanged,     // the file that ran is gone, or was changed
  kArgumentsCut,    // longer than the kernel's program takes
  kPathCut,         // deeper than it walks
  kPathUnresolved,  // symbolic links may be in it
  kCommandLineCut,  // longer than the process table keeps
  kLineShortened,   // longer than a sink takes
  kUserLate,        // the name service did not answer in time
  kHostLate,        // ... for a host
  kGuidCollision,   // a PID came round within one tick
  kRateBound,       // one process wrote too many within a second
  kDnsUnread,       // what a DNS server replied is corrupt, or did not come whole
  kDnsCut,          // ... or is so in parts
};
static_assert(static_cast<int>(LossCause::kQueueFull) == kSourceLosses);
inline constexpr size_t kLossCauses = static_cast<size_t>(LossCause::kDnsCut) + 1;

// The name by which events 255 and `pidigree status` call it, such as "RING_FULL".
std::string_view NameOf(LossCause cause);

// Losses of one cause: how many, and between which times.
struct LossReport {
  LossCause cause{};
  uint64_t count = 0;
  UtcTime first{};
  UtcTime last{};
  std::string destination = {};  // the name of the only one that lacks them; empty: all do

  // Adds `other`, of the same cause and destination.
  void Merge(const LossReport& other);
};

// Why a destination takes nothing.
struct OutputFailure {
  std::string destination;  // its name
  std::string text;         // for a person; may be any bytes
};

// `cause` lost these records.
LossReport LossOf(LossCause cause, std::span<const Record> records);

// "12 events lost from 2026-11-24 20:00:00.000 to 2026-11-24 20:00:09.125", what event 255 says.
// Where something else was lost than events, it is named instead: "12 events without hashes from".
// The destination that lost them stands behind it: ", output syslog:///dev/log".
std::string DescriptionOf(const LossReport& report);

}  // namespace pidigree
