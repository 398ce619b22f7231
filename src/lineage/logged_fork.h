#pragma once

#include <cstdint>

#include "src/event/life_facts.h"
#include "src/event/logged_call.h"

namespace pidigree {

// What a fork-like call of a log returned.
struct LoggedFork {
  const LoggedCall* call = nullptr;  // of the caller
  uint32_t child = 0;                // in the PID namespace of the caller
  ForkResult result = ForkResult::kProcess;
  ChildNamespace child_namespace = ChildNamespace::kSame;
  bool sibling = false;  // CLONE_PARENT, the child's ppid= will be the caller's
};

inline LoggedFork LoggedForkOf(const ForkFact& fork) {
  return {fork.subject.logged, fork.child.tgid, fork.result, fork.child_namespace, fork.sibling};
}

}  // namespace pidigree
