#pragma once

#include <cstdint>

#include "src/base/flat_index.h"

namespace pidigree {

// The UTC second of the first record of each audit session: the boot part of a LogonGuid from a
// log. Session numbers start anew with each boot of a node, which the caller counts.
class SessionStarts {
 public:
  uint32_t Get(uint32_t node, uint32_t boot, uint32_t session, int64_t time_ms) {
    const uint64_t key = (uint64_t{node} << 40 ^ uint64_t{boot} << 32) | session;
    uint32_t second = seconds_.Find(key);
    if (second != FlatIndex::kNone) return second;
    if (seconds_.size() >= kCapacity) seconds_ = FlatIndex();
    second = static_cast<uint32_t>(time_ms / 1000);
    seconds_.Set(key, second);
    return second;
  }

 private:
  static constexpr size_t kCapacity = 1 << 17;  // sessions; then all are learned anew
  FlatIndex seconds_;
};

}  // namespace pidigree
