#include "src/records/log_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "schema/events.h"
#include "src/event/guid.h"
#include "src/event/value_text.h"
#include "src/source/audit/call_facts.h"
#include "tests/support/property_scale.h"

namespace pidigree {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kDay = 1'700'000'000'000;  // stamps of these tests, ms

// A written event, as far as these tests look at it.
struct Written {
  std::string event;  // "exec", "fork", "running" or "end"
  std::string guid, parent_guid;
  uint32_t pid = 0, parent_pid = 0;
  std::string image, command_line, parent_image, parent_command_line, user, utc, created;
  std::string logon_guid, logon_id, session, cwd;
};

class Log {
 public:
  explicit Log(LogEngineOptions options = {}) : log_(Host(std::move(options))) {
    log_.engine.BeginBatch(batch_);
    log_.lineage.NewHost(0, "", "type=SYSCALL ...");
  }

  // Facts are stamped and numbered in the order in which a test states them, 10 ms apart, unless it
  // says otherwise.
  ParsedCall& Add(CallKind kind, uint32_t pid, uint32_t ppid) {
    ParsedCall& fact = facts_.emplace_back();
    fact.kind = kind;
    fact.serial = ++serial_;
    fact.time_ms = kDay + 10 * serial_;
    fact.pid = pid;
    fact.ppid = ppid;
    fact.has_ppid = fact.has_ids = true;
    fact.uid = 0;
    fact.auid = 1000;
    fact.session = 3;
    fact.tty = "pts0";
    fact.exe = "/usr/bin/bash";
    return fact;
  }
  ParsedCall& Exec(uint32_t pid, uint32_t ppid, std::string_view command_line) {
    ParsedCall& fact = Add(CallKind::kExec, pid, ppid);
    fact.command_line = command_line;
    fact.exe = Keep("/usr/bin/" + std::string(command_line.substr(0, command_line.find(' '))));
    fact.cwd = "/root";
    return fact;
  }
  ParsedCall& Fork(uint32_t pid, uint32_t ppid, uint32_t child) {
    ParsedCall& fact = Add(CallKind::kFork, pid, ppid);
    fact.other_pid = child;
    return fact;
  }
  ParsedCall& Exit(uint32_t pid, uint32_t ppid) { return Add(CallKind::kExit, pid, ppid); }

  std::string_view Keep(std::string text) { return kept_.emplace_back(std::move(text)); }

  // Applies all facts stated since the last call, forks foreseen, and returns what was written.
  std::vector<Written> Run() {
    for (; announced_ < facts_.size(); ++announced_)
      if (facts_[announced_].kind == CallKind::kFork)
        log_.lineage.Foresee(ForkOf(facts_[announced_]));
    for (; applied_ < facts_.size(); ++applied_) {
      const ParsedCall& call = facts_[applied_];
      TellCall(call, {&call.other_pid, 1}, log_.engine);
    }
    std::vector<Written> written;
    for (const Record& record : batch_.records.records()) written.push_back(Read(record));
    log_.engine.Recycle(batch_);
    return written;
  }

  void SetFilter(std::shared_ptr<const RecordFilter> filter) {
    log_.engine.SetPolicy({.filter = std::move(filter)});
    log_.engine.BeginBatch(batch_);
  }

  LogLineage& lineage() { return log_.lineage; }
  Counters counters() const { return log_.engine.counters(); }

 private:
  static LogEngineOptions Host(LogEngineOptions options) {
    options.lineage.node_name = "host";
    return options;
  }

  static std::string Text(const Record& record, std::string_view field) {
    const size_t i = record.type->Find(field);
    if (i == EventType::kNoField) return "";
    char buffer[kValueTextSize];
    return std::string(FormatValue(record.values[i], record.type->fields[i].type, buffer));
  }

  static Written Read(const Record& record) {
    Written w;
    const std::string description = Text(record, "Description");
    w.event = record.type->id == 5 ? "end" : description == "-" ? "exec" : description;
    w.guid = Text(record, "ProcessGuid");
    w.parent_guid = Text(record, "ParentProcessGuid");
    w.pid = static_cast<uint32_t>(std::stoul(Text(record, "ProcessId")));
    if (record.type->id == 1)
      w.parent_pid = static_cast<uint32_t>(std::stoul(Text(record, "ParentProcessId")));
    w.image = Text(record, "Image");
    w.command_line = Text(record, "CommandLine");
    w.parent_image = Text(record, "ParentImage");
    w.parent_command_line = Text(record, "ParentCommandLine");
    w.user = Text(record, "User");
    w.utc = Text(record, "UtcTime");
    w.logon_guid = Text(record, "LogonGuid");
    w.logon_id = Text(record, "LogonId");
    w.session = Text(record, "TerminalSessionId");
    w.cwd = Text(record, "CurrentDirectory");
    char buffer[kValueTextSize];
    w.created = FormatValue(record.time_created, FieldType::kUtcTime, buffer);
    return w;
  }

  EventBatch batch_;
  LogEngine log_;
  std::deque<ParsedCall> facts_;
  std::deque<std::string> kept_;
  size_t announced_ = 0, applied_ = 0;
  uint32_t serial_ = 0;
};

// "exec 500 of 400": what happened to whom, and whose child it is.
std::string Brief(const Written& w) {
  std::string text = w.event + " " + std::to_string(w.pid);
  return w.event == "end" ? text : text + " of " + std::to_string(w.parent_pid);
}

std::vector<std::string> Brief(const std::vector<Written>& written) {
  std::vector<std::string> all;
  for (const Written& w : written) all.push_back(Brief(w));
  return all;
}

const std::string kZeroGuid = "{00000000-0000-0000-0000-000000000000}";

TEST(LogLineage, ExecAnnouncesAParentOlderThanTheLogAsRunning) {
  Log log;
  log.Exec(500, 400, "ls -l");
  const auto written = log.Run();
  ASSERT_THAT(Brief(written), ElementsAre("running 400 of 0", "exec 500 of 400"));
  EXPECT_EQ(written[0].parent_guid, kZeroGuid);
  EXPECT_EQ(written[0].image, "-");
  EXPECT_EQ(written[1].parent_guid, written[0].guid);
  EXPECT_EQ(written[1].image, "/usr/bin/ls");
  EXPECT_EQ(written[1].command_line, "ls -l");
  EXPECT_EQ(written[1].cwd, "/root");
}

TEST(LogLineage, GuidHoldsHostStampAndPid) {
  Log log;
  log.Exec(500, 400, "ls").time_ms = 1'700'000'000'123;
  const auto written = log.Run();
  // First 32 bits of `printf host | sha256sum`; 170000000012 = 0x2794ca240c.
  EXPECT_EQ(written[1].guid, "{4740ae63-0000-0000-2794-ca240c0001f4}");
}

TEST(LogLineage, AProcessKeepsItsGuidThroughEveryExec) {
  Log log;
  log.Fork(400, 1, 500);
  log.Exec(500, 400, "env bash");
  log.Exec(500, 400, "bash");
  const auto written = log.Run();
  ASSERT_THAT(Brief(written), ElementsAre("running 1 of 0", "running 400 of 1", "exec 500 of 400",
                                          "exec 500 of 400"));
  EXPECT_EQ(written[2].guid, written[3].guid);
}

TEST(LogLineage, TheParentIsWhoCalledForkAlsoWhenItIsDead) {
  Log log;
  log.Fork(400, 1, 500);
  log.Exit(400, 1);
  log.Exec(500, 1, "daemon");
  const auto written = log.Run();
  ASSERT_THAT(Brief(written),
              ElementsAre("running 1 of 0", "running 400 of 1", "end 400", "exec 500 of 400"));
  EXPECT_EQ(written[3].parent_guid, written[1].guid);
}

// vfork(2): the parent sleeps until the child has called exec, so the fork's record is the later
// one.
TEST(LogLineage, AChildsRecordsBeforeTheForksOwnChangeNothing) {
  Log log;
  log.Exec(400, 1, "make");
  log.Exec(500, 400, "cc").time_ms = kDay + 100;
  log.Fork(400, 1, 500).time_ms = kDay + 96;
  const auto written = log.Run();
  ASSERT_THAT(Brief(written), ElementsAre("running 1 of 0", "exec 400 of 1", "exec 500 of 400"));
  EXPECT_EQ(written[2].parent_command_line, "make");
  EXPECT_EQ(log.counters()[Counter::kSilentEnds], 0u);
}

TEST(LogLineage, AGrandchildMayComeBeforeTheForkOfItsGrandparent) {
  Log log;
  log.Exec(400, 1, "make");
  log.Exec(600, 500, "cc").time_ms = kDay + 100;
  log.Fork(500, 400, 600).time_ms = kDay + 96;
  log.Fork(400, 1, 500).time_ms = kDay + 92;
  const auto written = log.Run();
  ASSERT_THAT(Brief(written),
              ElementsAre("running 1 of 0", "exec 400 of 1", "fork 500 of 400", "exec 600 of 500"));
  EXPECT_EQ(written[2].parent_guid, written[1].guid);
  EXPECT_EQ(written[3].parent_guid, written[2].guid);
}

TEST(LogLineage, AForkedProcessIsAnnouncedWithWhatItInherited) {
  Log log;
  log.Exec(400, 1, "bash script");
  log.Fork(400, 1, 500).time_ms = kDay + 77;
  log.Fork(500, 400, 600);
  log.Exec(600, 500, "ls");
  const auto written = log.Run();
  ASSERT_THAT(Brief(written),
              ElementsAre("running 1 of 0", "exec 400 of 1", "fork 500 of 400", "exec 600 of 500"));
  EXPECT_EQ(written[2].image, "/usr/bin/bash");
  EXPECT_EQ(written[2].command_line, "bash script");
  EXPECT_EQ(written[2].cwd, "/root");
  EXPECT_EQ(written[2].utc, "2023-11-14 22:13:20.077");
  EXPECT_EQ(written[2].created, written[3].created);
}

TEST(LogLineage, ParentFieldsAreThoseAtTheFork) {
  Log log;
  log.Exec(400, 1, "old");
  log.Fork(400, 1, 500);
  log.Exec(400, 1, "new");
  log.Exec(500, 400, "child");
  const auto written = log.Run();
  EXPECT_EQ(written.back().parent_command_line, "old");
}

TEST(LogLineage, AForkOnlyProcessThatLeavesAChildIsAnnouncedAtItsExit) {
  Log log;
  log.Exec(400, 1, "daemon");
  log.Fork(400, 1, 500);
  log.Fork(500, 400, 600);
  log.Exit(500, 400);
  log.Exec(600, 1, "worker");
  EXPECT_THAT(Brief(log.Run()), ElementsAre("running 1 of 0", "exec 400 of 1", "fork 500 of 400",
                                            "end 500", "exec 600 of 500"));
}

TEST(LogLineage, NobodyIsToldOfAForkOnlyProcessThatNothingNames) {
  Log log;
  log.Exec(400, 1, "bash");
  log.Fork(400, 1, 500);
  log.Exit(500, 400);
  EXPECT_THAT(Brief(log.Run()), ElementsAre("running 1 of 0", "exec 400 of 1"));
}

TEST(LogLineage, AClone3ResultThatNoRecordNamesIsNoProcess) {
  Log log;
  log.Exec(400, 1, "java");
  log.Fork(400, 1, 401).fork_result = ForkResult::kUnknown;
  log.Exec(500, 400, "ls");
  EXPECT_THAT(Brief(log.Run()), ElementsAre("running 1 of 0", "exec 400 of 1", "exec 500 of 400"));
}

TEST(LogLineage, AClone3ResultThatMakesARecordIsTheChild) {
  Log log;
  log.Exec(400, 1, "java");
  log.Fork(400, 1, 500).fork_result = ForkResult::kUnknown;
  log.Exit(400, 1);
  log.Exec(500, 1, "ls");
  const auto written = log.Run();
  ASSERT_THAT(Brief(written),
              ElementsAre("running 1 of 0", "exec 400 of 1", "end 400", "exec 500 of 400"));
  EXPECT_EQ(written[3].parent_guid, written[1].guid);
}

TEST(LogLineage, ExitGroupEndsAProcessAtItsStamp) {
  Log log;
  log.Exec(400, 1, "ls");
  log.Exit(400, 1).time_ms = kDay + 500;
  const auto written = log.Run();
  ASSERT_THAT(Brief(written), ElementsAre("running 1 of 0", "exec 400 of 1", "end 400"));
  EXPECT_EQ(written[2].utc, "2023-11-14 22:13:20.500");
  EXPECT_EQ(written[2].guid, written[1].guid);
}

TEST(LogLineage, AThreadsExitIsNotTheEndOfItsProcess) {
  Log log;
  log.Exec(400, 1, "java");
  log.Add(CallKind::kThreadExit, 400, 1);
  log.Exec(400, 1, "java again");
  EXPECT_THAT(Brief(log.Run()), ElementsAre("running 1 of 0", "exec 400 of 1", "exec 400 of 1"));
}

TEST(LogLineage, ExitOfTheLastKnownThreadEndsTheProcess) {
  Log log;
  log.Exec(400, 1, "static");
  log.Fork(400, 1, 401).fork_result = ForkResult::kThread;
  log.Add(CallKind::kThreadExit, 400, 1);
  log.Add(CallKind::kThreadExit, 400, 1);
  EXPECT_THAT(Brief(log.Run()), ElementsAre("running 1 of 0", "exec 400 of 1", "end 400"));
}

TEST(LogLineage, AReapedProcessEndedAtItsExit2) {
  Log log;
  log.Exec(400, 1, "bash");
  log.Fork(400, 1, 500);
  log.Exec(500, 400, "static");
  log.Add(CallKind::kThreadExit, 500, 400).time_ms = kDay + 333;
  log.Add(CallKind::kReap, 400, 1).other_pid = 500;
  const auto written = log.Run();
  ASSERT_THAT(Brief(written),
              ElementsAre("running 1 of 0", "exec 400 of 1", "exec 500 of 400", "end 500"));
  EXPECT_EQ(written[3].utc, "2023-11-14 22:13:20.333");
  // It had called wait4 before.
  EXPECT_EQ(written[3].created, "2023-11-14 22:13:20.333");
}

TEST(LogLineage, WaitMayReportAStopInsteadOfAnEnd) {
  Log log;
  log.Exec(400, 1, "strace");
  log.Fork(400, 1, 500);
  log.Exec(500, 400, "ls");
  log.Add(CallKind::kReap, 400, 1).other_pid = 500;
  log.Exec(500, 400, "ls again");
  const auto written = log.Run();
  ASSERT_THAT(Brief(written),
              ElementsAre("running 1 of 0", "exec 400 of 1", "exec 500 of 400", "exec 500 of 400"));
  EXPECT_EQ(written[2].guid, written[3].guid);
}

TEST(LogLineage, SigkillEndsItsTarget) {
  Log log;
  log.Exec(400, 1, "victim");
  log.Exec(500, 1, "killer");
  log.Add(CallKind::kKill, 500, 1).other_pid = 400;
  EXPECT_THAT(Brief(log.Run()),
              ElementsAre("running 1 of 0", "exec 400 of 1", "exec 500 of 1", "end 400"));
}

TEST(LogLineage, ACoreDumpEndsTheProcess) {
  Log log;
  log.Exec(400, 1, "crash");
  log.Add(CallKind::kAbend, 400, 0).has_ppid = false;
  EXPECT_THAT(Brief(log.Run()), ElementsAre("running 1 of 0", "exec 400 of 1", "end 400"));
}

TEST(LogLineage, AProcessThatVanishedEndsWhenItsNumberIsForkedAnew) {
  Log log;
  log.Exec(1, 0, "init");
  log.Exec(400, 1, "bash");
  log.Fork(400, 1, 500);
  log.Exec(500, 400, "sleep 9").time_ms = kDay + 111;
  log.Fork(400, 1, 500).time_ms = kDay + 9000;
  log.Exec(500, 400, "ls").time_ms = kDay + 9010;
  const auto written = log.Run();
  ASSERT_THAT(Brief(written), ElementsAre("exec 1 of 0", "exec 400 of 1", "exec 500 of 400",
                                          "end 500", "exec 500 of 400"));
  EXPECT_EQ(written[3].utc, "2023-11-14 22:13:20.111");      // last known to have lived
  EXPECT_EQ(written[3].created, "2023-11-14 22:13:29.000");  // when that was seen
  EXPECT_NE(written[2].guid, written[4].guid);
}

TEST(LogLineage, TwoProcessesWithOnePidInOneTickDiffer) {
  Log log;
  log.Fork(400, 1, 500).time_ms = kDay;
  log.Exec(500, 400, "a").time_ms = kDay;
  log.Exit(500, 400).time_ms = kDay;
  log.Fork(400, 1, 500).time_ms = kDay;
  log.Exec(500, 400, "b").time_ms = kDay;
  const auto written = log.Run();
  ASSERT_THAT(Brief(written), ElementsAre("running 1 of 0", "running 400 of 1", "exec 500 of 400",
                                          "end 500", "exec 500 of 400"));
  EXPECT_NE(written[2].guid, written[4].guid);
  EXPECT_EQ(log.counters()[Counter::kGuidsMoved], 1u);
}

// In an inner PID namespace fork returns the inner number; pid= and ppid= stay the outer ones.
TEST(LogLineage, InnerForkResultsDoNotTouchTheProcessOfThatNumber) {
  Log log;
  log.Exec(7, 1, "udevd");
  log.Fork(400, 1, 500).child_namespace = ChildNamespace::kNew;
  log.Exec(500, 400, "container-init");
  log.Fork(500, 400, 7);
  log.Exec(501, 500, "job");
  log.Exec(7, 1, "udevd again");
  const auto written = log.Run();
  ASSERT_THAT(Brief(written), ElementsAre("running 1 of 0", "exec 7 of 1", "running 400 of 1",
                                          "exec 500 of 400", "exec 501 of 500", "exec 7 of 1"));
  EXPECT_EQ(written[1].guid, written[5].guid);
}

// A crafted log: every process is the CLONE_PARENT sibling of the next one, and only the first has
// a record of its own before the forks.
TEST(LogLineage, ALongChainOfSiblingsInAnInnerNamespaceIsNoRecursion) {
  Log log;
  log.Exec(400, 1, "reaper");
  // As a recursion each of them would take a frame, and sanitizers make frames large.
  constexpr uint32_t kChain = kSanitized ? 6'000 : 60'000;
  log.Exec(1000, 400, "first").time_ms = kDay + 10;
  for (uint32_t i = 0; i < kChain; ++i) {
    ParsedCall& fork = log.Fork(1001 + i, 400, 2'000'000 + i);
    fork.sibling = true;
    fork.time_ms = kDay + 10;
  }
  EXPECT_EQ(log.Run().back().command_line, "first");
}

// Who is above its parent is not known, and nothing says that the number of a living process was
// given anew: it was adopted.
TEST(LogLineage, IsAdoptedWhereItsParentMayHaveEnded) {
  Log log;
  log.Exec(500, 400, "sh");
  log.Fork(500, 400, 600);
  log.Exec(600, 500, "child");
  log.Add(CallKind::kThreadExit, 500, 400);
  log.Add(CallKind::kSighting, 600, 300);
  for (const Written& event : log.Run()) EXPECT_NE(event.event, "end") << event.pid;
}

// The children of a process in an inner PID namespace: the calls tell other numbers, and the
// records of orphans name who adopted them.
class InnerNamespace : public testing::Test {
 protected:
  InnerNamespace() {
    log_.Exec(400, 1, "runtime");
    log_.Fork(400, 1, 500).child_namespace = ChildNamespace::kNew;
    log_.Exec(500, 400, "container-init");
  }
  // A child of the namespace's init that shows itself, and forks `result`.
  void Shell(uint32_t pid, uint32_t inner, uint32_t result) {
    log_.Fork(500, 400, inner);
    log_.Exec(pid, 500, "shell");
    log_.Fork(pid, 500, result);
  }

  Log log_;
};

TEST_F(InnerNamespace, AnOrphanIsTheChildOfTheOneDeadCaller) {
  Shell(501, 2, 3);
  log_.Exit(501, 500);
  log_.Exec(502, 500, "orphan");
  EXPECT_EQ(Brief(log_.Run()).back(), "exec 502 of 501");
}

TEST_F(InnerNamespace, AnOrphanOfOneOfTwoStaysWithWhoAdoptedIt) {
  Shell(501, 2, 3);
  log_.Exit(501, 500);
  Shell(502, 4, 5);
  log_.Exit(502, 500);
  log_.Exec(503, 500, "orphan");
  log_.Exec(504, 500, "other orphan");
  const auto brief = Brief(log_.Run());
  ASSERT_GE(brief.size(), 2u);
  EXPECT_EQ(brief[brief.size() - 2], "exec 503 of 500");
  EXPECT_EQ(brief.back(), "exec 504 of 500");
}

TEST_F(InnerNamespace, AChildOfTheAdopterIsNotThatOfADeadCaller) {
  Shell(501, 2, 3);
  log_.Exit(501, 500);
  log_.Fork(500, 400, 4);
  log_.Exec(502, 500, "either");
  log_.Exec(503, 500, "the other");
  const auto brief = Brief(log_.Run());
  EXPECT_EQ(brief[brief.size() - 2], "exec 502 of 500");
  EXPECT_EQ(brief.back(), "exec 503 of 500");
}

TEST_F(InnerNamespace, EndsWithItsInit) {
  Shell(501, 2, 3);
  log_.Exec(502, 501, "job");
  log_.Exit(500, 400);
  log_.Exec(400, 1, "runtime again");
  const auto written = log_.Run();
  const auto brief = Brief(written);
  ASSERT_GE(brief.size(), 4u);
  EXPECT_THAT(std::vector(brief.end() - 4, brief.end()),
              ElementsAre("end 500", "end 501", "end 502", "exec 400 of 1"));
}

// SIGKILL is told when kill(2) returns; the dead one's orphan may have shown itself by then.
TEST_F(InnerNamespace, AChildOfTheAdopterAfterAnOrphanIsNotThatOfTheDead) {
  Shell(501, 2, 3);
  log_.Fork(500, 400, 4);
  log_.Exec(502, 500, "orphan of 501");
  log_.Add(CallKind::kKill, 500, 400).other_pid = 501;
  log_.Exec(503, 500, "child of 500");
  EXPECT_EQ(Brief(log_.Run()).back(), "exec 503 of 500");
}

// clone3 may have made a thread, and its result is no number of a record.
TEST_F(InnerNamespace, ThreadsOfClone3CannotBeCounted) {
  const int64_t called_ms = log_.Exec(501, 500, "child").time_ms;
  ParsedCall& thread = log_.Fork(500, 400, 2);
  thread.fork_result = ForkResult::kUnknown;
  thread.time_ms = called_ms;
  log_.Fork(500, 400, 3).time_ms = called_ms;
  log_.Fork(500, 400, 4).fork_result = ForkResult::kThread;
  log_.Add(CallKind::kThreadExit, 500, 400);
  log_.Add(CallKind::kThreadExit, 500, 400);
  log_.Exec(500, 400, "alive");
  EXPECT_THAT(Brief(log_.Run()), testing::Not(testing::Contains("end 500")));
}

// The number of a thread that clone3 made, or of a process that died unseen, is another's later.
class Clone3Result : public testing::Test {
 protected:
  Clone3Result() {
    log_.Fork(900, 1, 1000);
    log_.Exec(1000, 900, "host-app");
    log_.Fork(1000, 900, 1001);
    log_.Exec(1001, 1000, "helper");  // the numbers that 1000 sees are those of records
    log_.Exit(1001, 1000);
    log_.Fork(1000, 900, 1005).fork_result = ForkResult::kUnknown;
  }
  // A process in a PID namespace of its own, whose calls return inner numbers.
  void Container() {
    log_.Fork(900, 1, 1010).child_namespace = ChildNamespace::kNew;
    log_.Exec(1010, 900, "container-init");
    log_.Fork(1010, 900, 2);
    log_.Exec(1011, 1010, "worker");
    log_.Fork(1011, 1010, 3);
  }

  Log log_;
};

// The numbers come round, as fork records tell.
void Lap(Log& log) {
  for (const uint32_t first : {20'000u, 32'700u, 300u, 2'000u}) {
    for (uint32_t pid = first; pid < first + 8; ++pid) {
      log.Fork(900, 1, pid);
      log.Exit(pid, 900);
    }
  }
}

TEST_F(Clone3Result, IsNoBirthOfTheChildOfSomebodyElse) {
  Container();
  log_.Exec(1005, 1011, "inside");
  EXPECT_EQ(Brief(log_.Run()).back(), "exec 1005 of 1011");
}

TEST_F(Clone3Result, IsNoBirthOfTheChildOfADaemonOlderThanTheLog) {
  const int64_t stamp_ms = log_.Exec(1005, 700, "ssh-session").time_ms;
  const auto written = log_.Run();
  EXPECT_EQ(Brief(written).back(), "exec 1005 of 700");
  EXPECT_EQ(ParseGuid(written.back().guid)->start(), static_cast<uint64_t>(stamp_ms / 10));
}

TEST_F(Clone3Result, IsTheBirthOfWhoWasAdoptedByAnAncestor) {
  log_.Exit(1000, 900);
  log_.Exec(1005, 1, "orphan");
  EXPECT_EQ(Brief(log_.Run()).back(), "exec 1005 of 1000");
}

TEST_F(Clone3Result, OfOneThatDiedUnseenIsAnotherProcessUnderAnotherParent) {
  log_.Exec(1005, 1000, "victim");
  Container();
  log_.Exec(1005, 1011, "inside");
  const auto written = log_.Run();
  EXPECT_EQ(Brief(written).back(), "exec 1005 of 1011");
  const auto victim = std::find_if(written.begin(), written.end(), [](const Written& event) {
    return event.command_line == "victim";
  });
  ASSERT_NE(victim, written.end());
  EXPECT_NE(victim->guid, written.back().guid);
}

TEST_F(Clone3Result, OfALapAgoIsTheBirthOfWhoHasItsSession) {
  log_.Exit(1000, 900);
  Lap(log_);
  log_.Exec(1005, 1, "orphan");
  EXPECT_EQ(Brief(log_.Run()).back(), "exec 1005 of 1000");
}

TEST_F(Clone3Result, OfALapAgoIsTheBirthOfWhoRunsTheSameProgram) {
  const auto in_no_session = [](ParsedCall& call) -> ParsedCall& {
    call.auid = call.session = kUnset;
    return call;
  };
  log_.Fork(900, 1, 1100);
  in_no_session(log_.Exec(1100, 900, "service"));
  in_no_session(log_.Fork(1100, 900, 1105)).fork_result = ForkResult::kUnknown;
  log_.Exit(1100, 900);
  Lap(log_);
  in_no_session(log_.Add(CallKind::kSighting, 1105, 1)).exe = "/usr/bin/service";
  in_no_session(log_.Exec(1105, 1, "again"));
  EXPECT_EQ(Brief(log_.Run()).back(), "exec 1105 of 1100");
}

TEST_F(Clone3Result, OfALapAgoIsNoBirthOfADaemon) {
  log_.Exit(1000, 900);
  Lap(log_);
  ParsedCall& daemon = log_.Exec(1005, 1, "daemon");
  daemon.auid = daemon.session = kUnset;
  EXPECT_EQ(Brief(log_.Run()).back(), "exec 1005 of 1");
}

TEST_F(Clone3Result, OfALapAgoIsNoBirthOfSomebodyInAnotherSession) {
  log_.Exit(1000, 900);
  Lap(log_);
  log_.Exec(1005, 1, "other login").session = 4;
  EXPECT_EQ(Brief(log_.Run()).back(), "exec 1005 of 1");
}

// A child of a process whose forks make no records. When all numbers have been given once more, it
// may have died unseen.
class NumberThatCameRound : public testing::Test {
 protected:
  NumberThatCameRound() { log_.Exec(700, 431, "job"); }
  // Whether a record of the number is about the same process.
  bool StaysTheSame() {
    const auto written = log_.Run();
    std::vector<std::string> guids;
    for (const Written& event : written)
      if (event.event == "exec" && event.pid == 700) guids.push_back(event.guid);
    EXPECT_EQ(guids.size(), 2u);
    return !guids.empty() && guids.front() == guids.back();
  }

  Log log_;
};

TEST_F(NumberThatCameRound, StaysWithItsOwner) {
  Lap(log_);
  log_.Exec(700, 431, "again");
  EXPECT_TRUE(StaysTheSame());
}

TEST_F(NumberThatCameRound, IsAnothersAfterAnExitThatMayHaveBeenTheLastThreads) {
  log_.Add(CallKind::kThreadExit, 700, 431);
  Lap(log_);
  log_.Exec(700, 431, "another");
  EXPECT_FALSE(StaysTheSame());
}

TEST_F(NumberThatCameRound, StaysWithWhoStillRunsItsProgram) {
  log_.Add(CallKind::kThreadExit, 700, 431);
  Lap(log_);
  log_.Add(CallKind::kSighting, 700, 431).exe = "/usr/bin/job";
  log_.Exec(700, 431, "again");
  EXPECT_TRUE(StaysTheSame());
}

TEST_F(NumberThatCameRound, IsAnothersIfItRunsAProgramThatNobodyCalled) {
  Lap(log_);
  log_.Add(CallKind::kSighting, 700, 431).exe = "/usr/bin/other";
  log_.Exec(700, 431, "other");
  EXPECT_FALSE(StaysTheSame());
}

TEST_F(NumberThatCameRound, IsAnothersInAnotherSession) {
  Lap(log_);
  log_.Exec(700, 431, "other").session = 4;
  EXPECT_FALSE(StaysTheSame());
}

TEST_F(NumberThatCameRound, StaysWithWhoLoggedInSince) {
  log_.Add(CallKind::kSighting, 700, 431).session = 4;
  Lap(log_);
  log_.Exec(700, 431, "again").session = 4;
  EXPECT_TRUE(StaysTheSame());
}

// setns(2) leads into a namespace whose first process is no ancestor, and adopts.
TEST(LogLineage, WhoEnteredANamespaceMayBeAdoptedByAStranger) {
  Log log;
  log.Fork(900, 1, 1000);
  log.Exec(1000, 900, "nsenter");
  log.Add(CallKind::kNamespaces, 1000, 900).child_namespace = ChildNamespace::kUnknown;
  log.Fork(1000, 900, 1001);
  log.Exec(1001, 1000, "sh");
  log.Fork(1001, 1000, 7);
  log.Exec(1002, 1001, "job");
  log.Exec(800, 1, "container-init");
  log.Exec(1002, 800, "job again");
  const auto written = log.Run();
  EXPECT_EQ(Brief(written).back(), "exec 1002 of 1001");
}

// A number's next birth is no birth of the process that still has it.
TEST(LogLineage, ACallThatHasNotBegunIsNotTheBirthOfACaller) {
  Log log;
  const int64_t called_ms = log.Exec(502, 501, "caller").time_ms;
  log.Exec(503, 502, "child");
  log.Fork(1, 0, 502).time_ms = called_ms + 500;
  log.Fork(502, 501, 503).time_ms = called_ms;
  const auto written = log.Run();
  ASSERT_GE(written.size(), 3u);
  EXPECT_EQ(written[2].command_line, "child");
  EXPECT_EQ(written[2].parent_guid, written[1].guid);
}

// CLONE_PARENT at the very beginning of a log, before the record of any fork.
TEST(LogLineage, ASiblingIsNoOrphan) {
  Log log;
  const int64_t called_ms = log.Exec(400, 300, "caller").time_ms;
  log.Exec(401, 300, "sibling");
  ParsedCall& fork = log.Fork(400, 300, 401);
  fork.sibling = true;
  fork.time_ms = called_ms;
  log.Exit(400, 300);
  const auto written = log.Run();
  EXPECT_THAT(Brief(written),
              ElementsAre("running 300 of 0", "exec 400 of 300", "exec 401 of 400", "end 400"));
  EXPECT_EQ(written.back().utc, written.back().created);
}

// The number's next owner is born after the clock was set back, so its stamps are older than those
// of the former one. On the clock that is never set back they are not.
TEST(LogLineage, ACallIsOlderThanItsChildAlsoWhereTheClockWasSetBack) {
  constexpr int64_t kHour = 3'600'000;
  Log log;
  log.Fork(400, 1, 500);
  log.Exec(500, 400, "first");
  ParsedCall& child = log.Exec(500, 400, "second");
  child.time_ms -= kHour;
  child.clock_shift_ms = 2 * kHour;
  ParsedCall& call = log.Fork(400, 1, 500);
  call.time_ms = child.time_ms - 5 + kHour;
  const auto written = log.Run();
  EXPECT_THAT(Brief(written), ElementsAre("running 1 of 0", "running 400 of 1", "exec 500 of 400",
                                          "end 500", "exec 500 of 400"));
  EXPECT_NE(written[2].guid, written[4].guid);
}

// The first record of the new boot is that of a process whose number the old one had.
TEST(LogLineage, NoForkOfTheFormerBootMakesAChildInTheNext) {
  Log log;
  log.Exec(400, 1, "caller");
  log.Fork(400, 1, 500).fork_result = ForkResult::kUnknown;
  log.Run();
  log.lineage().Reboot(0);
  log.Exec(500, 1, "of this boot");
  EXPECT_EQ(Brief(log.Run()).back(), "exec 500 of 1");
}

TEST(LogLineage, ARebootEndsAllProcessesAndGivesNewGuids) {
  Log log;
  log.Exec(400, 1, "old");
  log.Add(CallKind::kSighting, 1, 0).time_ms = kDay + 15;
  const auto before = log.Run();
  log.lineage().Reboot(0);
  log.Exec(400, 1, "new").time_ms = kDay + 20;
  const auto written = log.Run();
  ASSERT_THAT(Brief(written), ElementsAre("end 1", "end 400", "running 1 of 0", "exec 400 of 1"));
  EXPECT_NE(written[3].guid, before[1].guid);
  EXPECT_NE(written[2].guid, before[0].guid);
  // When it was last seen, and when it was known to have ended.
  EXPECT_EQ(written[1].utc, "2023-11-14 22:13:20.010");
  EXPECT_EQ(written[1].created, "2023-11-14 22:13:20.015");
}

TEST(LogLineage, ProcessesBegunBeforeSinceAreAnnouncedAsRunning) {
  LogEngineOptions options;
  options.records.since = UtcTime::FromMilliseconds(kDay + 1000);
  Log log(std::move(options));
  log.Exec(400, 1, "bash");
  log.Fork(400, 1, 500);
  log.Fork(500, 400, 600);
  log.Exit(500, 400);
  log.Exec(600, 1, "worker").time_ms = kDay + 1000;
  const auto written = log.Run();
  ASSERT_THAT(Brief(written), ElementsAre("running 1 of 0", "running 400 of 1",
                                          "running 500 of 400", "exec 600 of 500"));
  EXPECT_EQ(written[1].command_line, "bash");
}

TEST(LogLineage, NothingIsWrittenFromUntilOn) {
  LogEngineOptions options;
  options.records.until = UtcTime::FromMilliseconds(kDay + 1000);
  Log log(std::move(options));
  log.Exec(400, 1, "a").time_ms = kDay + 999;
  log.Exec(500, 1, "b").time_ms = kDay + 1000;
  EXPECT_THAT(Brief(log.Run()), ElementsAre("running 1 of 0", "exec 400 of 1"));
}

TEST(LogLineage, LogonIsTheSessionAndItsFirstSecond) {
  Log log;
  log.Exec(400, 1, "a").time_ms = 0x6553f100 * int64_t{1000} + 999;
  ParsedCall& unset = log.Exec(500, 1, "b");
  unset.session = unset.auid = kUnset;
  const auto written = log.Run();
  EXPECT_EQ(written[1].logon_guid, "{4740ae63-6553-f100-0000-0003000003e8}");
  EXPECT_EQ(written[1].session, "3");
  EXPECT_EQ(written[1].logon_id, "0");
  EXPECT_EQ(written[2].logon_guid, "{4740ae63-0000-0000-0000-000000000000}");
  EXPECT_EQ(written[2].session, "4294967295");
}

TEST(LogLineage, UserIsTheRecordsNameElseTheNumber) {
  Log log;
  ParsedCall& named = log.Exec(400, 1, "a");
  named.uid = 1000;
  named.user = "alice";
  log.Exec(500, 1, "b").uid = 61234;
  const auto written = log.Run();
  EXPECT_EQ(written[1].user, "alice");
  EXPECT_EQ(written[2].user, "61234");
}

// USER records that auditd has not enriched, and those of the kernel's own log, name nobody.
TEST(LogLineage, UserIsNamedAsSoonAsARecordNamesIt) {
  Log log;
  log.Add(CallKind::kSighting, 400, 1).uid = 0;
  ParsedCall& fork = log.Fork(400, 1, 500);
  fork.uid = 0;
  fork.user = "root";
  ParsedCall& exec = log.Exec(500, 400, "job");
  exec.uid = 0;
  log.Exec(600, 400, "unnamed").uid = 0;
  const auto written = log.Run();
  ASSERT_THAT(Brief(written), ElementsAre("running 1 of 0", "running 400 of 1", "exec 500 of 400",
                                          "exec 600 of 400"));
  EXPECT_EQ(written[1].user, "root");
  EXPECT_EQ(written[2].user, "root");
  EXPECT_EQ(written[3].user, "0");
}

struct ImageCase {
  std::string_view exe;
  bool unlinked;
  std::string_view image;
};

void PrintTo(const ImageCase& test, std::ostream* out) { *out << test.exe; }
class LogLineageImage : public testing::TestWithParam<ImageCase> {};

TEST_P(LogLineageImage, IsThePathTheExecutableHad) {
  Log log;
  ParsedCall& fact = log.Exec(400, 1, "x");
  fact.exe = GetParam().exe;
  fact.exe_is_unlinked = GetParam().unlinked;
  EXPECT_EQ(log.Run()[1].image, GetParam().image);
}

INSTANTIATE_TEST_SUITE_P(
    Exe, LogLineageImage,
    testing::Values(ImageCase{"/tmp/x (deleted)", true, "/tmp/x"},
                    ImageCase{"/tmp/x (deleted)", false, "/tmp/x (deleted)"},
                    ImageCase{"/memfd:evil one (deleted)", true, "memfd:evil one"},
                    ImageCase{"/memfd:evil", false, "/memfd:evil"},
                    ImageCase{"/tmp/\xff", false, "/tmp/\xef\xbf\xbd"}, ImageCase{"", false, "-"}));

TEST(LogLineage, LongCommandLinesAreWholeInTheirOwnEventAndCutInTheirChildrens) {
  Log log;
  const std::string line = "echo " + std::string(5000, 'x');
  log.Exec(400, 1, line);
  log.Fork(400, 1, 500);
  log.Exec(500, 400, "child");
  const auto written = log.Run();
  EXPECT_EQ(written[1].command_line, line);
  EXPECT_EQ(written[2].parent_command_line, line.substr(0, 4093) + "...");
}

class OnlyExecsOf : public RecordFilter {
 public:
  explicit OnlyExecsOf(std::string_view image) : image_(image) {}
  bool Include(Record& record) const override {
    return std::get<std::string_view>(record.values[record.type->Find("Image")]) == image_;
  }

 private:
  std::string_view image_;
};

TEST(LogLineage, AFilteredRecordAnnouncesNobody) {
  Log log;
  log.SetFilter(std::make_shared<OnlyExecsOf>("/usr/bin/wanted"));
  log.Exec(300, 200, "init").exe = "/usr/bin/init";
  log.Fork(300, 200, 400);
  log.Exec(400, 300, "unwanted");
  EXPECT_THAT(Brief(log.Run()), IsEmpty());
}

// --- logs with execve records only ---------------------------------------------------------------

TEST(LogLineageExecOnly, ANumberThatCannotHaveComeRoundIsTheSameProcess) {
  Log log;
  log.Exec(5000, 400, "env bash");
  log.Exec(5003, 400, "other");
  log.Exec(5000, 400, "bash");
  const auto written = log.Run();
  EXPECT_EQ(written[1].guid, written[3].guid);
}

TEST(LogLineageExecOnly, ANumberThatCameRoundIsAnotherProcess) {
  Log log;
  log.Exec(400, 1, "bash");
  for (uint32_t lap = 0; lap < 2; ++lap)
    for (uint32_t pid = 500; pid < 30'000; pid += 7) log.Exec(pid, 400, "ls");
  const auto written = log.Run();
  std::vector<std::string> guids;
  for (const Written& w : written)
    if (w.event == "exec" && w.pid == 20'002) guids.push_back(w.guid);
  ASSERT_EQ(guids.size(), 2u);
  EXPECT_NE(guids[0], guids[1]);
}

TEST(LogLineageExecOnly, AShellThatHasChildrenAllTheTimeStaysTheParent) {
  Log log;
  log.Exec(10'000, 1, "bash");
  const std::string shell = log.Run().back().guid;
  for (uint32_t lap = 0; lap < 5; ++lap)
    for (uint32_t pid = 502; pid < 30'000; pid += 7) log.Exec(pid, 10'000, "ls");
  for (const Written& w : log.Run()) {
    if (w.event == "exec") {
      ASSERT_EQ(w.parent_guid, shell) << Brief(w);
    }
  }
}

// Numbers from 502 to 29'999 in steps of 7: neither 10'000 nor its neighbours below 10'008 but
// 10'001.
void ExecFrom(Log& log, uint32_t first, uint32_t last, uint32_t ppid) {
  for (uint32_t pid = 502; pid < 30'000; pid += 7)
    if (pid >= first && pid <= last) log.Exec(pid, ppid, "ls");
}

TEST(LogLineageExecOnly, AParentThatWasOnlySeenALapAgoIsANewSubshell) {
  Log log;
  log.Exec(10'000, 1, "bash");
  const std::string old_shell = log.Run().back().guid;
  ExecFrom(log, 10'001, 30'000, 400);
  ExecFrom(log, 0, 10'001, 400);
  log.Run();
  log.Exec(10'003, 10'000, "ls");
  const auto written = log.Run();
  ASSERT_THAT(Brief(written),
              testing::ElementsAre("end 10000", "fork 10000 of 0", "exec 10003 of 10000"));
  EXPECT_NE(written.back().parent_guid, old_shell);
}

TEST(LogLineageExecOnly, ASubshellIsNotWhoCallsExecALapLater) {
  Log log;
  log.Exec(10'003, 10'000, "ls");
  const std::string subshell = log.Run().back().parent_guid;
  ExecFrom(log, 10'004, 30'000, 400);
  ExecFrom(log, 0, 10'000, 400);
  log.Exec(10'000, 400, "cat");
  EXPECT_NE(log.Run().back().guid, subshell);
}

TEST(LogLineageExecOnly, AParentIsOlderThanItsChild) {
  Log log;
  log.Exec(10'005, 1, "bash");
  const std::string shell = log.Run().back().guid;
  for (uint32_t lap = 0; lap < 2; ++lap) ExecFrom(log, 0, 30'000, 10'005);
  ExecFrom(log, 0, 10'008, 400);
  log.Exec(10'003, 10'005, "ls");  // 10'005 was passed after 10'003
  EXPECT_EQ(log.Run().back().parent_guid, shell);
}

TEST(LogLineageExecOnly, NoProcessLosesItsLogin) {
  for (const bool loses : {false, true}) {
    Log log;
    log.Exec(10'000, 1, "bash");
    const std::string shell = log.Run().back().guid;
    for (uint32_t lap = 0; lap < 2; ++lap) ExecFrom(log, 0, 30'000, 10'000);
    ParsedCall& exec = log.Exec(10'000, 1, "cat");
    if (loses) exec.auid = exec.session = kUnset;
    EXPECT_EQ(log.Run().back().guid != shell, loses);
  }
}

TEST(LogLineageExecOnly, AnOrphanTellsThatItsParentDied) {
  Log log;
  log.Exec(10'000, 1, "bash");
  log.Exec(10'005, 10'000, "env ls");
  log.Run();
  log.Exec(10'005, 1, "ls");
  EXPECT_THAT(Brief(log.Run()), testing::ElementsAre("end 10000", "exec 10005 of 10000"));
}

TEST(LogLineageExecOnly, WhoHasAnotherParentThanAnAncestorIsAnother) {
  Log log;
  log.Exec(10'000, 1, "bash");
  log.Exec(10'005, 1, "env ls");
  log.Exec(10'005, 10'000, "ls");
  const auto written = log.Run();
  EXPECT_NE(written.front().guid, written.back().guid);
  EXPECT_EQ(written.back().parent_pid, 10'000u);
}

// All that live in a namespace end with its init, if it is told from all others.
TEST(LogLineage, NamespacesThatNobodyKnowsMakeRoomForOthers) {
  LogEngineOptions options;
  options.lineage.max_table_bytes = 1 << 20;
  Log log(std::move(options));
  log.Exec(400, 1, "runtime");
  for (uint32_t i = 0; i < 20'000; ++i) {
    log.Add(CallKind::kNamespaces, 400, 1).child_namespace = ChildNamespace::kNew;
    if (i % 50 != 0) continue;  // those that ended stay known for some time
    log.Fork(400, 1, 1000 + i).child_namespace = ChildNamespace::kNew;
    log.Exec(1000 + i, 400, "init");
    log.Exit(1000 + i, 400);
  }
  log.Run();
  log.Fork(400, 1, 30'000).child_namespace = ChildNamespace::kNew;
  log.Exec(30'000, 400, "init");
  log.Fork(30'000, 400, 2);
  log.Exec(30'001, 30'000, "job");
  log.Exit(30'000, 400);
  EXPECT_THAT(Brief(log.Run()),
              ElementsAre("exec 30000 of 400", "exec 30001 of 30000", "end 30000", "end 30001"));
  EXPECT_EQ(log.counters()[Counter::kNamespacesUnknown], 0u);
}

TEST(LogLineage, NamespacesThatAreNotToldApartForWantOfMemoryAreCounted) {
  LogEngineOptions options;
  options.lineage.max_table_bytes = 1 << 20;
  Log log(std::move(options));
  for (uint32_t pid = 1000; pid < 2500; ++pid) {
    log.Fork(400, 1, pid).child_namespace = ChildNamespace::kNew;
    log.Exec(pid, 400, "init");
  }
  log.Run();
  const Counters counters = log.counters();
  EXPECT_GT(counters[Counter::kNamespacesUnknown], 500u);
  EXPECT_EQ(counters[Counter::kEvicted], 0u);
}

TEST(LogLineage, StaysWithinItsMemoryAndCountsWhatItForgets) {
  LogEngineOptions options;
  options.lineage.max_table_bytes = 1 << 20;
  Log log(std::move(options));
  for (uint32_t pid = 1000; pid < 20'000; ++pid) log.Exec(pid, 400, "ls");
  log.Run();
  EXPECT_GT(log.counters()[Counter::kEvicted], 10'000u);
}

}  // namespace
}  // namespace pidigree
