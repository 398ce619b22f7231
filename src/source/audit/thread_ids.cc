#include "src/source/audit/thread_ids.h"

namespace pidigree {

void ThreadIds::Forget(std::map<uint32_t, Thread>::iterator thread) {
  by_process_.erase({thread->second.process, thread->first});
  threads_.erase(thread);
}

void ThreadIds::SawResult(const ParsedCall& call) {
  const auto former = threads_.find(call.other_pid);
  if (former != threads_.end()) Forget(former);
  if (call.fork_result != ForkResult::kThread) return;
  if (threads_.size() == kMaxThreads) Forget(threads_.begin());
  threads_[call.other_pid] = {.process = call.pid,
                              .ppid = call.ppid,
                              .auid = call.auid,
                              .session = call.session,
                              .clock_ms = call.clock_ms(),
                              .exe = std::string(call.exe)};
  by_process_.emplace(call.pid, call.other_pid);
}

void ThreadIds::Resolve(ParsedCall& call) {
  const auto found = threads_.find(call.pid);
  if (found == threads_.end()) return;
  const Thread& thread = found->second;
  const bool same = call.kind != CallKind::kExec && call.clock_ms() >= thread.clock_ms &&
                    call.has_ppid && call.ppid == thread.ppid && call.auid == thread.auid &&
                    call.session == thread.session && call.exe == thread.exe;
  if (!same) return;
  call.pid = thread.process;
  if (call.kind == CallKind::kThreadExit) Forget(found);
}

void ThreadIds::SawEnd(const ParsedCall& call) {
  for (;;) {
    const auto next = by_process_.lower_bound({call.pid, 0});
    if (next == by_process_.end() || next->first != call.pid) return;
    Forget(threads_.find(next->second));
  }
}

}  // namespace pidigree
