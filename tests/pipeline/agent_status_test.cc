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

}  // namespace
}  // namespace pidigree
