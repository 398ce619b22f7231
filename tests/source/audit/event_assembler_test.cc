#include "src/source/audit/event_assembler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

#include "tests/source/audit/audit_log.h"

namespace pidigree::audit_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Log(std::string_view text) { return Assemble(text)->recorder.log; }

TEST(Assembler, MergesInterleavedRecords) {
  const std::string text = Syscall(7, {.pid = 201}) + Syscall(8, {.pid = 202}) +
                           Record("EXECVE", 7, R"(argc=1 a0="a")") +
                           Record("EXECVE", 8, R"(argc=1 a0="b")") +
                           Record("CWD", 7, R"(cwd="/x")") + Record("CWD", 8, R"(cwd="/y")");
  const auto outcome = Assemble(text);
  EXPECT_THAT(outcome->recorder.log, ElementsAre("node 0 ''", "exec node=0 serial=7 pid=201 [a]",
                                                 "exec node=0 serial=8 pid=202 [b]"));
  EXPECT_EQ(outcome->recorder.facts[0]->cwd, "/x");
  EXPECT_EQ(outcome->recorder.facts[1]->cwd, "/y");
  EXPECT_EQ(outcome->statistics.duplicates, 0u);
}

TEST(Assembler, OrdersBySerial) {
  EXPECT_THAT(Log(Exit(9, 3) + Exit(7, 1) + Exit(8, 2)),
              ElementsAre("node 0 ''", "exit node=0 serial=7 pid=1", "exit node=0 serial=8 pid=2",
                          "exit node=0 serial=9 pid=3"));
}

TEST(Assembler, OrdersAcrossTheWrapOfSerials) {
  EXPECT_THAT(Log(Exit(4294967295, 1) + Exit(1, 3) + Exit(0, 2)),
              ElementsAre("node 0 ''", "exit node=0 serial=4294967295 pid=1",
                          "exit node=0 serial=0 pid=2", "exit node=0 serial=1 pid=3"));
}

// A vfork child's exec comes before its parent's fork.
TEST(Assembler, ForeseesForksAsTheyArrive) {
  const auto outcome =
      Assemble(Exec(7, 300, R"(argc=1 a0="x")") + Fork(8, 200, 300) + Exit(9, 300, 5000));
  EXPECT_THAT(
      outcome->recorder.log,
      ElementsAre("node 0 ''", "foresee 8", "exec node=0 serial=7 pid=300 [x]",
                  "fork node=0 serial=8 pid=200 other=300", "exit node=0 serial=9 pid=300"));
}

TEST(Assembler, HoldsEventsForTheLookAhead) {
  // 2.999 s later the first is still held, so that the fork is foreseen before it.
  EXPECT_THAT(Log(Exit(7, 1) + Fork(8, 2, 3, 2999)),
              ElementsAre("node 0 ''", "foresee 8", "exit node=0 serial=7 pid=1",
                          "fork node=0 serial=8 pid=2 other=3"));
  EXPECT_THAT(Log(Exit(7, 1) + Fork(8, 2, 3, 3000)),
              ElementsAre("node 0 ''", "exit node=0 serial=7 pid=1", "foresee 8",
                          "fork node=0 serial=8 pid=2 other=3"));
}

// wait4 is stamped at its entry, long before it ends.
TEST(Assembler, OldStampsDoNotMoveTheClock) {
  EXPECT_THAT(Log(Exit(7, 1, 10000) + Exit(8, 2, 0) + Fork(9, 3, 4, 12000)),
              ElementsAre("node 0 ''", "foresee 9", "exit node=0 serial=7 pid=1",
                          "exit node=0 serial=8 pid=2", "fork node=0 serial=9 pid=3 other=4"));
}

TEST(Assembler, LateEventsAreAppliedAndCounted) {
  const auto outcome =
      Assemble(Exit(7, 1) + Exit(9, 2, 5000) + Exit(6, 3, 100) + Exit(10, 4, 5000));
  EXPECT_THAT(outcome->recorder.log,
              ElementsAre("node 0 ''", "exit node=0 serial=7 pid=1", "exit node=0 serial=6 pid=3",
                          "exit node=0 serial=9 pid=2", "exit node=0 serial=10 pid=4"));
  EXPECT_EQ(outcome->statistics.late, 1u);
  EXPECT_EQ(outcome->statistics.reboots, 0u);
}

TEST(Assembler, LateForksAreForeseenToo) {
  EXPECT_THAT(Log(Exit(7, 1) + Exit(9, 2, 5000) + Fork(6, 3, 30, 100) + Exit(10, 4, 5000)),
              testing::Contains("foresee 6"));
}

TEST(Assembler, LateRecordsOfReleasedEventsAreCounted) {
  const auto outcome =
      Assemble(Exit(7, 1) + Exit(9, 2, 5000) + Record("PROCTITLE", 7, "proctitle=\"x\""));
  EXPECT_EQ(outcome->recorder.facts.size(), 2u);
  EXPECT_EQ(outcome->statistics.late, 1u);
}

TEST(Assembler, EventsWithoutAProcessGiveNoFact) {
  const auto outcome = Assemble(Record("CONFIG_CHANGE", 7, "op=set audit_enabled=1 res=1") +
                                Record("CWD", 8, R"(cwd="/")"));
  EXPECT_TRUE(outcome->recorder.facts.empty());
  EXPECT_EQ(outcome->statistics.events, 2u);
}

TEST(Assembler, RepeatedRecordsAreIgnored) {
  const std::string once = Exec(7, 200, R"(argc=2 a0="a" a1="b")") + Record("CWD", 7, R"(cwd="/")");
  std::string each_twice;
  for (std::string_view rest = once; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
    each_twice += rest.substr(0, rest.find('\n') + 1);
    each_twice += rest.substr(0, rest.find('\n') + 1);
  }
  for (const std::string& text : {once + once, each_twice, once + Exit(8, 1) + once}) {
    const auto outcome = Assemble(text);
    EXPECT_EQ(outcome->recorder.log[1], "exec node=0 serial=7 pid=200 [a b]");
    EXPECT_EQ(outcome->statistics.duplicates, 3u);
    EXPECT_EQ(outcome->statistics.late, 0u);
  }
}

TEST(Assembler, ALogGivenTwiceCountsOnce) {
  std::string log;
  for (uint32_t i = 0; i < 500; ++i) log += Exit(1000 + i, 10 + i, 100 * int64_t{i});
  const auto outcome = Assemble(log + log);
  EXPECT_EQ(outcome->recorder.facts.size(), 500u);
  EXPECT_EQ(outcome->statistics.reboots, 0u);
  EXPECT_EQ(outcome->statistics.duplicates, 500u);
}

TEST(Assembler, KeepsNodesApart) {
  const auto outcome = Assemble(OnNode("a", Exit(7, 1)) + OnNode("b", Exit(7, 2)) +
                                OnNode("a", Exit(6, 3)) + Exit(5, 4));
  EXPECT_THAT(outcome->recorder.nodes, ElementsAre("a", "b", ""));
  EXPECT_THAT(outcome->recorder.log,
              ElementsAre("node 0 'a'", "node 1 'b'", "node 2 ''", "exit node=0 serial=6 pid=3",
                          "exit node=0 serial=7 pid=1", "exit node=1 serial=7 pid=2",
                          "exit node=2 serial=5 pid=4"));
  EXPECT_EQ(outcome->recorder.first_records[1] + "\n", OnNode("b", Exit(7, 2)));
}

struct NamedLog {
  std::string set;
  std::string text;
  std::string host = {};
};

std::unique_ptr<Outcome> AssembleFiles(const std::vector<NamedLog>& logs,
                                       const AssemblerLimits& limits = {}) {
  auto outcome = std::make_unique<Outcome>();
  EventAssembler assembler(outcome->recorder, limits);
  for (const NamedLog& log : logs) {
    const auto file = std::make_shared<LogFile>(
        LogFile{.name = log.set + ".1", .set = log.set, .host = log.host});
    assembler.Add(Parse(log.text, file));
  }
  assembler.Finish();
  outcome->statistics = assembler.statistics();
  return outcome;
}

std::string Exits(uint32_t serial, int64_t ms) {
  std::string log;
  for (uint32_t i = 0; i < 10; ++i) log += Exit(serial + i, 100 + i, ms + 1000 * int64_t{i});
  return log;
}

TEST(Files, OfOneHostGoOn) {
  for (const NamedLog& second : {
           NamedLog{"b", Exits(200, 20'000)},  // later
           NamedLog{"b", Exits(110, -5000)},   // the next serials, of calls that took their time
           NamedLog{"b", Exits(1, 60'000)},    // after a reboot
           NamedLog{"b", Exits(105, 5000)},    // partly the same records
           NamedLog{"a", Exits(200, -90'000)}  // one set
       }) {
    const auto outcome = AssembleFiles({{"a", Exits(100, 0)}, second});
    EXPECT_THAT(outcome->recorder.nodes, ElementsAre("")) << second.text;
    EXPECT_THAT(outcome->statistics.files_apart, IsEmpty());
  }
}

TEST(Files, ThatRunBesideEachOtherAreOfSeveralHosts) {
  const std::vector<NamedLog> logs = {
      {"a", Exits(100, 0)}, {"b", Exits(5000, 500)}, {"b", Exits(5010, 10'500)}};
  const auto outcome = AssembleFiles(logs);
  EXPECT_THAT(outcome->recorder.nodes, ElementsAre("", ""));
  EXPECT_THAT(outcome->statistics.files_apart, ElementsAre("b.1"));
  EXPECT_EQ(outcome->recorder.facts.size(), 30u);
  EXPECT_EQ(outcome->statistics.late, 0u);

  const auto said = AssembleFiles(logs, {.one_host = true});
  EXPECT_THAT(said->recorder.nodes, ElementsAre(""));
  EXPECT_THAT(said->statistics.files_apart, IsEmpty());
}

// The same serial and stamp at the seam are two events.
TEST(Files, AreKeptApartFromTheFirstRecordOn) {
  const auto outcome = AssembleFiles(
      {{"a", Exit(7, 1)}, {"b", Exit(7, 2)}, {"c", Exit(70, 1, -9999)}, {"d", Exit(7, 1)}});
  EXPECT_EQ(outcome->recorder.nodes.size(), 2u + 1u);
  EXPECT_THAT(outcome->statistics.files_apart, ElementsAre("b.1", "c.1"));
  EXPECT_EQ(outcome->recorder.facts.size(), 3u) << "the fourth is the first again";
}

TEST(Files, WithAHostNeedNoNodeInTheirRecords) {
  const auto outcome =
      AssembleFiles({{"a", Exits(100, 0), "web1"},
                     {"b", Exits(100, 0) + OnNode("db1", Exit(7, 1)) + Exits(110, 0), "web2"},
                     {"c", Exits(110, 9000), "web1"}});
  EXPECT_THAT(outcome->recorder.nodes, ElementsAre("web1", "web2", "db1"));
  EXPECT_THAT(outcome->statistics.files_apart, IsEmpty());
  EXPECT_EQ(outcome->recorder.facts.size(), 41u);
}

TEST(Files, OfOneHostAreOneWhateverTheirStamps) {
  std::string syslog;
  for (const char* host : {"web1", "web2"})
    syslog += "Nov 14 22:13:20 " + std::string(host) + " audispd: " + Exit(7, 1);
  EXPECT_THAT(AssembleFiles({{"a", syslog}})->recorder.nodes, ElementsAre("web1", "web2"));
}

// clone(2) by `pid` that made a thread.
std::string Thread(uint32_t serial, uint32_t pid, uint32_t thread, int64_t ms = 0) {
  return Syscall(serial,
                 {.number = 56,
                  .result = "success=yes exit=" + std::to_string(thread),
                  .args = "a0=3d0f00 a1=0 a2=0 a3=0",
                  .pid = pid},
                 ms);
}

// Kernels before 4.9.
TEST(ThreadIds, AreOfTheirProcess) {
  const auto outcome =
      Assemble(Thread(7, 200, 201) + Thread(8, 201, 202, 10) + Fork(9, 202, 300, 20) +
               Syscall(10, {.number = 60, .result = "", .pid = 202}, 30) + Exit(11, 201, 40));
  EXPECT_THAT(outcome->recorder.log,
              ElementsAre("node 0 ''", "foresee 7", "foresee 8", "foresee 9",
                          "fork node=0 serial=7 pid=200 other=201",
                          "fork node=0 serial=8 pid=200 other=202",
                          "fork node=0 serial=9 pid=200 other=300",
                          "thread-exit node=0 serial=10 pid=200", "exit node=0 serial=11 pid=200"));
}

// The pid of the last fact that is neither a fork nor an exit.
uint32_t LastOf201(const std::string& log) {
  const auto outcome = Assemble(log);
  const auto& facts = outcome->recorder.facts;
  const auto last = std::find_if(facts.rbegin(), facts.rend(), [](const auto& fact) {
    return fact->kind != CallKind::kFork && fact->kind != CallKind::kExit;
  });
  return last == facts.rend() ? 0 : (*last)->pid;
}

TEST(ThreadIds, MayBecomeThoseOfProcesses) {
  const std::string thread = Thread(7, 200, 201);
  const std::string other_parent = Syscall(8, {.number = 39, .ppid = 99, .pid = 201}, 10);
  const std::string other_program = Syscall(8, {.number = 39, .pid = 201, .exe = "\"/bin/x\""}, 10);
  const std::string mark =
      "type=DAEMON_START msg=audit(1700000000.000:1): op=start ver=3 "
      "format=raw kernel=";
  const std::string same = Syscall(8, {.number = 39, .pid = 201}, 10);
  for (const std::string& log : {
           thread + other_parent,
           thread + other_program,
           thread + Exec(8, 201, R"(argc=1 a0="ls")", 10),
           thread + Fork(9, 100, 201, 10) + same,
           mark + "4.9.0-13-amd64\n" + thread + same,
           mark + "4.18.0\n" + thread + same,
           thread + Syscall(8, {.number = 39, .pid = 201}, -1000),  // older than the thread
           thread + Exit(10, 200, 5) + Syscall(11, {.number = 39, .pid = 201}, 4000),
       })
    EXPECT_EQ(LastOf201(log), 201u) << log;
  EXPECT_EQ(LastOf201(mark + "3.10.0-1160.el7.x86_64\n" + thread + same), 200u);
  EXPECT_EQ(LastOf201(mark + "4.8.17\n" + thread + same), 200u);
}

TEST(Assembler, TooManyNodesAreCounted) {
  AssemblerLimits limits;
  limits.max_nodes = 1;
  const auto outcome = Assemble(OnNode("a", Exit(7, 1)) + OnNode("b", Exit(7, 2)), 1 << 20, limits);
  EXPECT_EQ(outcome->recorder.facts.size(), 1u);
  EXPECT_EQ(outcome->statistics.node_limit_drops, 1u);
}

TEST(Assembler, BoundsTheNumberOfEvents) {
  AssemblerLimits limits;
  limits.look_ahead_events = 2;
  const auto outcome = Assemble(OnNode("a", Exit(7, 1)) + OnNode("b", Exit(8, 2)) +
                                    OnNode("a", Exit(6, 3)) + OnNode("b", Exit(9, 4)),
                                1 << 20, limits);
  // a's 7 came first, but its 6 goes before it.
  EXPECT_THAT(outcome->recorder.log,
              ElementsAre("node 0 'a'", "node 1 'b'", "exit node=0 serial=6 pid=3",
                          "exit node=0 serial=7 pid=1", "exit node=1 serial=8 pid=2",
                          "exit node=1 serial=9 pid=4"));
  EXPECT_EQ(outcome->statistics.look_ahead_cut, 2u);
}

TEST(Assembler, BoundsTheBytesBehind) {
  AssemblerLimits limits;
  limits.look_ahead_bytes = 1000;
  std::string text = Exit(7, 1);
  while (text.size() < 1000) text += Record("CONFIG_CHANGE", 8, "op=set");
  text += Fork(9, 2, 3);
  const auto outcome = Assemble(text, 1 << 20, limits);
  EXPECT_GT(outcome->statistics.look_ahead_cut, 0u);
}

TEST(Assembler, DaemonRecordsStayOutside) {
  const auto outcome = Assemble(Exit(7, 1) + Record("DAEMON_END", 4000000000, "op=terminate") +
                                Record("DAEMON_START", 1, "op=start") + Exit(8, 2) +
                                Record("DAEMON_ROTATE", 8, "op=rotate") + Exit(9, 3));
  EXPECT_EQ(outcome->recorder.facts.size(), 3u);
  EXPECT_EQ(outcome->statistics.reboots, 0u);
  EXPECT_EQ(outcome->statistics.Count(RecordKind::kDaemon), 3u);
}

TEST(Assembler, IdleLiveInputIsReleased) {
  Recorder recorder;
  EventAssembler assembler(recorder);
  assembler.Add(Parse(Exit(7, 1)));
  assembler.FlushIdle(1'700'000'000'000 + 60'001);
  EXPECT_EQ(recorder.facts.size(), 0u) << "a replayed log waits for its own clock";
  assembler.FlushIdle(1'700'000'000'000 + 60'000);
  EXPECT_EQ(recorder.facts.size(), 1u);
  assembler.Finish();
  EXPECT_EQ(recorder.facts.size(), 1u);
}

TEST(Assembler, FinishingInPartsChangesNothing) {
  std::string text;
  for (uint32_t serial = 1; serial <= 5; ++serial)
    text += OnNode("a", Fork(serial, 1, serial + 1)) + OnNode("b", Exit(serial, serial));
  // Stragglers, but too few for a reboot: they are told when the log ends.
  text += OnNode("a", Exit(2, 7, -1));
  Recorder recorder;
  EventAssembler assembler(recorder);
  Feed(assembler, text, 1 << 20);
  size_t parts = 1;
  for (size_t told = 0; !assembler.Finish(2); ++parts) {
    EXPECT_LE(recorder.facts.size(), told + 3);  // with the straggler
    told = recorder.facts.size();
  }
  EXPECT_GE(parts, 5u);
  EXPECT_EQ(recorder.log, Assemble(text)->recorder.log);
}

TEST(Assembler, LetsGoOfChunks) {
  Recorder recorder;
  EventAssembler assembler(recorder);
  auto first = Parse(Exit(7, 1) + Exit(8, 2));
  std::weak_ptr<ParsedChunk> watched = first;
  assembler.Add(std::move(first));
  assembler.Add(Parse(Exit(9, 3, 1000)));
  EXPECT_FALSE(watched.expired());
  assembler.Add(Parse(Exit(10, 4, 5000) + Exit(11, 4, 5000)));
  EXPECT_TRUE(watched.expired());
  assembler.Finish();
}

TEST(Assembler, LetsGoOfTextWhoseEventsStillWait) {
  Recorder recorder;
  EventAssembler assembler(recorder);
  auto first = Parse(OnNode("a", Syscall(7, {}) + Record("CWD", 7, "cwd=\"/tmp\"")));
  std::weak_ptr<const void> text = first->chunk.buffer;
  assembler.Add(std::move(first));
  // The second event of a host comes in another chunk: only now is the first known to be whole.
  assembler.Add(Parse(OnNode("a", Exit(8, 1))));
  EXPECT_TRUE(text.expired());
  EXPECT_TRUE(recorder.facts.empty());
  assembler.Finish();
  ASSERT_EQ(recorder.facts.size(), 2u);
  EXPECT_EQ(recorder.facts[0]->cwd, "/tmp");
  EXPECT_EQ(recorder.nodes, std::vector<std::string>{"a"});
}

// ---- Reboots

// `count` exits with rising serials and stamps, 10 ms apart.
std::string Boot(uint32_t first_serial, uint32_t count, int64_t ms, int64_t step_ms = 10) {
  std::string text;
  for (uint32_t i = 0; i < count; ++i) text += Exit(first_serial + i, 1, ms + step_ms * i);
  return text;
}

struct RebootCase {
  const char* name;
  std::string text;
  uint64_t reboots;
  uint64_t clock_steps = 0;
};

void PrintTo(const RebootCase& test, std::ostream* out) { *out << test.name; }
class Reboots : public testing::TestWithParam<RebootCase> {};
TEST_P(Reboots, AreTold) {
  for (const size_t chunk_bytes : {1u, 5000u, 1u << 20}) {
    const auto outcome = Assemble(GetParam().text, chunk_bytes);
    EXPECT_EQ(outcome->statistics.reboots, GetParam().reboots);
    EXPECT_EQ(outcome->statistics.clock_steps, GetParam().clock_steps);
    EXPECT_EQ(std::count_if(outcome->recorder.log.begin(), outcome->recorder.log.end(),
                            [](const std::string& line) { return line.starts_with("reboot"); }),
              static_cast<int64_t>(GetParam().reboots));
    // Nothing is lost, nor applied twice.
    EXPECT_EQ(outcome->statistics.facts, outcome->statistics.Count(RecordKind::kSyscall) +
                                             outcome->statistics.Count(RecordKind::kSubject));
  }
}

const std::string kDaemonStart = Record("DAEMON_START", 77, "op=start ver=3.0.9");
std::string SystemBoot(uint32_t serial, int64_t ms) {
  return Record("SYSTEM_BOOT", serial,
                "pid=500 uid=0 auid=4294967295 ses=4294967295 msg=' comm=\"systemd-update-utmp\"'",
                ms);
}
constexpr int64_t kHour = 3'600'000;

INSTANTIATE_TEST_SUITE_P(
    Logs, Reboots,
    testing::Values(
        RebootCase{"SerialsFallTimeGoesOn", Boot(100000, 500, 0) + Boot(20, 500, 30'000), 1},
        RebootCase{"ShortBoots", Boot(20, 5, 0) + Boot(20, 5, 30'000) + Boot(18, 5, 60'000), 2},
        RebootCase{"OverlappingSerials", Boot(400, 100, 0) + Boot(450, 100, 30'000), 1},
        RebootCase{"FastReboot", Boot(100000, 500, 0) + Boot(20, 100, 5000), 1},
        RebootCase{"ClockStepsBackToo", Boot(100000, 500, 0) + Boot(20, 100, -kHour), 1},
        RebootCase{"ClockStepsBackTooWithDaemonStart",
                   Boot(100000, 500, 0) + kDaemonStart + Boot(20, 2, -kHour), 1},
        RebootCase{"ClockStepsBackTooWithSystemBoot",
                   Boot(100000, 500, 0) + Boot(20, 3, -kHour) + SystemBoot(24, -kHour) +
                       Boot(25, 3, -kHour),
                   1},
        RebootCase{"FewEventsAtTheEnd", Boot(100000, 500, 0) + Boot(20, 4, -kHour), 1},
        RebootCase{"SystemBootAfterTheFall",
                   Boot(100000, 500, 0) + Boot(20, 5, 30'000) + SystemBoot(30, 31'000) +
                       Boot(31, 5, 32'000),
                   1},
        RebootCase{"SystemBootTwiceWhileSerialsRise",
                   Boot(20, 5, 0) + SystemBoot(25, 60) + Boot(26, 5, 100) + SystemBoot(40, 30'000) +
                       Boot(41, 5, 30'100),
                   1},
        RebootCase{"KernelStart",
                   Boot(20, 5, 0) +
                       Record("KERNEL", 1, "state=initialized audit_enabled=0 res=1", -kHour) +
                       Boot(2, 5, -kHour),
                   1},
        RebootCase{"DaemonRestart",
                   Boot(100, 50, 0) + Record("DAEMON_END", 5, "op=terminate") + kDaemonStart +
                       Boot(150, 50, 10'000),
                   0},
        RebootCase{"ClockStepsBack", Boot(100, 500, 0) + Boot(600, 500, -kHour), 0, 1},
        RebootCase{"ClockStepsForward", Boot(100, 500, 0) + Boot(600, 500, kHour), 0},
        RebootCase{"ClockStepsForwardAndBack",
                   Boot(100, 100, 0) + Boot(200, 1, kHour) + Boot(201, 200, 1100), 0, 1},
        RebootCase{"SerialsWrap", Boot(4294967200, 500, 0), 0},
        RebootCase{"SerialsWrapOverALongTime", Boot(4294967200, 200, 0, 10'000), 0},
        RebootCase{"LongWaits",
                   Boot(100, 50, kHour) + Exit(150, 1, 0) + Exit(151, 1, 1000) +
                       Boot(152, 50, kHour + 500),
                   0},
        RebootCase{"StragglersOverTime",
                   Boot(100, 900, 0) + Exit(50, 1, 100) + Boot(1000, 900, 9000) + Exit(51, 1, 200) +
                       Exit(52, 1, 300) + Boot(1900, 10, 18'000),
                   0},
        RebootCase{"LostEvents", Boot(100, 50, 0) + Boot(5'000'000, 50, 10'000), 0}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Reboot, EndsTheOldBootFirst) {
  EXPECT_THAT(Log(Fork(1000, 1, 5) + Exit(20, 9, 30'000)),
              ElementsAre("node 0 ''", "foresee 1000", "fork node=0 serial=1000 pid=1 other=5",
                          "reboot 0", "exit node=0 serial=20 pid=9"));
}

TEST(Reboot, OfOneNodeLeavesTheOthersAlone) {
  const auto log = Log(OnNode("a", Boot(1000, 3, 0)) + OnNode("b", Exit(2000, 7)) +
                       OnNode("a", Boot(20, 3, 30'000)));
  EXPECT_EQ(std::count(log.begin(), log.end(), "reboot 0"), 1);
  EXPECT_EQ(std::count(log.begin(), log.end(), "reboot 1"), 0);
}

// A call is stamped at its beginning: before the step, however long ago that was.
TEST(ClockStep, LeavesACallInTheTimeInWhichItBegan) {
  constexpr int64_t kBegan = 1000;
  const auto outcome = Assemble(Boot(100, 1000, 0) + Boot(1100, 50, -kHour) +
                                Fork(1150, 1, 5, kBegan) + Boot(1151, 50, -kHour + 500));
  EXPECT_EQ(outcome->statistics.clock_steps, 1u);
  ASSERT_EQ(outcome->recorder.facts.size(), 1101u);
  const auto clock = [&](size_t i) { return outcome->recorder.facts[i]->clock_ms(); };
  EXPECT_EQ(clock(1050), clock(kBegan / 10));
  EXPECT_GT(clock(1049), clock(999));
}

// ---- Chunks

// Whatever the borders of the chunks, the facts are the same and in the same order.
TEST(Chunks, DoNotChangeTheFacts) {
  std::string text;
  for (uint32_t i = 0; i < 40; ++i) {
    const int64_t ms = 400 * int64_t{i};
    text += Fork(10 * i + 1, 1, 1000 + i, ms);
    text += Syscall(10 * i + 3, {.pid = 1000 + i}, ms);
    text += Record("EXECVE", 10 * i + 3, R"(argc=4 a0="sh" a1_len=12 a1[0]=616263)", ms);
    if (i % 3 == 0) text += Exit(10 * i + 2, 2, ms);
    text += Record("EXECVE", 10 * i + 3, " a1[1]=646566 a2=2020", ms);
    if (i % 7 == 0) text += Record("EXECVE", 10 * i + 3, " a1[1]=646566 a2=2020", ms);
    text += Record("EXECVE", 10 * i + 3, " a3=\"end\"", ms);
    text += Record("CWD", 10 * i + 3, R"(cwd="/tmp")", ms);
    if (i % 5 == 0) text += "garbage\n";
  }
  const auto whole = Assemble(text);
  EXPECT_THAT(whole->recorder.log,
              testing::Contains("exec node=0 serial=3 pid=1000 [sh abcdef    end]"));
  for (const size_t chunk_bytes : {1u, 300u, 1000u, 4096u}) {
    const auto cut = Assemble(text, chunk_bytes);
    EXPECT_EQ(cut->recorder.log, whole->recorder.log);
    EXPECT_EQ(cut->statistics.duplicates, whole->statistics.duplicates);
    EXPECT_EQ(cut->statistics.malformed, 8u);
  }
}

}  // namespace
}  // namespace pidigree::audit_test
