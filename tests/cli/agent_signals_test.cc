#include "src/cli/agent_signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

namespace pidigree {
namespace {

// In a process of its own, which the signals may end.
void TakeAndRaise() {
  const auto signals = AgentSignals::Take();
  for (const int number : {SIGUSR1, SIGUSR2, SIGPIPE}) raise(number);
  _exit(signals ? 0 : 1);
}

TEST(AgentSignals, DoNotEndItWhereTheyMeanNothing) {
  EXPECT_EXIT(TakeAndRaise(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace pidigree
