// Which events are made of what the kernel's side saw: those that the table of actions lists, which
// decides what is watched and what is left out, and no others.
#include <gtest/gtest.h>

#include <string>

#include "schema/kernel_actions.h"
#include "tests/support/action_facts.h"
#include "tests/support/live_host.h"

namespace pidigree {
namespace {

constexpr ProcessKey kInit{1, 10'000'000};
constexpr ProcessKey kShell{50, 500'000'000'000};

TEST(MadeEvents, AreThoseOfTheTable) {
  ForEachAction([](kernel_action action) {
    SCOPED_TRACE("action " + std::to_string(action));
    LiveHost host;
    host.Snapshot({{.process = kInit, .image = "/sbin/init", .arguments = "init"},
                   {.process = kShell, .parent = kInit, .image = "/bin/sh", .arguments = "sh"}});
    uint32_t made = 0;
    WithFactOf(action, {.time_ns = LiveHost::kStartNs + 1, .process = kShell, .ids = {.uid = 0}},
               kInit, [&](const auto& fact) {
                 for (const TextRecord& record : host.Told(fact)) made |= event_bit(record.id);
               });
    EXPECT_EQ(made, events_of_action(action));
  });
}

}  // namespace
}  // namespace pidigree
