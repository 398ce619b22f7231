// What single events say, from the text of their records to the fact.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <utility>
#include <vector>

#include "tests/source/audit/audit_log.h"

namespace pidigree::audit_test {
namespace {

TEST(FactOfExec, HasWhatTheRecordsSay) {
  const auto fact = OnlyFact(
      Syscall(7, {.tail = "key=\"exec\""}, 456) + Record("BPRM_FCAPS", 7, "fver=0 fp=0", 456) +
      Record("EXECVE", 7, R"(argc=2 a0="ls" a1="-l")", 456) +
      Record("CWD", 7, R"(cwd="/tmp")", 456) +
      Record("PATH", 7, R"(item=0 name="/usr/bin/ls" inode=1 nametype=NORMAL)", 456) +
      Record("PROCTITLE", 7, "proctitle=62617368002D6C", 456) + Record("EOE", 7, "", 456));
  ASSERT_NE(fact, nullptr);
  EXPECT_EQ(fact->kind, CallKind::kExec);
  EXPECT_TRUE(fact->complete);
  EXPECT_EQ(fact->host, 0u);
  EXPECT_EQ(fact->serial, 7u);
  EXPECT_EQ(fact->time_ms, 1700000000456);
  EXPECT_TRUE(fact->has_ppid);
  EXPECT_TRUE(fact->has_ids);
  EXPECT_EQ(fact->ppid, 100u);
  EXPECT_EQ(fact->pid, 200u);
  EXPECT_EQ(fact->auid, 1000u);
  EXPECT_EQ(fact->uid, 1001u);
  EXPECT_EQ(fact->session, 3u);
  EXPECT_EQ(fact->tty, "pts0");
  EXPECT_EQ(fact->exe, "/usr/bin/ls");
  EXPECT_FALSE(fact->exe_is_unlinked);
  EXPECT_EQ(fact->cwd, "/tmp");
  EXPECT_EQ(fact->command_line, "ls -l");
  EXPECT_EQ(fact->user, "");
}

TEST(FactOfExec, StringsMayBeHexadecimalOrMissing) {
  const auto fact =
      OnlyFact(Syscall(7, {.tty = "(none)", .comm = "6C2073", .exe = "2F62696E2F6C2073"}) +
               Record("EXECVE", 7, "argc=1 a0=6C2073") + Record("CWD", 7, "cwd=2F6120"));
  ASSERT_NE(fact, nullptr);
  EXPECT_EQ(fact->tty, "");
  EXPECT_EQ(fact->exe, "/bin/l s");
  EXPECT_EQ(fact->cwd, "/a ");
  EXPECT_EQ(fact->command_line, "l s");
}

// A terminal's name is never encoded, whatever it looks like.
TEST(FactOfExec, TtyIsLiteral) { EXPECT_EQ(OnlyFact(Syscall(7, {.tty = "ACM0"}))->tty, "ACM0"); }

TEST(FactOfExec, UnsetIdsAreUnset) {
  SyscallText call;
  std::string text = Syscall(7, call);
  text.replace(text.find("auid=1000"), 9, "auid=4294967295");
  text.replace(text.find("ses=3"), 5, "ses=-1");
  const auto fact = OnlyFact(text);
  ASSERT_NE(fact, nullptr);
  EXPECT_EQ(fact->auid, kUnset);
  EXPECT_EQ(fact->session, kUnset);
}

// x86-64 tasks with a personality have per= between syscall= and success=.
TEST(FactOfExec, FieldsHaveNoFixedPlace) {
  std::string text = Syscall(7) + Record("EXECVE", 7, R"(argc=1 a0="ls")");
  text.replace(text.find(" success="), 1, " per=400000 ");
  EXPECT_EQ(OnlyFact(text)->kind, CallKind::kExec);
}

// Some collectors quote every value; where in its chunk a record stands must not matter.
TEST(FactOfExec, SuccessMayBeQuoted) {
  std::string text = Exec(7, 200, R"(argc=1 a0="ls")");
  text.replace(text.find("success=yes"), 11, R"(success="yes")");
  for (const std::string& log : {text, text + Exit(8, 200)})
    EXPECT_EQ(Assemble(log)->recorder.facts[0]->kind, CallKind::kExec);
  std::string failed = Exec(7, 200, R"(argc=1 a0="ls")");
  failed.replace(failed.find("success=yes"), 11, R"(success="no")");
  for (const std::string& log : {failed, failed + Exit(8, 200)})
    EXPECT_EQ(Assemble(log)->recorder.facts[0]->kind, CallKind::kSighting);
}

// The last record of a chunk is not read the fast way.
TEST(FactOfCall, DoesNotDependOnWhatFollows) {
  for (const SyscallText& call : {
           SyscallText{.tty = "\"pts0\""},
           SyscallText{.tty = "\"a b\""},
           SyscallText{.result = "success=\"yes\" exit=\"0\""},
           SyscallText{.args = "a0=\"1\" a1=2 a2=3 a3=\"4 5\""},
           SyscallText{.exe = "2F62", .tail = "UID=\"anna\""},
           SyscallText{.exe = "\"/b\"", .tail = "UID=anna"},
       }) {
    const auto alone = Assemble(Syscall(7, call));
    const auto followed = Assemble(Syscall(7, call) + Record("PROCTITLE", 7, "proctitle=\"ls\""));
    ASSERT_EQ(alone->recorder.log, followed->recorder.log) << Fields(call);
    ASSERT_EQ(alone->recorder.facts.size(), 1u) << Fields(call);
    EXPECT_EQ(alone->recorder.facts[0]->tty, followed->recorder.facts[0]->tty) << Fields(call);
    EXPECT_EQ(alone->recorder.facts[0]->user, followed->recorder.facts[0]->user) << Fields(call);
  }
}

// As of 2004.
TEST(FactOfExec, ParentMayBeUnknown) {
  const auto outcome = Assemble(
      Header("SYSCALL", 5) +
      "arch=40000003 syscall=11 success=yes exit=0 a0=9 a1=9 a2=9 a3=0 items=2 pid=700 auid=500 "
      "uid=501 gid=500 euid=500 suid=500 fsuid=500 egid=500 sgid=500 fsgid=500 comm=\"ls\" "
      "exe=\"/bin/ls\"\n" +
      Record("EXECVE", 5, R"(a0="ls" a1="-l")"));
  EXPECT_EQ(outcome->statistics.malformed, 0u);
  ASSERT_EQ(outcome->recorder.facts.size(), 1u);
  const OwnedFact& fact = *outcome->recorder.facts[0];
  EXPECT_EQ(fact.kind, CallKind::kExec);
  EXPECT_FALSE(fact.has_ppid);
  EXPECT_EQ(fact.uid, 501u);
  EXPECT_EQ(fact.command_line, "ls -l");
}

std::string InsertBeforeLineEnds(std::string_view text, std::string_view what) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += what;
    out += c;
  }
  return out;
}

TEST(Lines, MayEndInACarriageReturn) {
  const std::string log = Exec(7, 200, "argc=2 a0=\"ls\" a1=612062") +
                          Record("CWD", 7, "cwd=2F61") + Exec(8, 200, "argc=2 a0=\"ls\" a1=612062");
  for (const std::string& text :
       {InsertBeforeLineEnds(log, "\r"), OnNode("web1", InsertBeforeLineEnds(log, "\r"))}) {
    const auto outcome = Assemble(text);
    ASSERT_EQ(outcome->recorder.facts.size(), 2u);
    for (const auto& fact : outcome->recorder.facts) EXPECT_EQ(fact->command_line, "ls a b");
    EXPECT_EQ(outcome->recorder.facts[0]->cwd, "/a");
  }
}

TEST(Lines, MayBeginWithAByteOrderMark) {
  const auto outcome = Assemble("\xef\xbb\xbf" + Exit(7, 200) + Exit(8, 201));
  EXPECT_EQ(outcome->recorder.facts.size(), 2u);
  EXPECT_EQ(outcome->statistics.malformed, 0u);
}

TEST(Lines, ThatAusearchAddsAreNotMalformed) {
  const auto outcome = Assemble("----\ntime->Tue Nov 14 22:13:20 2023\n" +
                                Record("EXECVE", 7, R"(argc=1 a0="ls")") + Syscall(7));
  EXPECT_EQ(outcome->statistics.malformed, 0u);
  EXPECT_EQ(outcome->recorder.facts[0]->command_line, "ls");
}

TEST(Lines, MayHoldAllRecordsOfAnEvent) {
  std::string line = "2023 Nov 14 22:13:20 (web7) 203.0.113.7->/var/log/audit/audit.log";
  const std::string records =
      Exec(7, 200, R"(argc=2 a0="ls" a1=612062)") + Record("CWD", 7, R"(cwd="/")");
  for (std::string_view rest = records; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1))
    line += " " + std::string(rest.substr(0, rest.find('\n')));
  for (const std::string& log : {line + "\n", line + "\n" + Exit(8, 200)}) {
    const auto outcome = Assemble(log);
    EXPECT_EQ(outcome->recorder.facts[0]->kind, CallKind::kExec);
    EXPECT_EQ(outcome->recorder.facts[0]->command_line, "ls a b");
    EXPECT_EQ(outcome->recorder.facts[0]->cwd, "/");
  }
}

// Each form that is tolerated, within the message of a program that would like to be believed.
TEST(Lines, AreNotWhatAProgramSays) {
  std::string call = Syscall(9, {.pid = 666});
  call.pop_back();
  for (const std::string& forged :
       {" " + call, "' " + call, "'\t" + call, "'" + call, "'tag:" + call, "' node=db1 " + call,
        "' node=db1\t" + call, "\r" + call, "\xef\xbb\xbf" + call, "' ----" + call}) {
    for (const char* prefix : {"", "node=web1 ", "Nov 14 22:13:20 web1 audispd: "}) {
      const std::string text =
          prefix + Record("USER_CMD", 9, "pid=7 uid=0 auid=0 ses=1 msg='cmd=x" + forged + "'");
      for (const std::string& log : {text, text + prefix + Exit(10, 1)}) {
        const auto outcome = Assemble(log);
        EXPECT_EQ(outcome->recorder.facts[0]->kind, CallKind::kSighting) << log;
        EXPECT_EQ(outcome->recorder.facts[0]->pid, 7u) << log;
        EXPECT_EQ(outcome->recorder.nodes.size(), 1u) << log;
        EXPECT_NE(outcome->recorder.nodes[0], "db1") << log;
      }
    }
  }
}

TEST(FactOfExec, WithoutExecveRecordIsIncomplete) {
  const auto outcome = Assemble(Syscall(7) + Record("PROCTITLE", 7, "proctitle=\"ls\""));
  ASSERT_EQ(outcome->recorder.facts.size(), 1u);
  EXPECT_FALSE(outcome->recorder.facts[0]->complete);
  EXPECT_EQ(outcome->recorder.facts[0]->command_line, "");
  EXPECT_EQ(outcome->statistics.execs, 1u);
  EXPECT_EQ(outcome->statistics.incomplete, 1u);
}

TEST(FactOfExec, MissingArgumentsAreShown) {
  const std::string full(7400, 'x');
  const auto fact = OnlyFact(Exec(7, 200, "argc=3 a0=\"ls\" a1=\"" + full + "\""));
  ASSERT_NE(fact, nullptr);
  EXPECT_FALSE(fact->complete);
  EXPECT_EQ(fact->command_line, "ls " + full + "...");
}

// Kernels before 5.0 leave them out.
TEST(FactOfExec, AbsentArgumentsAreEmpty) {
  for (const auto& [execve, command_line] : {
           std::pair(R"(argc=4 a0="sh" a2="-c" a3="id")", "sh  -c id"),
           std::pair(R"(argc=3 a0="sh" a1="-c")", "sh -c "),
           std::pair(R"(argc=2 a1="x")", " x"),
           std::pair("argc=2", " "),
       }) {
    const auto outcome = Assemble(Exec(7, 200, execve));
    EXPECT_EQ(outcome->recorder.facts[0]->command_line, command_line) << execve;
    EXPECT_TRUE(outcome->recorder.facts[0]->complete) << execve;
    EXPECT_EQ(outcome->statistics.incomplete, 0u) << execve;
  }
  const std::string hostile = Exec(7, 200, R"(argc=4294967294 a0="x" a4294967293="y")");
  EXPECT_EQ(OnlyFact(hostile)->command_line, "x...") << "nobody's memory";
}

TEST(FactOfExec, PiecesOfTheArgumentsComeInAnyOrder) {
  std::vector<std::string> records = {
      Syscall(7), Record("EXECVE", 7, R"(argc=6 a0="cp" a1_len=8 a1[0]=6F6E)"),
      Record("EXECVE", 7, R"(  a1[1]=6531 a2="two")"),
      Record("EXECVE", 7, R"(  a3="three" a4="four")"), Record("EXECVE", 7, R"(  a5="five")")};
  std::sort(records.begin(), records.end());
  do {
    std::string text;
    for (const std::string& record : records) text += record;
    for (const size_t chunk_bytes : {size_t{1}, size_t{150}, size_t{1} << 20}) {
      const auto outcome = Assemble(text, chunk_bytes);
      ASSERT_EQ(outcome->recorder.facts.size(), 1u);
      EXPECT_EQ(outcome->recorder.facts[0]->command_line, "cp one1 two three four five") << text;
      EXPECT_TRUE(outcome->recorder.facts[0]->complete) << text;
      EXPECT_EQ(outcome->statistics.duplicates, 0u) << text;
    }
  } while (std::next_permutation(records.begin(), records.end()));
}

TEST(FactOfExec, LongCommandLinesAreCut) {
  AssemblerLimits limits;
  limits.max_command_line = 10;
  const auto outcome =
      Assemble(Exec(7, 200, R"(argc=2 a0="echo" a1="0123456789")"), 1 << 20, limits);
  ASSERT_EQ(outcome->recorder.facts.size(), 1u);
  EXPECT_EQ(outcome->recorder.facts[0]->command_line, "echo 01...");
  EXPECT_EQ(outcome->statistics.cut_command_lines, 1u);
}

// Its EXECVE record says so, whatever the number of the call.
TEST(FactOfExec, IsToldOnEveryArchitecture) {
  const std::string execve = Record("EXECVE", 7, R"(argc=2 a0="ls" a1="-l")");
  const std::string call = Syscall(7, {.arch = "c0000008", .number = 5057});
  for (const std::string& text : {call + execve, execve + call}) {
    const auto outcome = Assemble(text, 1);
    EXPECT_EQ(outcome->recorder.log[1], "exec node=0 serial=7 pid=200 [ls -l]");
    EXPECT_EQ(outcome->statistics.unknown_arch, 1u);
  }
  EXPECT_EQ(OnlyFact(call)->kind, CallKind::kSighting);
  const std::string failed =
      Syscall(7, {.arch = "c0000008", .number = 5057, .result = "success=no exit=-2"});
  EXPECT_EQ(OnlyFact(failed + execve)->kind, CallKind::kSighting);
}

struct EnrichedCase {
  const char* name;
  const char* tail;
  const char* user;
};

void PrintTo(const EnrichedCase& test, std::ostream* out) { *out << test.name; }
class Enriched : public testing::TestWithParam<EnrichedCase> {};
TEST_P(Enriched, GivesTheUser) {
  const auto fact = OnlyFact(Syscall(7, {.tail = GetParam().tail}));
  ASSERT_NE(fact, nullptr);
  EXPECT_EQ(fact->user, GetParam().user);
  EXPECT_EQ(fact->uid, 1001u);
}
INSTANTIATE_TEST_SUITE_P(
    Tails, Enriched,
    testing::Values(
        EnrichedCase{"Name",
                     "key=(null)\x1d"
                     "ARCH=x86_64 SYSCALL=execve AUID=\"alice\" UID=\"bob\" GID=\"g\"",
                     "bob"},
        EnrichedCase{"First", "key=\"k\"\x1dUID=\"bob\"", "bob"},
        EnrichedCase{"Unknown",
                     "key=(null)\x1d"
                     "AUID=\"unset\" UID=\"unknown(61234)\"",
                     ""},
        EnrichedCase{"Unset",
                     "key=(null)\x1d"
                     "AUID=\"alice\" UID=\"unset\"",
                     ""},
        EnrichedCase{"BlankSeparator",
                     "key=\"k\" ARCH=x86_64 SYSCALL=execve AUID=\"alice\" UID=\"bob\"", "bob"},
        EnrichedCase{"BlankSeparatorAfterNoKey",
                     "key=(null) ARCH=x86_64 SYSCALL=execve AUID=\"alice\" UID=\"bob\"", "bob"},
        EnrichedCase{"OctalSeparatorOfRsyslog",
                     "key=\"k\"#035ARCH=x86_64 SYSCALL=execve AUID=\"a\" UID=\"bob\"", "bob"},
        EnrichedCase{"NoSeparator",
                     "key=(null)ARCH=x86_64 SYSCALL=execve AUID=\"alice\" UID=\"bob\"", "bob"},
        EnrichedCase{"NoSeparatorAfterAKey",
                     "key=\"k\"ARCH=x86_64 SYSCALL=execve AUID=\"alice\" UID=\"bob\"", "bob"},
        EnrichedCase{"WithinAKey", "key=\"ARCH=x86_64 SYSCALL=execve AUID=x UID=eve\"", ""},
        EnrichedCase{"None", "key=(null)", ""}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(EnrichedUser, IsNotWhatAProgramSays) {
  for (const char* separator : {"\x1d", " ", "#035", ""}) {
    const auto fact = OnlyFact(Record(
        "USER_CMD", 7,
        "pid=1 uid=1001 auid=0 ses=1 msg='cmd=x' " + std::string(separator) +
            "ARCH=x86_64 SYSCALL=execve AUID=\"root\" UID=\"root\" exe=\"/x\" res=success'"));
    EXPECT_EQ(fact->user, "") << separator;
  }
  const auto fact = OnlyFact(Syscall(7, {.comm = "\"ARCH=x\\1dUID=eve\"", .exe = "\"/UID=eve\""}));
  EXPECT_EQ(fact->user, "");
}

struct KindCase {
  const char* name;
  SyscallText call;
  CallKind kind;
  uint32_t other_pid = 0;
  ForkResult fork_result = ForkResult::kProcess;
  ChildNamespace child_namespace = ChildNamespace::kSame;
  uint32_t wait_options = 0;
};

void PrintTo(const KindCase& test, std::ostream* out) { *out << test.name; }
class CallKinds : public testing::TestWithParam<KindCase> {};
TEST_P(CallKinds, AreTold) {
  const auto fact = OnlyFact(Syscall(7, GetParam().call));
  ASSERT_NE(fact, nullptr);
  EXPECT_EQ(fact->kind, GetParam().kind);
  EXPECT_EQ(fact->other_pid, GetParam().other_pid);
  EXPECT_EQ(fact->fork_result, GetParam().fork_result);
  EXPECT_EQ(fact->child_namespace, GetParam().child_namespace);
  EXPECT_EQ(fact->wait_options, GetParam().wait_options);
}

constexpr const char* kI386 = "40000003";
constexpr const char* kAarch64 = "c00000b7";
INSTANTIATE_TEST_SUITE_P(
    Calls, CallKinds,
    testing::Values(
        KindCase{"Fork", {.number = 57, .result = "success=yes exit=321"}, CallKind::kFork, 321},
        KindCase{"ThreadOnS390x",
                 {.arch = "80000016",
                  .number = 120,
                  .result = "success=yes exit=321",
                  .args = "a0=3ff7f a1=3d0f00 a2=0 a3=0"},
                 CallKind::kFork,
                 321,
                 ForkResult::kThread},
        KindCase{"ForkOnS390x",
                 {.arch = "80000016",
                  .number = 120,
                  .result = "success=yes exit=321",
                  .args = "a0=10000 a1=1200011 a2=0 a3=0"},
                 CallKind::kFork,
                 321},
        KindCase{"VforkI386",
                 {.arch = kI386, .number = 190, .result = "success=yes exit=321"},
                 CallKind::kFork,
                 321},
        KindCase{
            "CloneProcess",
            {.number = 56, .result = "success=yes exit=321", .args = "a0=1200011 a1=0 a2=0 a3=7f"},
            CallKind::kFork,
            321},
        KindCase{
            "CloneThread",
            {.number = 56, .result = "success=yes exit=321", .args = "a0=3d0f00 a1=0 a2=0 a3=7f"},
            CallKind::kFork,
            321,
            ForkResult::kThread},
        KindCase{"CloneNamespaceAarch64",
                 {.arch = kAarch64,
                  .number = 220,
                  .result = "success=yes exit=321",
                  .args = "a0=20000011 a1=0 a2=0 a3=7f"},
                 CallKind::kFork,
                 321,
                 ForkResult::kProcess,
                 ChildNamespace::kNew},
        KindCase{"Clone3",
                 {.number = 435, .result = "success=yes exit=321"},
                 CallKind::kFork,
                 321,
                 ForkResult::kUnknown},
        KindCase{
            "ForkFailed", {.number = 57, .result = "success=no exit=-11"}, CallKind::kSighting},
        KindCase{"ExecFailed", {.number = 59, .result = "success=no exit=-2"}, CallKind::kSighting},
        KindCase{"Execveat", {.number = 322}, CallKind::kExec},
        KindCase{"ExecX32", {.number = 0x40000000 + 520}, CallKind::kExec},
        KindCase{"NotExecInX32", {.number = 0x40000000 + 59}, CallKind::kSighting},
        KindCase{"Exit", {.number = 60, .result = ""}, CallKind::kThreadExit},
        KindCase{"ExitGroup", {.number = 231, .result = ""}, CallKind::kExit},
        KindCase{
            "ExitGroupAarch64", {.arch = kAarch64, .number = 94, .result = ""}, CallKind::kExit},
        KindCase{
            "Wait",
            {.number = 61, .result = "success=yes exit=321", .args = "a0=ffffffff a1=7f a2=a a3=0"},
            CallKind::kReap,
            321,
            ForkResult::kProcess,
            ChildNamespace::kSame,
            10},
        KindCase{
            "WaitNothing", {.number = 61, .result = "success=yes exit=0"}, CallKind::kSighting},
        KindCase{"Unshare",
                 {.number = 272, .args = "a0=20000000 a1=0 a2=0 a3=0"},
                 CallKind::kNamespaces,
                 0,
                 ForkResult::kProcess,
                 ChildNamespace::kNew},
        KindCase{"UnshareMounts",
                 {.number = 272, .args = "a0=20000 a1=0 a2=0 a3=0"},
                 CallKind::kSighting},
        KindCase{"SetnsAny",
                 {.number = 308, .args = "a0=3 a1=0 a2=0 a3=0"},
                 CallKind::kNamespaces,
                 0,
                 ForkResult::kProcess,
                 ChildNamespace::kUnknown},
        KindCase{
            "SetnsMounts", {.number = 308, .args = "a0=3 a1=20000 a2=0 a3=0"}, CallKind::kSighting},
        KindCase{"KillWithoutTarget",
                 {.number = 62, .args = "a0=141 a1=9 a2=0 a3=0"},
                 CallKind::kSighting},
        KindCase{"Open", {.number = 257, .result = "success=yes exit=3"}, CallKind::kSighting},
        KindCase{"OtherArchitecture", {.arch = "c0000008", .number = 11}, CallKind::kSighting}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(KillFact, NamesEachTargetOnce) {
  const auto outcome =
      Assemble(Syscall(7, {.number = 62, .args = "a0=ffffff85 a1=9 a2=0 a3=0"}) +
               Record("OBJ_PID", 7, R"(opid=301 oauid=-1 ouid=0 oses=-1 ocomm="a")") +
               Record("OBJ_PID", 7, R"(opid=302 oauid=-1 ouid=0 oses=-1 ocomm="b")") +
               Record("OBJ_PID", 7, R"(opid=301 oauid=-1 ouid=0 oses=-1 ocomm="a")"));
  EXPECT_THAT(outcome->recorder.log,
              testing::ElementsAre("node 0 ''", "kill node=0 serial=7 pid=200 other=301",
                                   "kill node=0 serial=7 pid=200 other=302"));
}

TEST(KillFact, SignalNumberIsTheThirdArgumentOfTgkill) {
  const std::string target = Record("OBJ_PID", 7, "opid=301");
  EXPECT_EQ(OnlyFact(Syscall(7, {.number = 234, .args = "a0=1 a1=2 a2=9 a3=0"}) + target)->kind,
            CallKind::kKill);
  EXPECT_EQ(OnlyFact(Syscall(7, {.number = 234, .args = "a0=1 a1=9 a2=6 a3=0"}) + target)->kind,
            CallKind::kSighting);
}

TEST(KillFact, OtherSignalsAreSightings) {
  EXPECT_EQ(OnlyFact(Syscall(7, {.number = 62, .args = "a0=1 a1=f a2=0 a3=0"}) +
                     Record("OBJ_PID", 7, "opid=301"))
                ->kind,
            CallKind::kSighting);
}

TEST(AbendFact, HasNoParent) {
  const auto fact = OnlyFact(Record(
      "ANOM_ABEND", 7,
      R"(auid=1000 uid=1001 gid=1002 ses=3 subj=unconfined pid=200 comm="crash" exe="/bin/crash" sig=11 res=1)"));
  ASSERT_NE(fact, nullptr);
  EXPECT_EQ(fact->kind, CallKind::kAbend);
  EXPECT_EQ(fact->pid, 200u);
  EXPECT_FALSE(fact->has_ppid);
  EXPECT_TRUE(fact->has_ids);
  EXPECT_EQ(fact->exe, "/bin/crash");
}

TEST(SubjectFact, UserMessagesNameTheirSender) {
  const auto fact = OnlyFact(
      Record("USER_ACCT", 7,
             "pid=200 uid=0 auid=4294967295 ses=4294967295 subj=unconfined msg='op=PAM:accounting "
             "acct=\"x\" exe=\"/forged\" pid=1 uid=5 res=success'\x1dUID=\"root\" AUID=\"unset\""));
  ASSERT_NE(fact, nullptr);
  EXPECT_EQ(fact->kind, CallKind::kSighting);
  EXPECT_EQ(fact->pid, 200u);
  EXPECT_EQ(fact->uid, 0u);
  EXPECT_TRUE(fact->has_ids);
  EXPECT_FALSE(fact->has_ppid);
  EXPECT_EQ(fact->exe, "");
  EXPECT_EQ(fact->user, "root");
}

TEST(SubjectFact, LoginGivesTheNewIds) {
  const auto fact = OnlyFact(Record("LOGIN", 7,
                                    "pid=200 uid=0 old-auid=4294967295 auid=1000 tty=(none) "
                                    "old-ses=4294967295 ses=3 res=1"));
  ASSERT_NE(fact, nullptr);
  EXPECT_EQ(fact->auid, 1000u);
  EXPECT_EQ(fact->session, 3u);
}

// The first record of an event is not always the SYSCALL record.
TEST(SubjectFact, SyscallRecordKnowsBetter) {
  const auto fact = OnlyFact(Record("AVC", 7, R"(avc:  denied  { read } for  pid=999 comm="x")") +
                             Record("LOGIN", 7, "pid=200 uid=0 auid=5 ses=6 res=1") +
                             Syscall(7, {.number = 1, .result = "success=yes exit=4"}));
  ASSERT_NE(fact, nullptr);
  EXPECT_EQ(fact->pid, 200u);
  EXPECT_EQ(fact->uid, 1001u);
  EXPECT_TRUE(fact->has_ppid);
}

TEST(Unlinked, SuffixOfTheKernelIsMarked) {
  const auto fact = OnlyFact(Syscall(7, {.exe = "2F746D702F78202864656C6574656429"}) +
                             Record("PATH", 7, R"(item=0 name="/proc/self/fd/3" inode=1)"));
  ASSERT_NE(fact, nullptr);
  EXPECT_EQ(fact->exe, "/tmp/x (deleted)");
  EXPECT_TRUE(fact->exe_is_unlinked);
}

TEST(Unlinked, SuffixOfTheNameIsPartOfIt) {
  const std::string syscall = Syscall(7, {.exe = "2F746D702F78202864656C6574656429"});
  EXPECT_FALSE(
      OnlyFact(syscall + Record("PATH", 7, "item=0 name=2F746D702F78202864656C6574656429 inode=1"))
          ->exe_is_unlinked);
  EXPECT_FALSE(
      OnlyFact(syscall + Record("PATH", 7, "item=0 name=2E2F78202864656C6574656429 inode=1"))
          ->exe_is_unlinked)
      << "./x (deleted)";
}

TEST(Unlinked, EndOfAnotherNameIsNotEnough) {
  EXPECT_TRUE(OnlyFact(Syscall(7, {.exe = "2F746D702F78202864656C6574656429"}) +
                       Record("PATH", 7, "item=0 name=202864656C6574656429 inode=1"))
                  ->exe_is_unlinked);
}

TEST(KernelLog, GivesTheSameFacts) {
  std::string text;
  for (const auto& [type, fields] : std::vector<std::pair<std::string, std::string>>{
           {"1300", Fields({})}, {"1309", R"(argc=1 a0="ls")"}, {"1320", ""}}) {
    text += "Nov 23 16:59:04 vm kernel: [   12.345678] audit: type=" + type +
            " audit(1700000000.000:7): " + fields + "\n";
  }
  const auto fact = OnlyFact(text);
  ASSERT_NE(fact, nullptr);
  EXPECT_EQ(fact->kind, CallKind::kExec);
  EXPECT_EQ(fact->command_line, "ls");
}

TEST(Statistics, CountRecordsByKind) {
  const auto outcome =
      Assemble(Syscall(7) + Record("EXECVE", 7, R"(argc=1 a0="ls")") +
               Record("DAEMON_ROTATE", 9999, "op=rotate-logs") + Record("NEWS", 8, "x=1") +
               Record("UNKNOWN[1999]", 9, "x=1") + Record("CONFIG_CHANGE", 10, "op=set") + "\n" +
               Record("SYSCALL", 11, Fields({.arch = "c0000008"})));
  const AuditStatistics& statistics = outcome->statistics;
  EXPECT_EQ(statistics.Count(RecordKind::kSyscall), 2u);
  EXPECT_EQ(statistics.Count(RecordKind::kExecve), 1u);
  EXPECT_EQ(statistics.Count(RecordKind::kDaemon), 1u);
  EXPECT_EQ(statistics.Count(RecordKind::kUnknown), 2u);
  EXPECT_EQ(statistics.Count(RecordKind::kOther), 1u);
  EXPECT_EQ(statistics.unknown_arch, 1u);
  EXPECT_EQ(statistics.malformed, 0u);
  EXPECT_EQ(statistics.lines, 8u);
}

TEST(Statistics, QuoteTheFirstMalformedLines) {
  Recorder recorder;
  EventAssembler assembler(recorder);
  const auto first = File("audit.log.1");
  const auto second = File("audit.log");
  assembler.Add(Parse(Syscall(1) + "garbage\n", first));
  assembler.Add(Parse(Syscall(2) + std::string(1000, 'x') + "\n", first));
  assembler.Add(Parse(
      Syscall(3) + Syscall(4) + "type=SYSCALL msg=audit(1700000000.000:5): arch=c0000", second));
  assembler.Finish();
  const AuditStatistics& statistics = assembler.statistics();
  EXPECT_EQ(statistics.malformed, 3u);
  ASSERT_EQ(statistics.malformed_quotes.size(), 3u);
  EXPECT_EQ(statistics.malformed_quotes[0].file, "audit.log.1");
  EXPECT_EQ(statistics.malformed_quotes[0].line, 2u);
  EXPECT_EQ(statistics.malformed_quotes[0].text, "garbage");
  EXPECT_EQ(statistics.malformed_quotes[1].line, 4u);
  EXPECT_EQ(statistics.malformed_quotes[1].text.size(), QuotedLines::kQuotedBytes);
  EXPECT_EQ(statistics.malformed_quotes[2].file, "audit.log");
  EXPECT_EQ(statistics.malformed_quotes[2].line, 3u);
  EXPECT_EQ(recorder.facts.size(), 4u);
}

// What one line of a file has become may be parted between two chunks.
TEST(Statistics, QuoteLinesByTheirNumbersInTheFile) {
  Recorder recorder;
  EventAssembler assembler(recorder);
  const auto file = File("events.json");
  assembler.Add(Parse(Syscall(1) + Syscall(2) + kSameLine + Record("EXECVE", 2, "argc=0"), file));
  assembler.Add(Parse(kSameLine + std::string("garbage\n") + Syscall(3) + "\ngarbage\n", file));
  assembler.Finish();
  const AuditStatistics& statistics = assembler.statistics();
  ASSERT_EQ(statistics.malformed_quotes.size(), 2u);
  EXPECT_EQ(statistics.malformed_quotes[0].line, 2u);
  EXPECT_EQ(statistics.malformed_quotes[1].line, 5u);
  EXPECT_EQ(statistics.lines, 5u);
  EXPECT_EQ(recorder.facts.size(), 3u);
}

TEST(Statistics, QuoteTheFirstRecordsOfUnknownTypes) {
  Recorder recorder;
  EventAssembler assembler(recorder);
  const std::string record = "type=UNKNOWN[4242] msg=audit(1700000000.000:2): what=is_this";
  std::string text = Syscall(1);
  for (int i = 0; i < 7; ++i) text += record + "\n";
  assembler.Add(Parse(text, File("audit.log")));
  assembler.Finish();
  const AuditStatistics& statistics = assembler.statistics();
  EXPECT_EQ(statistics.Count(RecordKind::kUnknown), 7u);
  ASSERT_EQ(statistics.unknown_type_quotes.size(), QuotedLines::kMaxQuotes);
  EXPECT_EQ(statistics.unknown_type_quotes[0].file, "audit.log");
  EXPECT_EQ(statistics.unknown_type_quotes[0].line, 2u);
  EXPECT_EQ(statistics.unknown_type_quotes[0].text, record);
  EXPECT_EQ(statistics.unknown_type_quotes[4].line, 6u);
}

class BadSyscall : public testing::TestWithParam<SyscallText> {};
TEST_P(BadSyscall, IsMalformed) {
  const auto outcome = Assemble(Syscall(7, GetParam()));
  EXPECT_EQ(outcome->statistics.malformed, 1u);
  EXPECT_EQ(outcome->statistics.Count(RecordKind::kSyscall), 0u);
  EXPECT_TRUE(outcome->recorder.facts.empty());
}
TEST(Lines, MayEndBehindTheStamp) {
  const std::string header = Header("SYSCALL", 7);
  for (const char* prefix : {"", "node=web1 ", "Nov 14 22:13:20 web1 audispd: "}) {
    for (const std::string& end : {std::string(), Exit(8, 200)}) {
      const auto outcome = Assemble(prefix + header + "\n" + end);
      EXPECT_EQ(outcome->statistics.malformed, 1u);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Fields, BadSyscall,
                         testing::Values(SyscallText{.arch = "xyz"}, SyscallText{.arch = ""},
                                         SyscallText{.result = "success=yes exit=12x"},
                                         SyscallText{.args = "a0=10000000000000000 a1=0 a2=0 a3=0"},
                                         SyscallText{.comm = "\"ls", .exe = "/x", .tail = ""},
                                         SyscallText{.exe = "\"/usr/bin/ls", .tail = ""}));

}  // namespace
}  // namespace pidigree::audit_test
