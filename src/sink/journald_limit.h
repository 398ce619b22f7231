#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace pidigree {

// journald(8) silently drops what one service writes beyond `burst` messages in `interval`.
struct JournaldLimit {
  uint64_t burst = 10000;
  std::string interval = "30s";  // as systemd.time(7) spells it
};

// The limit that applies to the socket `path`; nullopt if another daemon reads it or its limit is
// lifted. `root` stands before the paths of journald's configuration, and before that of its
// socket.
//
// Source: journald.conf(5), RateLimitIntervalSec= and RateLimitBurst=.
std::optional<JournaldLimit> FindJournaldLimit(const std::string& path,
                                               const std::string& root = "");

}  // namespace pidigree
