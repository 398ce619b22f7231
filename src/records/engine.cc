#include "src/records/engine.h"

#include "src/records/record_makers.h"

namespace pidigree {

void Engine::SetPolicy(const RecordPolicy& policy) {
  lineage_.SetFilter(policy.filter, policy.hasher != nullptr);
  records_.SetFilter(policy.filter, policy.hasher);
  network_.SetHostLookups(policy.host_lookups);
  files_.SetHashKinds(policy.hash_kinds);
}

void Engine::BeginBatch(EventBatch& batch) {
  records_.BeginBatch(batch);
  files_.BeginBatch();
  network_.BeginBatch();
  lineage_.BeginBatch();
}

template <typename Fact, typename Make>
void Engine::MakeRecords(const Fact& fact, const Make& make) {
  ++records_.counters()[Counter::kActivities];
  const Actor actor = lineage_.Meet(fact.subject);
  const size_t written = records_.batch().records().size();
  make(actor);
  records_.texts().Release(actor.user);
  if (records_.batch().records().size() == written) lineage_.NothingWritten(actor, fact.subject);
}

void Engine::Apply(const ExecFact& exec) {
  lineage_.Apply(exec);
  if (!IsTampering(exec)) return;
  const Actor actor = lineage_.Meet(exec.subject);
  WriteTampering(exec, actor, records_);
  records_.texts().Release(actor.user);
}

void Engine::Apply(const FileFact& event) {
  MakeRecords(event, [&](const Actor& actor) { files_.Write(event, actor); });
}

void Engine::Apply(const FlowFact& flow) {
  MakeRecords(flow, [&](const Actor& actor) { network_.Write(flow, actor); });
}

void Engine::Apply(const PipeFact& event) {
  MakeRecords(event, [&](const Actor& actor) { WritePipe(event, actor, records_); });
}

void Engine::Apply(const DnsFact& dns) {
  MakeRecords(dns, [&](const Actor& actor) { dns_.Write(dns, actor); });
}

void Engine::Apply(const AccessFact& access) {
  if (IsOurs(access.subject)) return;
  MakeRecords(access, [&](const Actor& actor) {
    const Actor target = lineage_.Meet({.time_ns = access.subject.time_ns,
                                        .process = access.target,
                                        .ids = {.uid = access.target_uid}});
    WriteAccess(access, actor, target, records_);
    records_.texts().Release(target.user);
  });
}

void Engine::Apply(const ImageFact& image) {
  MakeRecords(image, [&](const Actor& actor) {
    switch (image.action) {
      case ImageAction::kMapped:
        WriteImageLoad(image, actor, records_);
        break;
      case ImageAction::kReplaced:
        WriteReplacedImage(actor, records_);
        break;
    }
  });
}

void Engine::Apply(const ModuleFact& module) {
  ++records_.counters()[Counter::kActivities];
  WriteDriverLoad(module, lineage_.When(module.subject), records_);
}

void Engine::Apply(const BpfProgramFact& program) {
  if (IsOurs(program.subject)) return;
  MakeRecords(program, [&](const Actor& actor) { WriteBpfProgram(program, actor, records_); });
}

Counters Engine::counters() const {
  Counters counters = records_.counters();
  lineage_.Count(counters);
  counters[Counter::kUnresolvedPaths] = files_.unresolved_paths();
  counters[Counter::kUnseenExecutables] = files_.unseen_executables();
  counters[Counter::kUnreadDeletions] = files_.unread_deletions();
  counters[Counter::kLateHostNames] = host_lookup_.late();
  counters[Counter::kRepliesUnread] = dns_.unread();
  counters[Counter::kRepliesCut] = dns_.cut();
  counters[Counter::kExchangesForgotten] = network_.forgotten();
  return counters;
}

}  // namespace pidigree
