// Facts of what processes do, told by a log: whose they are is found out from numbers, and the
// makers are those that the running kernel's facts have.
#include "src/records/log_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "schema/kernel_actions.h"
#include "src/event/file_fact.h"
#include "tests/support/live_host.h"

namespace pidigree {
namespace {

using testing::SizeIs;

class LogEngineTest : public testing::Test {
 protected:
  explicit LogEngineTest(LogEngineOptions options = {}) : parts_(std::move(options)) {
    parts_.engine.BeginBatch(batch_);
    parts_.engine.NewHost(0, "web1", "type=SYSCALL ...");
  }
  ~LogEngineTest() override { parts_.engine.Recycle(batch_); }

  // A system call of `pid`, a child of `ppid`, 10 ms after the one before.
  LoggedCall Call(CallKind kind, uint32_t pid, uint32_t ppid) {
    LoggedCall call;
    call.kind = kind;
    call.has_ppid = call.has_ids = true;
    call.serial = ++serial_;
    call.time_ms = 1'700'000'000'000 + 10 * serial_;  // 2023-11-14 22:13:20
    call.pid = pid;
    call.ppid = ppid;
    call.uid = 0;
    call.user = "root";
    call.exe = "/usr/bin/touch";
    call.cwd = "/";
    return call;
  }
  void MakeFile(const LoggedCall& call) {
    FileFact file;
    file.subject = SubjectOf(call);
    file.action = FileAction::kCreated;
    file.path.text = "/tmp/new";
    parts_.engine.Apply(file);
  }
  std::vector<TextRecord> Told() {
    std::vector<TextRecord> told;
    for (const Record& record : batch_.records.records()) told.push_back(ToText(record));
    parts_.engine.Recycle(batch_);
    parts_.engine.BeginBatch(batch_);
    return told;
  }

  LogEngine parts_;
  EventBatch batch_;
  uint32_t serial_ = 0;
};

TEST_F(LogEngineTest, AFileMadeByAKnownProcessIsAnEventOfThatProcess) {
  const LoggedCall exec = Call(CallKind::kExec, 500, 400);
  parts_.engine.Apply(ExecFact{.subject = SubjectOf(exec), .command_line = "touch /tmp/new"});
  const std::vector<TextRecord> created = Told();
  ASSERT_THAT(created, SizeIs(2)) << "with the announced parent";

  MakeFile(Call(CallKind::kSighting, 500, 400));
  const std::vector<TextRecord> told = Told();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].id, 11);
  EXPECT_EQ(told[0].computer, "web1");
  EXPECT_EQ(told[0]["ProcessGuid"], created[1]["ProcessGuid"]);
  EXPECT_EQ(told[0]["ProcessId"], "500");
  EXPECT_EQ(told[0]["Image"], "/usr/bin/touch");
  EXPECT_EQ(told[0]["TargetFilename"], "/tmp/new");
  EXPECT_EQ(told[0]["User"], "root");
  EXPECT_EQ(told[0]["UtcTime"], "2023-11-14 22:13:20.020");
}

// Its fork may have been before the log begins.
TEST_F(LogEngineTest, AnUnknownProcessIsAnnouncedBeforeItsFirstEvent) {
  MakeFile(Call(CallKind::kSighting, 500, 400));
  const std::vector<TextRecord> told = Told();
  ASSERT_THAT(told, SizeIs(3));
  EXPECT_EQ(told[0].id, 1);
  EXPECT_EQ(told[0]["ProcessId"], "400");
  EXPECT_EQ(told[1].id, 1);
  EXPECT_EQ(told[1]["ProcessId"], "500");
  EXPECT_EQ(told[1]["ParentProcessGuid"], told[0]["ProcessGuid"]);
  EXPECT_EQ(told[1]["Description"], "running");
  EXPECT_EQ(told[2]["ProcessGuid"], told[1]["ProcessGuid"]);
}

class BoundedLogEngine : public LogEngineTest {
 protected:
  // From the second call to before the third.
  BoundedLogEngine()
      : LogEngineTest({.records = {.since = UtcTime::FromMilliseconds(1'700'000'000'020),
                                   .until = UtcTime::FromMilliseconds(1'700'000'000'030)}}) {}
};

TEST_F(BoundedLogEngine, KeepsWhatWasDoneInItsTime) {
  for (int i = 0; i < 3; ++i) MakeFile(Call(CallKind::kSighting, 500, 400));
  std::vector<std::string> files;
  for (const TextRecord& record : Told())
    if (record.id == 11) files.push_back(record["UtcTime"]);
  EXPECT_THAT(files, testing::ElementsAre("2023-11-14 22:13:20.020"));
}

}  // namespace
}  // namespace pidigree
