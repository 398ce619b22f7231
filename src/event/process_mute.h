#pragma once

#include <cstdint>

#include "src/event/process_key.h"

namespace pidigree {

// Keeps the kernel's side from telling of what nobody wants to know. One thread, the collector's.
class ProcessMute {
 public:
  virtual ~ProcessMute() = default;

  struct Terms {
    // Only while the actor is so; both as Subject has them.
    uint64_t program = 0;
    uint32_t mount_namespace = 0;
    uint32_t events = 0;  // of event_bit(): only what can lead to no other events than these
  };

  // From now on, not to tell of what `process` does. Replaces earlier terms. False: there is no
  // room for more processes.
  virtual bool Mute(const ProcessKey& process, const Terms& terms) = 0;

  // To tell everything again.
  virtual void Unmute(const ProcessKey& process) = 0;
  virtual void UnmuteAll() = 0;
};

}  // namespace pidigree
