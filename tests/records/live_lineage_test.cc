#include "src/records/live_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/live_host.h"
#include "tests/support/property_scale.h"

namespace pidigree {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::literals;

constexpr uint64_t kMs = 1'000'000;
constexpr ProcessIds kRoot = {.uid = 0, .euid = 0, .auid = kUnset, .session = kUnset};
constexpr ProcessIds kAlice = {.uid = 1000, .euid = 1000, .auid = 1000, .session = 7};

// What a record says in short: "1 fork 100 < 1 /bin/sh", "5 100 /bin/sh".
std::string Short(const TextRecord& record) {
  std::string text = std::to_string(record.id) + " ";
  if (record.id == 1) text += record["Description"] + " ";
  text += record["ProcessId"];
  if (record.id == 1) text += " < " + record["ParentProcessId"];
  return text + " " + record["Image"];
}

class LiveLineageTest : public testing::Test {
 protected:
  std::vector<std::string> TakeShort() {
    std::vector<std::string> texts;
    for (const TextRecord& record : host_.TakeRecords()) texts.push_back(Short(record));
    return texts;
  }

  // One ms later than the last.
  uint64_t Tick() { return host_.clock.boot_ns += kMs; }

  ProcessKey Fork(const ProcessKey& parent, uint32_t pid, const ProcessIds& ids = kRoot) {
    const ProcessKey child{pid, Tick()};
    host_.Apply(
        ForkFact{.subject = {.time_ns = child.start_ns + 1000, .process = parent, .ids = ids},
                 .child = child,
                 .creator = {},
                 .place = {.mount_namespace = 40},
                 .comm = "parent",
                 .image = {}});
    return child;
  }
  static ExecFact MakeExec(uint64_t time_ns, const ProcessKey& process, std::string_view image,
                           std::string_view arguments, const ProcessIds& ids = kRoot) {
    return {.subject = {.time_ns = time_ns, .process = process, .ids = ids},
            .present_parent = {},

            .place = {.mount_namespace = 41},
            .image = {.text = image},
            .executable =
                {.device = 1, .inode = 2, .size = 3, .mtime_ns = 4, .ctime_ns = 5, .links = 1},
            .cwd = {.text = "/tmp"},
            .arguments = arguments,
            .comm = {}};
  }
  void Exec(const ProcessKey& process, std::string_view image, const ProcessIds& ids = kRoot) {
    host_.Apply(MakeExec(Tick(), process, image, std::string(image) + "\0-x\0"s, ids));
  }
  void Exit(const ProcessKey& process, uint32_t uid = 0) {
    host_.Apply(ExitFact{.subject = {.time_ns = Tick(), .process = process, .ids = {.uid = uid}},
                         .comm = {}});
  }
  // init 1 and shell 50, both running before.
  void SnapshotOfTwo() { host_.Snapshot({kInit, kShell}); }

  static inline const LiveHost::Running kInit{
      .process = {1, 10 * kMs}, .image = "/sbin/init", .arguments = "init\0splash\0"s};
  static inline const LiveHost::Running kShell{.process = {50, 5'000 * kMs},
                                               .parent = {1, 10 * kMs},
                                               .image = "/bin/bash",
                                               .arguments = "-bash\0"s,
                                               .ids = kAlice};
  LiveHost host_;
};

// --- what records say ---------------------------------------------------------------------------

TEST_F(LiveLineageTest, TellsOfAnExecWhatSysmonTells) {
  SnapshotOfTwo();
  const ProcessKey child = Fork(kShell.process, 100, kAlice);
  host_.Apply(
      MakeExec(LiveHost::kStartNs + 386'005'001, child, "/usr/bin/ls", "ls\0-l a\0\0"s, kAlice));
  const std::vector<TextRecord> records = host_.TakeRecords();
  ASSERT_THAT(records, SizeIs(3));
  const TextRecord& create = records[2];
  EXPECT_EQ(create.id, 1);
  EXPECT_EQ(create.computer, "vm");
  EXPECT_EQ(create.time_created_ns,
            LiveHost::kBootUtcNs + int64_t{LiveHost::kStartNs} + 386'005'001);
  const std::map<std::string, std::string, std::less<>> expected = {
      {"RuleName", "-"},
      {"UtcTime", "2026-11-23 16:59:04.386"},
      {"ProcessGuid", GuidText(child)},
      {"ProcessId", "100"},
      {"Image", "/usr/bin/ls"},
      {"FileVersion", "-"},
      {"Description", "-"},
      {"Product", "-"},
      {"Company", "-"},
      {"OriginalFileName", "-"},
      {"CommandLine", "ls -l a "},
      {"CurrentDirectory", "/tmp"},
      {"User", "alice"},
      {"LogonGuid", "{11223344-aabb-ccdd-0000-0007000003e8}"},
      {"LogonId", "1000"},
      {"TerminalSessionId", "7"},
      {"IntegrityLevel", "no level"},
      {"Hashes", "-"},
      {"ParentProcessGuid", GuidText(kShell.process)},
      {"ParentProcessId", "50"},
      {"ParentImage", "/bin/bash"},
      {"ParentCommandLine", "-bash"},
      {"ParentUser", "alice"}};
  EXPECT_EQ(create.fields, expected);
}

TEST_F(LiveLineageTest, GivesAnUnsetSessionNoBootInItsLogonGuid) {
  SnapshotOfTwo();
  Exec(Fork(kInit.process, 100), "/bin/true");
  const TextRecord create = host_.TakeRecords().back();
  EXPECT_EQ(create["LogonGuid"], "{11223344-0000-0000-0000-000000000000}");
  EXPECT_EQ(create["TerminalSessionId"], "4294967295");
}

TEST_F(LiveLineageTest, AnnouncesAncestorsOldestFirstAndOnce) {
  SnapshotOfTwo();
  const ProcessKey subshell = Fork(kShell.process, 100);
  EXPECT_THAT(TakeShort(), IsEmpty());
  const ProcessKey command = Fork(subshell, 101);
  Exec(command, "/bin/ls");
  EXPECT_THAT(TakeShort(), ElementsAre("1 running 1 < 0 /sbin/init", "1 running 50 < 1 /bin/bash",
                                       "1 fork 100 < 50 /bin/bash", "1 - 101 < 100 /bin/ls"));
  Exec(Fork(subshell, 102), "/bin/cat");
  EXPECT_THAT(TakeShort(), ElementsAre("1 - 102 < 100 /bin/cat"));
}

TEST_F(LiveLineageTest, AnnouncesWithTheTimesOfTheStartAndOfTheNaming) {
  SnapshotOfTwo();
  const ProcessKey subshell = Fork(kShell.process, 100);  // at kStartNs + 1 ms
  host_.clock.boot_ns = LiveHost::kStartNs + 500 * kMs;
  Exec(Fork(subshell, 101), "/bin/ls");  // at kStartNs + 502 ms
  const std::vector<TextRecord> records = host_.TakeRecords();
  ASSERT_THAT(records, SizeIs(4));
  EXPECT_EQ(records[0]["UtcTime"], "2026-11-23 16:42:24.010");
  EXPECT_EQ(records[2]["UtcTime"], "2026-11-23 16:59:04.001");
  EXPECT_EQ(records[3]["UtcTime"], "2026-11-23 16:59:04.502");
  for (const TextRecord& record : records)
    EXPECT_EQ(record.time_created_ns, records[3].time_created_ns);
}

TEST_F(LiveLineageTest, KeepsTheGuidThroughExecsAndEndsAProcessOnce) {
  SnapshotOfTwo();
  const ProcessKey process = Fork(kShell.process, 100);
  Exec(process, "/bin/sh");
  Exec(process, "/bin/ls");
  Exit(process);
  Exit(process);
  const std::vector<TextRecord> records = host_.TakeRecords();
  ASSERT_THAT(records, SizeIs(5));
  EXPECT_EQ(Short(records[3]), "1 - 100 < 50 /bin/ls");
  EXPECT_EQ(Short(records[4]), "5 100 /bin/ls");
  EXPECT_EQ(records[4]["ProcessGuid"], GuidText(process));
  EXPECT_EQ(host_.live->engine.counters()[Counter::kDoubleFacts], 1u);
}

TEST_F(LiveLineageTest, SaysNothingOfAProcessThatNothingNames) {
  SnapshotOfTwo();
  Exit(Fork(kShell.process, 100));
  Exit(kShell.process);
  EXPECT_THAT(TakeShort(), IsEmpty());
}

TEST_F(LiveLineageTest, TakesTheUserOfTheMoment) {
  SnapshotOfTwo();
  const ProcessKey process = Fork(kShell.process, 100, kAlice);
  Exec(process, "/usr/bin/su", kAlice);
  const ProcessKey child = Fork(process, 101, kRoot);  // su has called setuid
  Exec(child, "/bin/bash", kRoot);
  Exit(process, 0);
  const std::vector<TextRecord> records = host_.TakeRecords();
  ASSERT_THAT(records, SizeIs(5));
  EXPECT_EQ(records[2]["User"], "alice");
  EXPECT_EQ(records[3]["User"], "root");
  EXPECT_EQ(records[3]["ParentUser"], "root");
  EXPECT_EQ(records[4]["User"], "root");
}

TEST_F(LiveLineageTest, AnnouncesAForkWithTheUserItHadThen) {
  SnapshotOfTwo();
  const ProcessKey process = Fork(kShell.process, 100, kAlice);
  Fork(process, 101, kRoot);  // it has called setuid
  Exit(process, 0);
  const std::vector<TextRecord> records = host_.TakeRecords();
  ASSERT_THAT(records, SizeIs(4));
  EXPECT_EQ(Short(records[2]), "1 fork 100 < 50 /bin/bash");
  EXPECT_EQ(records[2]["User"], "alice");
  EXPECT_EQ(records[2]["LogonId"], "1000");
  EXPECT_EQ(records[3]["User"], "root");
}

TEST_F(LiveLineageTest, PrintsAnUnknownUidAsItsNumber) {
  SnapshotOfTwo();
  Exec(Fork(kShell.process, 100), "/bin/true", {.uid = 4242});
  EXPECT_EQ(host_.TakeRecords().back()["User"], "4242");
}

// --- who the parent is --------------------------------------------------------------------------

TEST_F(LiveLineageTest, NamesTheDeadParentOfAnOrphanAndNotWhoAdoptedIt) {
  SnapshotOfTwo();
  const ProcessKey daemon = Fork(Fork(kShell.process, 100), 101);
  Exit({100, daemon.start_ns - kMs});
  EXPECT_THAT(TakeShort(), ElementsAre("1 running 1 < 0 /sbin/init", "1 running 50 < 1 /bin/bash",
                                       "1 fork 100 < 50 /bin/bash", "5 100 /bin/bash"));
  Exec(daemon, "/usr/sbin/daemon");
  const TextRecord create = host_.TakeRecords().back();
  EXPECT_EQ(create["ParentProcessId"], "100");
  EXPECT_EQ(create["ParentImage"], "/bin/bash");
}

TEST_F(LiveLineageTest, KeepsParentFieldsAsTheyWereAtTheFork) {
  SnapshotOfTwo();
  const ProcessKey parent = Fork(kShell.process, 100);
  Exec(parent, "/bin/first");
  const ProcessKey child = Fork(parent, 101);
  Exec(parent, "/bin/second");
  Exec(child, "/bin/child");
  const TextRecord create = host_.TakeRecords().back();
  EXPECT_EQ(create["ParentImage"], "/bin/first");
  EXPECT_EQ(create["ParentCommandLine"], "/bin/first -x");
}

TEST_F(LiveLineageTest, NamesTheWorkerThatStartedAUsermodeHelper) {
  const LiveHost::Running kthreadd{.process = {2, 10 * kMs}, .comm = "kthreadd"};
  host_.Snapshot({kInit, kthreadd});
  const ProcessKey worker{30, Tick()};
  ForkFact fork{.subject = {.time_ns = worker.start_ns, .process = kthreadd.process, .ids = kRoot},
                .child = worker,
                .creator = {},
                .place = {},
                .comm = "kthreadd",
                .kernel_thread = true,
                .image = {}};
  host_.Apply(fork);
  const ProcessKey helper{31, Tick()};
  fork.subject.time_ns = helper.start_ns;
  fork.child = helper;
  fork.subject.process = worker;
  fork.comm = "kworker/u4:1";
  fork.kernel_thread = false;
  host_.Apply(fork);
  Exec(helper, "/sbin/modprobe");
  const std::vector<TextRecord> records = host_.TakeRecords();
  ASSERT_THAT(records, SizeIs(3));
  EXPECT_EQ(Short(records[0]), "1 running 2 < 0 [kthreadd]");
  EXPECT_EQ(Short(records[1]), "1 fork 30 < 2 [kworker/u4:1]");
  EXPECT_EQ(Short(records[2]), "1 - 31 < 30 /sbin/modprobe");
  EXPECT_EQ(records[2]["ParentCommandLine"], "[kworker/u4:1]");
  EXPECT_EQ(records[0]["ParentProcessGuid"], "{00000000-0000-0000-0000-000000000000}");
}

TEST_F(LiveLineageTest, KeepsAChainOfForksThatEndClosedAndItsMemoryBounded) {
  SnapshotOfTwo();
  const auto chain = [this](int length, ProcessKey process) {
    for (int i = 0; i < length; ++i) {
      const ProcessKey child = Fork(process, process.tgid == 32767 ? 300 : process.tgid + 1);
      Exit(process);
      process = child;
    }
    return process;
  };
  ProcessKey last = chain(10'000, kShell.process);
  const uint64_t bytes = host_.live->engine.counters()[Counter::kTableBytes];
  last = chain(kSanitized ? 5'000 : 20'000, last);
  EXPECT_EQ(host_.live->engine.counters()[Counter::kTableBytes], bytes);
  Exec(last, "/bin/true");
  std::string parent;
  for (const TextRecord& record : host_.TakeRecords()) {
    if (record.id != 1) continue;
    if (!parent.empty() && record["ProcessId"] != "50") {
      ASSERT_EQ(record["ParentProcessGuid"], parent);
    }
    parent = record["ProcessGuid"];
  }
  EXPECT_EQ(parent, GuidText(last));
}

// --- identity -----------------------------------------------------------------------------------

TEST_F(LiveLineageTest, TellsAReusedPidFromItsFormerOwner) {
  SnapshotOfTwo();
  const ProcessKey first = Fork(kShell.process, 100);
  Exec(first, "/bin/first");
  Exit(first);
  host_.clock.boot_ns += 20 * kMs;
  const ProcessKey second = Fork(kInit.process, 100);
  Exec(second, "/bin/second");
  const TextRecord create = host_.TakeRecords().back();
  EXPECT_EQ(create["ProcessGuid"], GuidText(second));
  EXPECT_NE(create["ProcessGuid"], GuidText(first));
  EXPECT_EQ(create["ParentProcessId"], "1");
  EXPECT_EQ(host_.live->engine.counters()[Counter::kGuidsMoved], 0u);
}

TEST_F(LiveLineageTest, GivesThePidsNextOwnerWithinOneTickTheNextTick) {
  SnapshotOfTwo();
  const ProcessKey first{100, LiveHost::kStartNs + 1 * kMs};
  const ProcessKey second{100, LiveHost::kStartNs + 2 * kMs};
  const ProcessKey third{100, LiveHost::kStartNs + 12 * kMs};
  for (const ProcessKey& process : {first, second, third}) {
    host_.clock.boot_ns = process.start_ns - kMs;
    Exec(Fork(kShell.process, 100), "/bin/true");
    Exit(process);
  }
  std::vector<std::string> guids;
  for (const TextRecord& record : host_.TakeRecords())
    if (record.id == 5) guids.push_back(record["ProcessGuid"]);
  EXPECT_THAT(guids, ElementsAre(GuidText({100, LiveHost::kStartNs}),
                                 GuidText({100, LiveHost::kStartNs + 10 * kMs}),
                                 GuidText({100, LiveHost::kStartNs + 20 * kMs})));
  EXPECT_EQ(host_.live->engine.counters()[Counter::kGuidsMoved], 2u);
}

TEST_F(LiveLineageTest, NeverGivesAGuidTwiceHoweverLongAPidIsReusedWithinTicks) {
  SnapshotOfTwo();
  std::map<std::string, int> guids;
  constexpr size_t kLives = kSanitized ? 2'000 : 20'000;
  for (size_t i = 0; i < kLives; ++i) {
    const ProcessKey process{100, LiveHost::kStartNs + i * 100'000};
    host_.clock.boot_ns = process.start_ns - kMs;
    const ProcessKey child = Fork(kShell.process, 100);
    ASSERT_EQ(child, process);
    Exec(child, "/bin/true");
    Exit(child);
    for (const TextRecord& record : host_.TakeRecords())
      if (record.id == 5) ++guids[record["ProcessGuid"]];
  }
  EXPECT_THAT(guids, SizeIs(kLives));
}

// --- the snapshot -------------------------------------------------------------------------------

TEST_F(LiveLineageTest, TakesForkAndSnapshotOfOneProcessForOne) {
  // The process forked and called exec after the hooks were there and before the snapshot.
  const LiveHost::Running child{.process = {100, LiveHost::kStartNs + kMs},
                                .parent = {1, 10 * kMs},  // it was adopted
                                .image = "/bin/ls",
                                .arguments = "ls\0"s};
  host_.Snapshot({kInit, kShell, child});
  host_.Apply(ForkFact{
      .subject = {.time_ns = child.process.start_ns, .process = kShell.process, .ids = kRoot},
      .child = child.process,
      .creator = kInit.process,
      .place = {},
      .comm = "bash",
      .image = {.text = "/bin/bash"}});
  Exec(child.process, "/bin/ls");
  EXPECT_THAT(TakeShort(), ElementsAre("1 running 1 < 0 /sbin/init", "1 running 50 < 1 /bin/bash",
                                       "1 - 100 < 50 /bin/ls"));
  EXPECT_EQ(host_.live->engine.counters()[Counter::kDoubleFacts], 1u);
}

TEST_F(LiveLineageTest, MakesAParentThatDiedBeforeTheSnapshotFromTheForksRecord) {
  host_.Snapshot({kInit});
  const ProcessKey parent{60, 9'000 * kMs};
  const ProcessKey child{100, LiveHost::kStartNs - 5 * kMs};
  host_.clock.boot_ns = child.start_ns;
  host_.Apply(ForkFact{.subject = {.time_ns = child.start_ns, .process = parent, .ids = kAlice},
                       .child = child,
                       .creator = kInit.process,
                       .place = {},
                       .comm = "make",
                       .image = {.text = "/usr/bin/make"}});
  Exit(parent, 1000);
  EXPECT_THAT(TakeShort(), ElementsAre("1 running 1 < 0 /sbin/init",
                                       "1 running 60 < 1 /usr/bin/make", "5 60 /usr/bin/make"));
  Exec(child, "/bin/cc");
  const TextRecord create = host_.TakeRecords().back();
  EXPECT_EQ(create["ParentProcessGuid"], GuidText(parent));
  EXPECT_EQ(create["ParentImage"], "/usr/bin/make");
  EXPECT_EQ(create["ParentUser"], "alice");
  EXPECT_EQ(host_.live->engine.counters()[Counter::kUnknownProcesses], 0u);
}

TEST_F(LiveLineageTest, GivesAForkTheImageThatItsParentRanThen) {
  // The snapshot saw what the parent ran later.
  const LiveHost::Running parent{.process = {60, 9'000 * kMs},
                                 .parent = kInit.process,
                                 .image = "/bin/after",
                                 .arguments = "after\0"s};
  host_.Snapshot({kInit, parent});
  const ProcessKey child{100, LiveHost::kStartNs - 5 * kMs};
  host_.clock.boot_ns = child.start_ns;
  host_.Apply(
      ForkFact{.subject = {.time_ns = child.start_ns, .process = parent.process, .ids = kRoot},
               .child = child,
               .creator = {},
               .place = {},
               .comm = "before",
               .image = {.text = "/bin/before"}});
  Exec(Fork(child, 101), "/bin/true");
  const std::vector<TextRecord> records = host_.TakeRecords();
  ASSERT_THAT(records, SizeIs(4));
  EXPECT_EQ(records[2]["Description"], "fork");
  EXPECT_EQ(records[2]["Image"], "/bin/before");
  EXPECT_EQ(records[2]["CommandLine"], "-");
}

TEST_F(LiveLineageTest, NeverTakesTheNextOwnerOfAPidForAProcessOfTheSnapshot) {
  host_.live->lineage.BeginSnapshot();
  host_.WriteProc(kInit);
  host_.WriteProc({.process = {60, 9'990 * kMs}, .image = "/bin/other", .arguments = "other"});
  for (const ProcessKey& process : {kInit.process, ProcessKey{60, 9'000 * kMs}})
    host_.live->engine.Apply(TaskFact{.subject = {.process = process, .ids = kRoot},
                                      .present_parent = {},
                                      .place = {},
                                      .comm = {}});
  host_.live->lineage.EndSnapshot();
  host_.NextBatch();
  Exec(Fork({60, 9'000 * kMs}, 100), "/bin/true");
  EXPECT_EQ(host_.TakeRecords().back()["ParentImage"], "-");
}

TEST_F(LiveLineageTest, KeepsAnInitThatTheSnapshotDoesNotShow) {
  host_.WriteProc(kInit);
  host_.live->lineage.BeginSnapshot();
  host_.live->engine.Apply(TaskFact{.subject = {.process = kShell.process, .ids = kRoot},
                                    .present_parent = kInit.process,
                                    .place = {},
                                    .comm = {}});
  host_.live->lineage.EndSnapshot();
  for (uint32_t pid = 100; pid < 103; ++pid) Exit(Fork(kShell.process, pid));
  EXPECT_EQ(host_.live->engine.counters()[Counter::kLiveProcesses], 2u);
  EXPECT_EQ(host_.live->engine.counters()[Counter::kMissedEnds], 0u);
  Exec(Fork(kShell.process, 103), "/bin/ls");
  EXPECT_THAT(TakeShort(), ElementsAre("1 running 1 < 0 /sbin/init", "1 running 50 < 1 -",
                                       "1 - 103 < 50 /bin/ls"));
}

TEST_F(LiveLineageTest, HealsWhatLostFactsLeftByALaterSnapshot) {
  SnapshotOfTwo();
  const ProcessKey lost = Fork(kShell.process, 100);
  Exec(lost, "/bin/lost");  // and its exit never comes
  const ProcessKey kept = Fork(kShell.process, 101);
  Exec(kept, "/bin/kept");
  host_.TakeRecords();
  Tick();
  host_.Snapshot({kInit, kShell, {.process = kept, .image = "/bin/kept"}});
  EXPECT_THAT(TakeShort(), IsEmpty());
  Fork(kShell.process, 102);
  host_.NextBatch();
  EXPECT_THAT(TakeShort(), ElementsAre("5 100 /bin/lost"));
  EXPECT_EQ(host_.live->engine.counters()[Counter::kMissedEnds], 1u);
  EXPECT_EQ(host_.live->engine.counters()[Counter::kLiveProcesses], 4u);
}

TEST_F(LiveLineageTest, EndsNobodyForASnapshotThatBrokeOff) {
  SnapshotOfTwo();
  host_.TakeRecords();
  Tick();
  host_.live->lineage.BeginSnapshot();
  host_.live->lineage.EndSnapshot(false);
  Fork(kShell.process, 102);
  host_.NextBatch();
  EXPECT_THAT(TakeShort(), IsEmpty());
  EXPECT_EQ(host_.live->engine.counters()[Counter::kMissedEnds], 0u);
}

TEST_F(LiveLineageTest, LearnsAProcessWhoseForkWasLost) {
  SnapshotOfTwo();
  ExecFact exec = MakeExec(Tick(), {100, LiveHost::kStartNs}, "/bin/ls", "ls\0"sv);
  exec.present_parent = kShell.process;
  host_.Apply(exec);
  EXPECT_THAT(TakeShort(), ElementsAre("1 running 1 < 0 /sbin/init", "1 running 50 < 1 /bin/bash",
                                       "1 - 100 < 50 /bin/ls"));
  EXPECT_EQ(host_.live->engine.counters()[Counter::kUnknownProcesses], 1u);
}

TEST_F(LiveLineageTest, TakesTheNewOwnerOfAPidForTheEndOfTheOld) {
  SnapshotOfTwo();
  Exec(Fork(kShell.process, 100), "/bin/lost");
  host_.TakeRecords();
  host_.clock.boot_ns += 20 * kMs;
  Fork(kInit.process, 100);
  EXPECT_THAT(TakeShort(), ElementsAre("5 100 /bin/lost"));
  EXPECT_EQ(host_.live->engine.counters()[Counter::kMissedEnds], 1u);
}

// --- filters ------------------------------------------------------------------------------------

TEST_F(LiveLineageTest, AnnouncesNobodyForARecordThatTheFilterDropped) {
  host_.SetFilter([](const TextRecord& record) { return record["Image"] != "/bin/noise"; });
  SnapshotOfTwo();
  Exec(Fork(kShell.process, 100), "/bin/noise");
  EXPECT_THAT(TakeShort(), IsEmpty());
}

TEST_F(LiveLineageTest, KeepsNoMemoryOfDroppedRecords) {
  host_.SetFilter([](const TextRecord&) { return false; });
  SnapshotOfTwo();
  const ProcessKey process = Fork(kShell.process, 100);
  EventBatch batch;
  host_.live->engine.BeginBatch(batch);
  const std::string arguments(50'000, 'x');
  for (int i = 0; i < 1'000; ++i)
    host_.live->engine.Apply(MakeExec(Tick(), process, "/bin/ls", arguments));
  EXPECT_EQ(batch.records.mark().block, 0u);
  EXPECT_EQ(batch.records.mark().used, 0u);
  host_.NextBatch();
  host_.live->engine.Recycle(batch);
}

TEST_F(LiveLineageTest, OffersADroppedAnnouncementOnce) {
  int offered = 0;
  host_.SetFilter([&](const TextRecord& record) {
    if (record.id != 1 || record["Description"] != "fork") return true;
    ++offered;
    return false;
  });
  SnapshotOfTwo();
  const ProcessKey subshell = Fork(kShell.process, 100);
  Exec(Fork(subshell, 101), "/bin/ls");
  Exec(Fork(subshell, 102), "/bin/ls");
  EXPECT_THAT(TakeShort(), ElementsAre("1 running 1 < 0 /sbin/init", "1 running 50 < 1 /bin/bash",
                                       "1 - 101 < 100 /bin/ls", "1 - 102 < 100 /bin/ls"));
  EXPECT_EQ(offered, 1);
  EXPECT_EQ(host_.live->engine.counters()[Counter::kFiltered], 1u);
}

TEST_F(LiveLineageTest, AnnouncesAnewAfterAReload) {
  SnapshotOfTwo();
  const ProcessKey script = Fork(kShell.process, 100);
  Exec(script, "/bin/script");
  const ProcessKey subshell = Fork(script, 101);
  Exec(Fork(subshell, 102), "/bin/ls");
  host_.TakeRecords();
  host_.SetFilter([](const TextRecord&) { return true; });
  Exec(Fork(subshell, 103), "/bin/cat");
  EXPECT_THAT(TakeShort(), ElementsAre("1 running 1 < 0 /sbin/init", "1 running 50 < 1 /bin/bash",
                                       "1 running 100 < 50 /bin/script",
                                       "1 fork 101 < 100 /bin/script", "1 - 103 < 101 /bin/cat"));
}

TEST_F(LiveLineageTest, TellsTheEndOfAProcessThatWasAnnouncedBeforeAReload) {
  SnapshotOfTwo();
  const ProcessKey process = Fork(kShell.process, 100);
  Exec(process, "/bin/ls");
  host_.TakeRecords();
  host_.SetFilter([](const TextRecord& record) { return record["Image"] != "/bin/bash"; });
  Exit(process);
  EXPECT_THAT(TakeShort(), ElementsAre("1 running 1 < 0 /sbin/init", "1 running 100 < 50 /bin/ls",
                                       "5 100 /bin/ls"));
}

// --- restarts -----------------------------------------------------------------------------------

TEST_F(LiveLineageTest, KeepsParentsAcrossACleanRestart) {
  SnapshotOfTwo();
  const ProcessKey parent = Fork(kShell.process, 100);
  Exec(parent, "/usr/bin/starter");
  const ProcessKey daemon = Fork(parent, 101);
  Exec(daemon, "/usr/sbin/daemon");
  Exit(parent);
  host_.TakeRecords();
  host_.Restart(host_.live->lineage.Save());
  host_.Snapshot(
      {kInit, kShell, {.process = daemon, .parent = kInit.process, .image = "/usr/sbin/daemon"}});
  Exec(Fork(daemon, 102), "/bin/ls");
  const std::vector<TextRecord> records = host_.TakeRecords();
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_EQ(Short(records[0]), "1 running 101 < 100 /usr/sbin/daemon");
  EXPECT_EQ(records[0]["ParentProcessGuid"], GuidText(parent));
  EXPECT_EQ(records[0]["ParentCommandLine"], "/usr/bin/starter -x");
  EXPECT_EQ(host_.live->engine.counters()[Counter::kSavedParents], 3u);
  EXPECT_EQ(host_.live->engine.counters()[Counter::kPresentParents], 0u);
}

TEST_F(LiveLineageTest, KnowsOnlyPresentParentsAfterACrash) {
  SnapshotOfTwo();
  const ProcessKey parent = Fork(kShell.process, 100);
  const ProcessKey daemon = Fork(parent, 101);
  Exec(daemon, "/usr/sbin/daemon");
  Exit(parent);
  host_.Restart(std::nullopt);
  host_.Snapshot(
      {kInit, kShell, {.process = daemon, .parent = kInit.process, .image = "/usr/sbin/daemon"}});
  host_.TakeRecords();
  Exec(Fork(daemon, 102), "/bin/ls");
  EXPECT_THAT(TakeShort(),
              ElementsAre("1 running 1 < 0 /sbin/init", "1 running 101 < 1 /usr/sbin/daemon",
                          "1 - 102 < 101 /bin/ls"));
  EXPECT_EQ(host_.live->engine.counters()[Counter::kPresentParents], 3u);
}

TEST_F(LiveLineageTest, AnnouncesAParentThatEndedWhileNobodyWatched) {
  SnapshotOfTwo();
  const ProcessKey parent = Fork(kShell.process, 100);
  const ProcessKey child = Fork(parent, 101);
  host_.Restart(host_.live->lineage.Save());
  host_.Snapshot(
      {kInit, kShell, {.process = child, .parent = kInit.process, .image = "/bin/bash"}});
  Exec(child, "/bin/ls");
  EXPECT_THAT(TakeShort(), ElementsAre("1 running 1 < 0 /sbin/init", "1 running 50 < 1 /bin/bash",
                                       "1 running 100 < 50 /bin/bash", "1 - 101 < 100 /bin/ls"));
  host_.NextBatch();
  EXPECT_EQ(host_.live->engine.counters()[Counter::kEndedWhileStopped], 1u);
  EXPECT_EQ(host_.live->engine.counters()[Counter::kLiveProcesses], 3u);
}

TEST_F(LiveLineageTest, RefusesATableOfAnotherBoot) {
  SnapshotOfTwo();
  const std::string saved = host_.live->lineage.Save();
  LiveEngine other({.lineage = {.machine = LiveHost::kMachine, .boot = 1, .computer = "vm"}},
                   host_.clock);
  const Result<> loaded = other.lineage.Load(saved);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kUnsupported);
}

// --- time ---------------------------------------------------------------------------------------

TEST_F(LiveLineageTest, TellsTimesForwardWhileTheClockIsSlewedAndBackWhenItIsStepped) {
  SnapshotOfTwo();
  Exec(Fork(kShell.process, 100), "/bin/a");
  const int64_t first = host_.TakeRecords().back().time_created_ns;
  host_.clock.boot_to_utc_ns -= 50 * int64_t{kMs};
  host_.NextBatch();
  Exec(Fork(kShell.process, 101), "/bin/b");
  EXPECT_EQ(host_.TakeRecords().back().time_created_ns, first);
  host_.clock.boot_to_utc_ns -= 3'600'000 * int64_t{kMs};
  host_.NextBatch();
  Exec(Fork(kShell.process, 102), "/bin/c");
  EXPECT_EQ(host_.TakeRecords().back().time_created_ns,
            static_cast<int64_t>(host_.clock.boot_ns) + host_.clock.boot_to_utc_ns);
}

TEST_F(LiveLineageTest, KeepsTheStartOfAProcessWhenTheClockIsStepped) {
  SnapshotOfTwo();
  host_.clock.boot_to_utc_ns += 3'600'000 * int64_t{kMs};
  host_.NextBatch();
  Exec(Fork(kShell.process, 100), "/bin/a");
  EXPECT_EQ(host_.TakeRecords()[1]["UtcTime"], "2026-11-23 16:42:29.000");
}

// --- texts --------------------------------------------------------------------------------------

TEST_F(LiveLineageTest, WritesACommandLineWholeAndKeepsFourKibOfIt) {
  SnapshotOfTwo();
  const ProcessKey parent = Fork(kShell.process, 100);
  const std::string argument(100'000, 'x');
  host_.Apply(MakeExec(Tick(), parent, "/bin/big", "big\0"s + argument + "\0"s));
  EXPECT_EQ(host_.TakeRecords().back()["CommandLine"], "big " + argument);
  Exec(Fork(parent, 101), "/bin/true");
  const TextRecord create = host_.TakeRecords().back();
  EXPECT_EQ(create["ParentCommandLine"], "big " + std::string(4096 - 4 - 3, 'x') + "...");
  EXPECT_EQ(host_.live->engine.counters()[Counter::kCommandLinesCut], 1u);
}

TEST_F(LiveLineageTest, KeepsCommandLinesShortBeyondTheBudget) {
  LiveHost host(nullptr, 300'000);
  host.Snapshot({kInit});
  const auto child_of = [&](const ProcessKey& parent, uint32_t pid) {
    const ProcessKey child{pid, host.clock.boot_ns += kMs};
    host.Apply(ForkFact{.subject = {.time_ns = child.start_ns, .process = parent, .ids = kRoot},
                        .child = child,
                        .creator = {},
                        .place = {},
                        .comm = {},
                        .image = {}});
    return child;
  };
  const std::string arguments(4000, 'x');
  ProcessKey last;
  for (uint32_t pid = 100; pid < 200; ++pid) {
    last = child_of(kInit.process, pid);
    host.Apply(MakeExec(host.clock.boot_ns += kMs, last, "/bin/big", arguments));
    EXPECT_EQ(host.TakeRecords().back()["CommandLine"], arguments);
  }
  EXPECT_LT(host.live->engine.counters()[Counter::kCommandLinesCut], 50u);
  host.Apply(MakeExec(host.clock.boot_ns += kMs, child_of(last, 200), "/bin/true", "true"));
  EXPECT_EQ(host.TakeRecords().back()["ParentCommandLine"], std::string(253, 'x') + "...");
}

TEST_F(LiveLineageTest, EndsArgumentsThatWereCutInAnEllipsis) {
  SnapshotOfTwo();
  ExecFact exec = MakeExec(Tick(), Fork(kShell.process, 100), "/bin/a", "a\0b\xc3"sv);
  exec.arguments_cut = true;
  host_.Apply(exec);
  EXPECT_EQ(host_.TakeRecords().back()["CommandLine"], "a b...");
}

TEST_F(LiveLineageTest, MakesBytesOfAttackersValidText) {
  SnapshotOfTwo();
  host_.Apply(MakeExec(Tick(), Fork(kShell.process, 100), "/bin/\x1b[2J", "a\xff\0\x01\0"s));
  const TextRecord create = host_.TakeRecords().back();
  EXPECT_EQ(create["Image"], "/bin/\ufffd[2J");
  EXPECT_EQ(create["CommandLine"], "a\ufffd \ufffd");
}

TEST_F(LiveLineageTest, ListsWhatIsToBeHashed) {
  SnapshotOfTwo();
  const ProcessKey process = Fork(kShell.process, 100);
  Exec(process, "/bin/ls");
  ASSERT_THAT(host_.hashes(), testing::Not(IsEmpty()));
  const HashRequest& request = host_.hashes().back();
  EXPECT_EQ(request.record, 2u);
  EXPECT_EQ(request.process, process);
  EXPECT_EQ(request.mount_namespace, 41u);
  EXPECT_EQ(request.executable.inode, 2u);
  EXPECT_EQ(request.executable.ctime_ns, 5);
}

TEST_F(LiveLineageTest, AsksForHashesBeforeTheFilterWhereRulesNameThem) {
  class Hasher final : public ExecutableHasher {
   public:
    std::string_view Hash(const HashRequest& request) override {
      return request.path == "/bin/bad" ? "SHA256=bad" : "SHA256=good";
    }
  } hasher;
  host_.SetFilter(
      [](const TextRecord& record) { return record.id == 1 && record["Hashes"] == "SHA256=bad"; });
  host_.policy.hasher = &hasher;
  host_.ApplyPolicy();
  SnapshotOfTwo();
  const ProcessKey process = Fork(kShell.process, 100);
  Exec(process, "/bin/good");
  Exec(process, "/bin/bad");
  const std::vector<TextRecord> records = host_.TakeRecords();
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0]["Hashes"], "SHA256=bad");
  EXPECT_THAT(host_.hashes(), IsEmpty());
}

}  // namespace
}  // namespace pidigree
