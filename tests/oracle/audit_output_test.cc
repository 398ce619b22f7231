// What `pidigree translate` writes of audit logs stays the same byte for byte, unless a change
// means to change it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/e2e/program.h"
#include "tests/oracle/output_digests.h"
#include "tests/support/property_scale.h"
#include "tests/support/random_host.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

std::string Translate(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"translate", "--node", "host.example", "--passwd",
                                       PIDIGREE_SOURCE_DIR "/tests/oracle/passwd"});
  const ProgramResult result = RunPidigree(arguments);
  EXPECT_EQ(result.exit_status, 0) << result.err;
  return result.out;
}

// Where an expression draws several random numbers, their order is the compiler's.
#ifdef __clang__
const std::string kCompiler = "clang";
#else
const std::string kCompiler = "gcc";
#endif

class SimulatedHosts : public testing::TestWithParam<uint64_t> {};

TEST_P(SimulatedHosts, AreWrittenAsBefore) {
  const TempDir dir;
  const History history = SimulateHistory(AnyHost(GetParam()));
  const std::string log = dir.Write("audit.log", WriteAuditLog(history, AnyStyle(GetParam())).text);
  ExpectSameOutput(kCompiler + "-host-" + std::to_string(GetParam()), Translate({log}));
}

INSTANTIATE_TEST_SUITE_P(Seed, SimulatedHosts,
                         testing::Range(uint64_t{1}, uint64_t{kSanitized ? 9 : 31}));

class SimulatedExecs : public testing::TestWithParam<uint64_t> {};

TEST_P(SimulatedExecs, AreWrittenAsBefore) {
  const TempDir dir;
  HistoryOptions options = BusyHost(GetParam(), 600);
  options.processes = 2000;
  LogStyle style = AnyStyle(GetParam());
  style.rules = GetParam() % 2 == 0 ? AuditRules::kExecOnly : AuditRules::kForkExec;
  const std::string log =
      dir.Write("audit.log", WriteAuditLog(SimulateHistory(options), style).text);
  ExpectSameOutput(kCompiler + "-execs-" + std::to_string(GetParam()),
                   Translate({log, "--format", "json"}));
}

INSTANTIATE_TEST_SUITE_P(Seed, SimulatedExecs, testing::Range(uint64_t{1}, uint64_t{7}));

TEST(Captures, AreWrittenAsBefore) {
  const std::string captures = PIDIGREE_SOURCE_DIR "/tests/data/audit/";
  const std::string enriched = captures + "exact-enriched/audit.log.gz";
  ExpectSameOutput("exact-enriched", Translate({enriched}));
  ExpectSameOutput("exact-raw", Translate({captures + "exact-raw/audit.log.1",
                                           captures + "exact-raw/audit.log"}));
  ExpectSameOutput("minimal-node", Translate({captures + "minimal-node/audit.log"}));
  ExpectSameOutput(
      "exact-enriched-filtered",
      Translate({enriched, "--config", PIDIGREE_SOURCE_DIR "/tests/data/config/techniques.xml"}));
}

}  // namespace
}  // namespace pidigree
