#include "tests/source/bpf/kernel/fact_recorder.h"

namespace pidigree {

void FactRecorder::Keep(std::string_view& text) { text = texts_.emplace_back(text); }

void FactRecorder::Apply(const KernelTask& task) { Keep(tasks_.emplace_back(task).comm); }

void FactRecorder::Apply(const KernelFork& fork) {
  if (fork.parent.tgid != ancestor_tgid_ && !known_.contains(fork.parent)) return;
  forks_of_ancestor_ += fork.parent.tgid == ancestor_tgid_;
  known_.insert(fork.child);
  alive_.insert(fork.child);
  KernelFork kept = fork;
  Keep(kept.comm);
  Keep(kept.image.text);
  facts_.emplace_back(kept);
}

void FactRecorder::Apply(const KernelExec& exec) {
  if (!known_.contains(exec.process)) return;
  KernelExec kept = exec;
  Keep(kept.comm);
  Keep(kept.image.text);
  Keep(kept.cwd.text);
  Keep(kept.arguments);
  facts_.emplace_back(kept);
}

void FactRecorder::Apply(const KernelExit& exit) {
  if (!known_.contains(exit.process)) return;
  alive_.erase(exit.process);
  KernelExit kept = exit;
  Keep(kept.comm);
  facts_.emplace_back(kept);
}

void FactRecorder::Apply(const KernelFileEvent& event) {
  if (!known_.contains(event.actor.process)) return;
  KernelFileEvent& kept = file_events_.emplace_back(event);
  Keep(kept.path.text);
  Keep(kept.attribute);
  Keep(kept.value);
}

void FactRecorder::Apply(const KernelFlow& flow) {
  if (known_.contains(flow.actor.process)) flows_.push_back(flow);
}

void FactRecorder::Apply(const KernelPipeEvent& event) {
  if (!known_.contains(event.actor.process)) return;
  Keep(pipe_events_.emplace_back(event).path.text);
}

void FactRecorder::Apply(const KernelDnsBytes& dns) {
  if (!known_.contains(dns.actor.process)) return;
  Keep(dns_.emplace_back(dns).bytes);
}

}  // namespace pidigree
