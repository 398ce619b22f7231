#pragma once

#include "src/base/result.h"
#include "src/base/unique_fd.h"
#include "src/event/process_mute.h"

namespace pidigree {

// The map of bpf/mute.h.
class ProcessMutes final : public ProcessMute {
 public:
  static Result<ProcessMutes> Create();

  bool Mute(const ProcessKey& process, const Terms& terms) override;
  void Unmute(const ProcessKey& process) override;
  void UnmuteAll() override;

  int fd() const { return map_.get(); }

 private:
  explicit ProcessMutes(UniqueFd map) : map_(std::move(map)) {}

  UniqueFd map_;
};

}  // namespace pidigree
