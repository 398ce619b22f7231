#include "src/source/bpf/hook_group.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/action_facts.h"

namespace pidigree {
namespace {

TEST(HookGroups, SeeEveryAction) {
  ForEachAction([](kernel_action action) {
    if (action == ACTION_EXECUTED) return;  // by the programs that see the lives of processes
    EXPECT_TRUE(std::ranges::any_of(
        HookGroups(),
        [action](const HookGroup& group) {
          return std::ranges::any_of(group.hooks, [action](const Hook& hook) {
            return std::ranges::find(hook.actions, action) != hook.actions.end();
          });
        }))
        << "action " << action;
  });
}

}  // namespace
}  // namespace pidigree
