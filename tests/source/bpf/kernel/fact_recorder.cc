#include "tests/source/bpf/kernel/fact_recorder.h"

namespace pidigree {

void FactRecorder::Keep(std::string_view& text) { text = texts_.emplace_back(text); }

void FactRecorder::Apply(const TaskFact& task) { Keep(tasks_.emplace_back(task).comm); }

void FactRecorder::Apply(const ForkFact& fork) {
  if (fork.subject.process.tgid != ancestor_tgid_ && !known_.contains(fork.subject.process)) return;
  forks_of_ancestor_ += fork.subject.process.tgid == ancestor_tgid_;
  known_.insert(fork.child);
  alive_.insert(fork.child);
  ForkFact kept = fork;
  Keep(kept.comm);
  Keep(kept.image.text);
  facts_.emplace_back(kept);
}

void FactRecorder::Apply(const ExecFact& exec) {
  if (!known_.contains(exec.subject.process)) return;
  ExecFact kept = exec;
  Keep(kept.comm);
  Keep(kept.image.text);
  Keep(kept.cwd.text);
  Keep(kept.arguments);
  facts_.emplace_back(kept);
}

void FactRecorder::Apply(const ExitFact& exit) {
  if (!known_.contains(exit.subject.process)) return;
  alive_.erase(exit.subject.process);
  ExitFact kept = exit;
  Keep(kept.comm);
  facts_.emplace_back(kept);
}

void FactRecorder::Apply(const FileFact& event) {
  if (!known_.contains(event.subject.process)) return;
  FileFact& kept = file_events_.emplace_back(event);
  Keep(kept.path.text);
  Keep(kept.attribute);
  Keep(kept.value);
}

void FactRecorder::Apply(const FlowFact& flow) {
  if (known_.contains(flow.subject.process)) flows_.push_back(flow);
}

void FactRecorder::Apply(const PipeFact& event) {
  if (!known_.contains(event.subject.process)) return;
  Keep(pipe_events_.emplace_back(event).path.text);
}

void FactRecorder::Apply(const DnsFact& dns) {
  if (!known_.contains(dns.subject.process)) return;
  Keep(dns_.emplace_back(dns).bytes);
}

}  // namespace pidigree
