#include "src/pipeline/agent_status.h"

#include <gmock/gmock.h>

namespace pidigree {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(AgentStatus, OfAnAgentThatWorks) {
  const std::string text = FormatStatus({});
  EXPECT_THAT(text, HasSubstr("state: works\n"));
  EXPECT_THAT(text, Not(HasSubstr("reload: ")));
  EXPECT_FALSE(TellsOfFailure(text));
}

TEST(AgentStatus, OfAFailedReloadWithTheHashOfWhatRuns) {
  AgentStatus status;
  auto policy = std::make_shared<AgentPolicy>();
  policy->configuration = "rules.xml";
  policy->configuration_hash = "MD5=01";
  status.policy = policy;
  status.reload_failure = {UtcTime{1795453144'381'005'000}, "rules.xml:2: wrong"};
  const std::string text = FormatStatus(status);
  EXPECT_THAT(text, HasSubstr("\nconfiguration-hash: MD5=01\n"));
  EXPECT_THAT(text, HasSubstr("\nreload: failed, 2026-11-23 16:59:04.381, rules.xml:2: wrong\n"));
  EXPECT_THAT(text, HasSubstr("\nstate: fails\n"));
  EXPECT_TRUE(TellsOfFailure(text));
}

TEST(AgentStatus, HasALineForEachThing) {
  AgentStatus status;
  status.uptime = std::chrono::seconds(7);
  status.source_name = "bpf";
  status.source.hooks = {"raw_tp/sched_process_exec"};
  status.source.unseen = {"32-bit programs"};
  status.events[1] = 5;
  status.outputs = {{"/tmp/a", false, 4, 1, 2048}};
  status.losses[static_cast<size_t>(LossCause::kSink)] = 1;
  const std::string text = FormatStatus(status);
  for (const char* line :
       {"uptime-seconds: 7\n", "configuration: -\n", "source: bpf\n",
        "hook: raw_tp/sched_process_exec\n", "unseen: 32-bit programs\n", "events-1: 5\n",
        "lost-SINK: 1\n", "lost-RING_FULL: 0\n",
        "output: /tmp/a fails, written 4, lost 1, waiting 2048 bytes\n", "state: fails\n"})
    EXPECT_THAT(text, testing::HasSubstr(line));
}

}  // namespace
}  // namespace pidigree
