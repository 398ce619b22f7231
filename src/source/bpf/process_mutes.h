#pragma once

#include "bpf/wire.h"
#include "src/event/process_mute.h"

namespace pidigree {

// The map of bpf/mute.h.
class ProcessMutes final : public ProcessMute {
 public:
  // Descriptors of the map, and of the program through which it is changed (change_mute() of
  // bpf/process.bpf.c; -1: none). Both must outlive it.
  ProcessMutes(int map, int program) : map_(map), program_(program) {}

  bool Mute(const ProcessKey& process, const Terms& terms) override;
  void Unmute(const ProcessKey& process) override;
  void UnmuteAll() override;

 private:
  // Whether that worked.
  bool Change(const wire_mute_change& change);

  const int map_;
  const int program_;
};

}  // namespace pidigree
