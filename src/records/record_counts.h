#pragma once

#include <cstdint>

namespace pidigree {

// Records since the start.
struct RecordCounts {
  uint64_t creates = 0;  // ProcessCreate written for execs
  uint64_t fork_announcements = 0;
  uint64_t running_announcements = 0;
  uint64_t terminates = 0;
  uint64_t filtered = 0;    // that the filter dropped
  uint64_t over_bound = 0;  // that the process had written too many of
};

}  // namespace pidigree
