#include "src/enrich/pid_inference.h"

namespace pidigree {
namespace {

bool SameLogin(const Process& process, const ProcessFact& fact, uint32_t tty_hash) {
  return !fact.has_ids || !process.has_ppid || process.session == kUnset ||
         (process.session == fact.session && process.auid == fact.auid &&
          process.tty_hash == tty_hash);
}

}  // namespace

bool StillTheProcess(const PidOrder& order, const Process& process, const ProcessFact& fact,
                     uint32_t tty_hash) {
  const uint64_t behind = order.Distance(order.Latest(process.pid), order.newest());
  if (behind <= order.Near()) return false;
  return SameLogin(process, fact, tty_hash);
}

bool StillTheParent(const PidOrder& order, const Process& parent, const ProcessFact& fact,
                    uint32_t tty_hash) {
  const uint64_t reborn_at = order.Latest(parent.pid);
  // Not handed out again since it began, or seen alive after the numbers had passed its own.
  if (reborn_at <= parent.born_at || parent.seen_at >= reborn_at) return true;
  if (!SameLogin(parent, fact, tty_hash)) return false;
  // It was unseen while the numbers passed its own. A process that never had children is gone; one
  // that has them often is still there; else a parent just behind its child is a new subshell.
  const uint64_t unseen_for = order.Distance(parent.seen_at, reborn_at);
  const uint64_t child_after = order.Distance(reborn_at, order.Latest(fact.pid));
  if (parent.times_parent == 0) return child_after > order.Near();
  const uint64_t usual_gap =
      order.Distance(parent.first_child_at, parent.seen_at) / parent.times_parent;
  return unseen_for <= 8 * usual_gap + order.Near() || child_after > order.Near();
}

}  // namespace pidigree
