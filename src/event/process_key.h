#pragma once

#include <compare>
#include <cstdint>

namespace pidigree {

// Which process of a host: its thread-group id in the initial PID namespace, and when its leader
// was made (task_struct.start_boottime, which a change of leader by exec keeps; nanoseconds of
// CLOCK_BOOTTIME). A log tells no start: 0. {0, 0}: not known, or the idle task.
struct ProcessKey {
  uint32_t tgid = 0;
  uint64_t start_ns = 0;

  constexpr auto operator<=>(const ProcessKey&) const = default;
};

}  // namespace pidigree
