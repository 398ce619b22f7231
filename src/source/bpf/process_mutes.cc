#include "src/source/bpf/process_mutes.h"

#include <bpf/bpf.h>

namespace pidigree {
namespace {

wire_process KeyOf(const ProcessKey& process) { return {process.start_ns, process.tgid}; }

}  // namespace

bool ProcessMutes::Mute(const ProcessKey& process, const Terms& terms) {
  return Change({KeyOf(process), {terms.program, terms.mount_namespace, terms.events}});
}

void ProcessMutes::Unmute(const ProcessKey& process) { Change({KeyOf(process), {}}); }

void ProcessMutes::UnmuteAll() {
  wire_process key;
  while (bpf_map_get_next_key(map_, nullptr, &key) == 0 && Change({key, {}})) {
  }
}

bool ProcessMutes::Change(const wire_mute_change& change) {
  if (program_ >= 0) {
    wire_mute_change asked = change;
    bpf_test_run_opts run{};
    run.sz = sizeof run;
    run.ctx_in = &asked;
    run.ctx_size_in = sizeof asked;
    return bpf_prog_test_run_opts(program_, &run) == 0 && run.retval == 0;
  }
  if (change.mute.events == 0) return bpf_map_delete_elem(map_, &change.process) == 0;
  return bpf_map_update_elem(map_, &change.process, &change.mute, BPF_ANY) == 0;
}

}  // namespace pidigree
