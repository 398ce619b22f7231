#pragma once

#include <cstdint>

namespace pidigree {

// Why facts, or parts of them, were lost before they came to us.
enum class SourceLoss : uint8_t {
  kRingFull,      // no room in the ring buffer
  kScratchBusy,   // the program interrupted itself on the same CPU
  kRecursion,     // the kernel skipped the program since one like it was running
  kMalformed,     // bytes that do not follow bpf/wire.h
  kNameUnread,    // the memory that held the name of a file was gone
  kStartUnread,   // the start of a file that was written was not in memory any more
  kOwnerUnknown,  // nobody knows who opened a connection
  kTargetGone,    // a process that another one got at had ended already
};
inline constexpr int kSourceLosses = static_cast<int>(SourceLoss::kTargetGone) + 1;

}  // namespace pidigree
