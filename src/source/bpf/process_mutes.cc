#include "src/source/bpf/process_mutes.h"

#include <bpf/bpf.h>

#include <cerrno>
#include <utility>

#include "bpf/wire.h"

namespace pidigree {
namespace {

// Each takes about 100 bytes of the kernel's memory.
constexpr uint32_t kMaxMuted = 4096;

wire_process KeyOf(const ProcessKey& process) { return {process.start_ns, process.tgid}; }

}  // namespace

Result<ProcessMutes> ProcessMutes::Create() {
  UniqueFd map(bpf_map_create(BPF_MAP_TYPE_HASH, "mutes", sizeof(wire_process), sizeof(wire_mute),
                              kMaxMuted, nullptr));
  if (!map) return FailErrno(errno, "cannot create a BPF map");
  return ProcessMutes(std::move(map));
}

bool ProcessMutes::Mute(const ProcessKey& process, const Terms& terms) {
  const wire_process key = KeyOf(process);
  const wire_mute mute{terms.program, terms.mount_namespace, terms.events};
  return bpf_map_update_elem(map_.get(), &key, &mute, BPF_ANY) == 0;
}

void ProcessMutes::Unmute(const ProcessKey& process) {
  const wire_process key = KeyOf(process);
  bpf_map_delete_elem(map_.get(), &key);
}

void ProcessMutes::UnmuteAll() {
  wire_process key;
  while (bpf_map_get_next_key(map_.get(), nullptr, &key) == 0)
    bpf_map_delete_elem(map_.get(), &key);
}

}  // namespace pidigree
