#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "src/cli/command_line.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

struct Outcome {
  int exit_status;
  std::string out;
  std::string errors;
};

Outcome RunTree(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), {"pidigree", "tree"});
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int status = RunCommandLine(static_cast<int>(arguments.size()), arguments.data());
  return {status, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

constexpr const char* kGuid = "{3d1219c7-a1b2-c3d4-0000-01e240000007}";
constexpr const char* kXml =
    R"(<14>Nov 23 16:59:04 vm sysmon: <Event><System><EventID>5</EventID></System><EventData>)"
    R"(<Data Name="UtcTime">2026-11-23 16:59:04.386</Data>)"
    R"(<Data Name="ProcessGuid">{3d1219c7-a1b2-c3d4-0000-01e240000007}</Data>)"
    R"(<Data Name="ProcessId">7</Data><Data Name="Image">/bin/true</Data>)"
    R"(<Data Name="User">root</Data></EventData></Event>)";
constexpr const char* kJson =
    R"({"EventID":5,"UtcTime":"2026-11-23 16:59:05.000",)"
    R"("ProcessGuid":"{3d1219c7-a1b2-c3d4-0000-02e240000007}","ProcessId":"7",)"
    R"("Image":"/bin/false","User":"root"})";

class TreeCommand : public testing::Test {
 protected:
  std::string File(const std::string& content) { return directory_.Write("events.log", content); }

  TempDir directory_;
};

TEST_F(TreeCommand, FindsAProcessByGuidAndByPid) {
  const std::string file = File(std::string(kXml) + "\n");
  const std::string expected = "7 root  ? - 2026-11-23 16:59:04.386  /bin/true  " +
                               std::string(kGuid) + "  (without an event of its own)  <--\n";
  for (const char* subject : {kGuid, "3d1219c7-a1b2-c3d4-0000-01e240000007", "7"}) {
    const Outcome outcome = RunTree({subject, file.c_str()});
    EXPECT_EQ(outcome.exit_status, 0);
    EXPECT_EQ(outcome.out, expected);
    EXPECT_THAT(outcome.errors, IsEmpty());
  }
}

TEST_F(TreeCommand, ListsTheProcessesOfAPid) {
  const Outcome outcome = RunTree({"7", File(std::string(kXml) + "\n" + kJson).c_str()});
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_THAT(outcome.out, HasSubstr("/bin/true"));
  EXPECT_THAT(outcome.out, HasSubstr("/bin/false"));
  EXPECT_EQ(outcome.errors, "pidigree: 2 processes had PID 7; ask for one of them by its GUID\n");
}

TEST_F(TreeCommand, CountsLinesThatAreNoEvents) {
  const Outcome outcome = RunTree({"7", File("\nhello\n\x1b{}\n" + std::string(kXml)).c_str()});
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_THAT(outcome.errors,
              HasSubstr("2 lines are no events; the first is line 2: event: neither"));
}

TEST_F(TreeCommand, FailsIfNothingIsFound) {
  const Outcome outcome = RunTree({"8", File(kXml).c_str()});
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(outcome.errors, "pidigree: no event names process 8\n");
}

TEST_F(TreeCommand, FailsIfAFileCannotBeRead) {
  const Outcome outcome = RunTree({"7", File(kXml).c_str(), "/nonexistent/file"});
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_THAT(outcome.out, StartsWith("7 root"));
  EXPECT_THAT(outcome.errors, HasSubstr("/nonexistent/file"));
}

TEST_F(TreeCommand, WantsAGuidOrAPid) {
  EXPECT_EQ(RunTree({"bash", "file"}).exit_status, 2);
  EXPECT_EQ(RunTree({}).exit_status, 2);
}

}  // namespace
}  // namespace pidigree
