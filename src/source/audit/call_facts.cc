#include "src/source/audit/call_facts.h"

namespace pidigree {
namespace {

ExitFact EndOf(const ParsedCall& call, EndKind kind) {
  return {.subject = SubjectOf(call), .kind = kind};
}

}  // namespace

ForkFact ForkOf(const ParsedCall& call) {
  return {.subject = SubjectOf(call),
          .child = {call.other_pid, 0},
          .result = call.fork_result,
          .child_namespace = call.child_namespace,
          .sibling = call.sibling};
}

void TellCall(const ParsedCall& call, std::span<const uint32_t> targets, FactConsumer& consumer) {
  switch (call.kind) {
    case CallKind::kSighting:
      return consumer.Apply(SightingFact{SubjectOf(call)});
    case CallKind::kFork:
      return consumer.Apply(ForkOf(call));
    case CallKind::kExec:
      return consumer.Apply(ExecFact{.subject = SubjectOf(call),
                                     .command_line = call.command_line,
                                     .complete = call.complete});
    case CallKind::kThreadExit:
      return consumer.Apply(EndOf(call, EndKind::kThread));
    case CallKind::kExit:
      return consumer.Apply(EndOf(call, EndKind::kProcess));
    case CallKind::kAbend:
      return consumer.Apply(EndOf(call, EndKind::kAbend));
    case CallKind::kKill:
      for (const uint32_t target : targets) consumer.Apply(KillFact{SubjectOf(call), target});
      return;
    case CallKind::kReap:
      return consumer.Apply(ReapFact{SubjectOf(call), call.other_pid, call.wait_options});
    case CallKind::kNamespaces:
      return consumer.Apply(NamespacesFact{SubjectOf(call), call.child_namespace});
  }
}

}  // namespace pidigree
