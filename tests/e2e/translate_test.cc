#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/read_file.h"
#include "tests/e2e/exec_log.h"
#include "tests/e2e/program.h"
#include "tests/support/gzip.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Pages of the program's and its libraries' files, which count as resident.
constexpr size_t kProgramBytes = size_t{10} << 20;

size_t Lines(std::string_view text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

// The number behind `label` in a summary.
uint64_t Count(std::string_view summary, std::string_view label) {
  const size_t at = summary.find(label);
  return at == summary.npos ? 0 : std::strtoull(summary.data() + at + label.size(), nullptr, 10);
}

// The same records, of another host.
std::string OnNode(const std::string& node, std::string_view records) {
  std::string text;
  while (!records.empty()) {
    const size_t size = records.find('\n') + 1;
    text.append("node=").append(node).append(" ").append(records.substr(0, size));
    records.remove_prefix(size);
  }
  return text;
}

class TranslateTest : public testing::Test {
 protected:
  ProgramResult Translate(std::vector<std::string> args, const ProgramInput& input = {}) const {
    args.insert(args.begin(), "translate");
    return RunPidigree(args, input);
  }
  // The events of `log`, in a file alone.
  std::string Expected(const std::string& log) const {
    return Translate({"--node", "h", dir_.Write("expected.log", log)}).out;
  }

  const TempDir dir_;
};

TEST_F(TranslateTest, WritesEventsToStandardOutputAndASummaryToStandardError) {
  const ProgramResult result = Translate({"--node", "h", dir_.Write("log", Execs(3))});
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(result.out, StartsWith("<Event>"));
  EXPECT_THAT(result.out, HasSubstr(Image("prog")));
  EXPECT_THAT(result.err, HasSubstr("  ProcessCreate: "));
  EXPECT_THAT(result.err, HasSubstr("read: 9 records of 3 audit events\n"));
  EXPECT_THAT(result.err, Not(HasSubstr("\r")));  // progress is for terminals
}

TEST_F(TranslateTest, WritesJson) {
  const ProgramResult result =
      Translate({"--node", "h", "--format", "json", dir_.Write("log", Execs(1))});
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(result.out, StartsWith("{\"Event\":{"));
  EXPECT_THAT(result.out, HasSubstr("\"Image\":\"/usr/bin/prog\""));
}

TEST_F(TranslateTest, WritesToAFile) {
  const std::string log = dir_.Write("log", Execs(3));
  const ProgramResult result = Translate({"--node", "h", "--output", dir_.Path("out"), log});
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(*ReadFile(dir_.Path("out"), 1 << 20), Expected(Execs(3)));
}

// However the same bytes come, the output is the same: rotated, packed, in any order, by a pipe.
TEST_F(TranslateTest, TheWayInDoesNotMatter) {
  const std::string log = Execs(3000);
  const std::string expected = Expected(log);
  ASSERT_GE(Lines(expected), 3000u);
  const size_t a = log.size() / 3 + 7;  // in the middle of lines and of events
  const size_t b = log.find('\n', 2 * a) + 1;
  const size_t line = log.rfind('\n', a) + 1;
  const std::string oldest = dir_.Write("audit.log.10.gz", Gzip(log.substr(0, line)));
  const std::string middle = dir_.Write("audit.log.9", log.substr(line, b - line));
  const std::string newest = dir_.Write("audit.log", log.substr(b));
  EXPECT_EQ(Translate({"--node", "h", newest, middle, oldest}).out, expected);
  EXPECT_EQ(Translate({"--node", "h", middle, oldest, newest}).out, expected);

  const UniqueFd file(open(dir_.Write("all", log).c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(Translate({"--node", "h"}, {.stdin_fd = file.get()}).out, expected);
  FILE* pipe = popen(("cat " + dir_.Write("all.gz", Gzip(log))).c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  EXPECT_EQ(Translate({"--node", "h", "-"}, {.stdin_fd = fileno(pipe)}).out, expected);
  pclose(pipe);
}

TEST_F(TranslateTest, TakesAPipeForNobodysLog) {
  const std::string log = dir_.Write("log", Execs(1));
  for (const char* path : {"/dev/stdin", "/proc/self/fd/0"}) {
    FILE* pipe = popen(("cat " + log).c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    const ProgramResult result = Translate({path}, {.stdin_fd = fileno(pipe)});
    pclose(pipe);
    EXPECT_THAT(result.out, HasSubstr("<Computer>unknown</Computer>"));
    EXPECT_THAT(result.out, Not(HasSubstr("<Data Name=\"User\">root</Data>")));
  }
}

// A program for which the test's directory is the one where auditd of this machine writes.
class OwnLogs : public TranslateTest {
 protected:
  void SetUp() override { dir_.Write("audit.log", Execs(1)); }

  ProgramResult TranslateOwn(const std::vector<std::string>& args) const {
    return Translate(args, {.in_child = [own = dir_.Path(".")] {
                       const int flags = CLONE_NEWNS | (geteuid() == 0 ? 0 : CLONE_NEWUSER);
                       if (unshare(flags) != 0 ||
                           mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                           mount("tmpfs", "/var/log", "tmpfs", 0, nullptr) != 0 ||
                           mkdir("/var/log/audit", 0755) != 0 ||
                           mount(own.c_str(), "/var/log/audit", nullptr, MS_BIND, nullptr) != 0)
                         _exit(125);
                     }});
  }
};

constexpr char kOwnLog[] = "/var/log/audit/audit.log";
const auto kNamesUsers = HasSubstr("<Data Name=\"User\">root</Data>");

TEST_F(OwnLogs, HaveTheNamesOfThisMachine) {
  const ProgramResult result = TranslateOwn({kOwnLog});
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(result.out, kNamesUsers);
  EXPECT_THAT(result.out, Not(HasSubstr("<Computer>unknown</Computer>")));
}

TEST_F(OwnLogs, AreAnotherHostsWhereNodeSaysSo) {
  const std::string log = kOwnLog;
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{"--node", "web1", log}, {"--node", "web1=" + log}}) {
    const ProgramResult result = TranslateOwn(args);
    EXPECT_EQ(result.exit_status, 0);
    EXPECT_THAT(result.out, HasSubstr("<Computer>web1</Computer>"));
    EXPECT_THAT(result.out, HasSubstr("<Data Name=\"User\">0</Data>"));
    EXPECT_THAT(result.out, Not(kNamesUsers));
  }
}

TEST_F(OwnLogs, AreNotKnownByNameAlone) {
  const std::string copy = dir_.Write("copy.log", Execs(2));
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{copy}, {kOwnLog, copy}, {"/var/log/audit/../../.." + copy}})
    EXPECT_THAT(TranslateOwn(args).out, Not(kNamesUsers));
}

TEST_F(TranslateTest, NamesTheHostsOfFiles) {
  const std::string a = dir_.Write("a.log", Execs(2));
  const std::string b = dir_.Write("b.log", Execs(2));
  const ProgramResult result =
      Translate({"--node", "web1=" + a, "--node", "web2=" + b, "--format", "json"});
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(result.out, HasSubstr("\"Computer\":\"web1\""));
  EXPECT_THAT(result.out, HasSubstr("\"Computer\":\"web2\""));
  EXPECT_THAT(result.err, HasSubstr(" of 4 audit events"));
  for (const char* wrong : {"=x", "web1=", "="})
    EXPECT_EQ(Translate({"--node", wrong, a}).exit_status, 2) << wrong;
  EXPECT_EQ(Translate({"--node", "web1", "--node", "web2", a}).exit_status, 2);
}

TEST_F(TranslateTest, SaysWhichRuleIsMissing) {
  const std::string log =
      dir_.Write("log",
                 "type=USER_CMD msg=audit(1700000000.000:7): pid=7 uid=0 auid=0 "
                 "ses=1 msg='cmd=x'\n");
  const ProgramResult result = Translate({"--node", "h", log});
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(result.err, HasSubstr("the rule '-a always,exit -F arch=b64 -S execve,execveat'"));
  EXPECT_THAT(Translate({"--node", "h", dir_.Write("log", Execs(1))}).err,
              Not(HasSubstr("execveat")));
}

TEST_F(TranslateTest, NamesWhatCannotBeRead) {
  const std::string text =
      dir_.Write("text", "Nov 14 22:13:20 web7 audit[700]: SYSCALL arch=c000003e syscall=59\n");
  const std::string raw = dir_.Write("raw", Execs(1));
  const ProgramResult result = Translate({"--node", "h", text, raw});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_THAT(result.err, HasSubstr(text + " is what journalctl prints for people"));
  EXPECT_EQ(result.out, Expected(Execs(1)));
}

TEST_F(TranslateTest, OneCpuWritesTheSameAsSeveral) {
  std::string log = Execs(8000);
  const std::string path = dir_.Write("log", log);
  const auto pin = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(sched_getcpu()), &set);
    sched_setaffinity(0, sizeof set, &set);
  };
  const ProgramResult one = Translate({"--node", "h", path}, {.in_child = pin});
  EXPECT_EQ(one.exit_status, 0);
  EXPECT_EQ(Translate({"--node", "h", path}).out, one.out);
}

TEST_F(TranslateTest, FollowsAGrowingStandardInput) {
  Conversation translate({"translate", "--node", "h", "-"});
  // The third event shows that the second is whole, and that is beyond the look-ahead of the first
  // by the log's own clock.
  translate.Write(Exec(kLogStart, 1, 100, "first") + Exec(kLogStart + 60, 2, 101, "second"));
  translate.Write(Exec(kLogStart + 61, 3, 102, "third"));
  EXPECT_TRUE(translate.ReadUntil(Image("first")));
  translate.Write(Exec(kLogStart + 120, 4, 103, "fourth") + Exec(kLogStart + 121, 5, 104, "fifth"));
  EXPECT_TRUE(translate.ReadUntil(Image("second")));
  const ProgramResult result = translate.Finish();
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(result.out, HasSubstr(Image("fifth")));
}

TEST_F(TranslateTest, EndsCleanlyWhenToldToWhileItReadsStandardInput) {
  Conversation translate({"translate", "--node", "h", "-"});
  translate.Write(Exec(kLogStart, 1, 100, "first") + Exec(kLogStart + 60, 2, 101, "second") +
                  Exec(kLogStart + 61, 3, 102, "third"));
  ASSERT_TRUE(translate.ReadUntil(Image("first")));
  translate.Write(Exec(kLogStart + 120, 4, 103, "fourth"));
  translate.Signal(SIGTERM);
  const ProgramResult result = translate.Finish(false);
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(result.out, HasSubstr(Image("fourth")));
  EXPECT_THAT(result.err, HasSubstr("events written:"));
}

TEST_F(TranslateTest, NamesAFileThatIsNotThereAndTranslatesTheRest) {
  const ProgramResult result =
      Translate({"--node", "h", dir_.Path("none"), dir_.Path("."), dir_.Write("log", Execs(2))});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_EQ(result.out, Expected(Execs(2)));
  EXPECT_THAT(result.err, HasSubstr("open " + dir_.Path("none") + ": No such file or directory\n"));
  EXPECT_THAT(result.err, HasSubstr(dir_.Path(".") + " is a directory, not a log\n"));
}

TEST_F(TranslateTest, NamesAFileThatItMayNotRead) {
  chmod(dir_.Path(".").c_str(), 0755);
  const std::string secret = dir_.Write("secret", Execs(1));
  chmod(secret.c_str(), 0);
  const auto become_nobody = [] {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(125);
  };
  const ProgramResult result =
      Translate({"--node", "h", secret, dir_.Write("log", Execs(2))}, {.in_child = become_nobody});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_GT(Lines(result.out), 1u);
  EXPECT_THAT(result.err, HasSubstr("open " + secret + ": Permission denied\n"));
}

TEST_F(TranslateTest, UsesWhatComesBeforeTheCutInAGzip) {
  const std::string log = Execs(50);
  const std::string gz = Gzip(log) + Gzip(Execs(60));
  const std::string path = dir_.Write("log.gz", gz.substr(0, gz.size() - 9));
  const ProgramResult result = Translate({"--node", "h", path});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_GE(Lines(result.out), 50u);
  EXPECT_THAT(result.err,
              HasSubstr(path + ": gzip data is cut off at byte " + std::to_string(gz.size() - 9)));
}

TEST_F(TranslateTest, ABinaryFileIsMalformedLines) {
  std::mt19937 random(1);
  std::string bytes(1 << 20, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  const std::string path = dir_.Write("binary", bytes);
  const ProgramResult result = Translate({"--node", "h", path, dir_.Write("log", Execs(2))});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_EQ(result.out, Expected(Execs(2)));
  EXPECT_THAT(result.err, HasSubstr("pidigree: " + path + " holds no audit record\n"));
  EXPECT_THAT(result.err, HasSubstr("malformed lines, skipped: "));
  EXPECT_THAT(result.err, Not(HasSubstr("\033")));
}

TEST_F(TranslateTest, ALogOfGarbageFailsAndIsQuotedWithItsLines) {
  const std::string path = dir_.Write("log", "first \033[31m\nsecond\n\nfourth\n");
  const ProgramResult result = Translate({"--node", "h", path});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("malformed lines, skipped: 3\n"));
  EXPECT_THAT(result.err, HasSubstr(path + ":1: first \\x1b[31m\n"));
  EXPECT_THAT(result.err, HasSubstr(path + ":4: fourth\n"));
}

TEST_F(TranslateTest, MalformedRecordsAndATornLastLineAreCountedOnly) {
  const std::string path = dir_.Write("log", "garbage\n" + Execs(2) + "type=SYSCALL msg=aud");
  const ProgramResult result = Translate({"--node", "h", path});
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_EQ(result.out, Expected(Execs(2)));
  EXPECT_THAT(result.err, HasSubstr("malformed lines, skipped: 2\n"));
  EXPECT_THAT(result.err, HasSubstr(path + ":8: type=SYSCALL msg=aud\n"));
}

TEST_F(TranslateTest, RecordsOfUnknownTypesAreCountedAndQuoted) {
  const std::string path =
      dir_.Write("log", "type=FUTURE msg=audit(1700000000.000:9): what=new\n" + Execs(1));
  const ProgramResult result = Translate({"--node", "h", path});
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(result.err, HasSubstr("records of unknown types: 1\n    " + path +
                                    ":1: type=FUTURE msg=audit(1700000000.000:9): what=new\n"));
}

// getrusage(2): the peak of a child begins with what its parent has. ctest runs these in a process
// of their own, which has little.
class TranslateMemory : public TranslateTest {};

TEST_F(TranslateMemory, ALineWithoutEndCostsNoMemory) {
  FILE* zeros = popen("head -c 1G /dev/zero", "r");
  ASSERT_NE(zeros, nullptr);
  const ProgramResult result = Translate({"-"}, {.stdin_fd = fileno(zeros)});
  pclose(zeros);
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_THAT(result.err, HasSubstr("lines too long, dropped: 1\n"));
  EXPECT_THAT(result.err, HasSubstr("standard input: 1073741824 bytes at offset 0\n"));
  EXPECT_THAT(result.err, HasSubstr("standard input holds no audit record\n"));
  if (std::string_view(PIDIGREE_SANITIZED).empty()) {
    EXPECT_LT(result.max_resident_bytes, size_t{32} << 20);
  }
}

TEST_F(TranslateMemory, MemoryDoesNotGrowWithTheLog) {
  if (!std::string_view(PIDIGREE_SANITIZED).empty())
    GTEST_SKIP() << "sanitizers have memory of their own";
  // The same hundred processes, again and again.
  std::ofstream log(dir_.Path("log"));  // not a string: a child's peak begins with ours
  for (int i = 0; i < 100'000; ++i) log << Exec(kLogStart + i, 100 + i, 1000 + i % 100, "prog");
  log.close();
  const ProgramResult result =
      Translate({"--node", "h", "--output", "/dev/null", dir_.Path("log")});
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_LT(result.max_resident_bytes, size_t{64} << 20);
}

// With execve records only nothing says that a process has ended.
TEST_F(TranslateMemory, StaysWithinMaxMemoryAndCountsWhatItForgets) {
  if (!std::string_view(PIDIGREE_SANITIZED).empty())
    GTEST_SKIP() << "sanitizers have memory of their own";
  constexpr int kProcesses = 150'000;
  for (const int nodes : {1, 3000, 60'000}) {
    std::ofstream log(dir_.Path("log"));  // not a string: a child's peak begins with ours
    for (int i = 0; i < kProcesses; ++i)
      log << OnNode("host" + std::to_string(i % nodes),
                    Exec(kLogStart + i / 2000, 100 + i / nodes, 1000 + i, "prog"));
    log.close();
    const ProgramResult result =
        Translate({"--max-memory", "64M", "--output", "/dev/null", dir_.Path("log")});
    EXPECT_EQ(result.exit_status, 0);
    EXPECT_LT(result.max_resident_bytes, (size_t{64} << 20) + kProgramBytes) << nodes;
    // Each process was either forgotten, and counted, or is still known.
    const uint64_t forgotten = Count(result.err, "processes forgotten to save memory: ");
    const uint64_t open = Count(result.err, "processes that may live on after the log: ");
    EXPECT_GT(forgotten, uint64_t{kProcesses} / 4);
    EXPECT_EQ(forgotten + open, Count(result.err, "  ProcessCreate: "));
  }
}

TEST_F(TranslateTest, EndsQuietlyWhenNobodyReadsItsOutput) {
  const std::string path = dir_.Write("log", Execs(3000));
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  close(ends[0]);
  const UniqueFd out(ends[1]);
  const ProgramResult killed = Translate({"--node", "h", path}, {.stdout_fd = out.get()});
  EXPECT_EQ(killed.exit_status, 128 + SIGPIPE);
  EXPECT_EQ(killed.err, "");
  const ProgramResult told =
      Translate({"--node", "h", path},
                {.stdout_fd = out.get(), .in_child = [] { std::signal(SIGPIPE, SIG_IGN); }});
  EXPECT_EQ(told.exit_status, 1);
  EXPECT_EQ(told.err, "pidigree: write to standard output: Broken pipe\n");
}

TEST_F(TranslateTest, SaysThatTheDiskIsFull) {
  const std::string path = dir_.Write("log", Execs(30));
  const ProgramResult result = Translate({"--node", "h", "--output", "/dev/full", path});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_THAT(result.err, HasSubstr("write to /dev/full: No space left on device\n"));
}

TEST_F(TranslateTest, RefusesToWriteOverItsInput) {
  const std::string path = dir_.Write("log", Execs(3));
  const std::string link = dir_.Path("link");
  ASSERT_EQ(symlink(path.c_str(), link.c_str()), 0);
  const ProgramResult result = Translate({"--output", link, path});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_THAT(result.err, HasSubstr("output " + link + " is also an input: " + path + "\n"));
  EXPECT_EQ(*ReadFile(path, 1 << 20), Execs(3));
}

TEST_F(TranslateTest, NamesUsersByAPasswdFile) {
  const std::string passwd =
      dir_.Write("passwd", "operator:x:5:0::/:/bin/sh\ntoor:x:0:0:root:/root:/bin/sh\n");
  const ProgramResult result =
      Translate({"--node", "h", "--passwd", passwd, dir_.Write("log", Execs(1))});
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(result.out, HasSubstr("<Data Name=\"User\">toor</Data>"));
  EXPECT_THAT(Expected(Execs(1)), HasSubstr("<Data Name=\"User\">0</Data>"));
}

TEST_F(TranslateTest, RefusesAPasswdFileThatNamesNobody) {
  const std::string log = dir_.Write("log", Execs(1));
  const ProgramResult none = Translate({"--passwd", dir_.Path("none"), log});
  EXPECT_EQ(none.exit_status, 1);
  EXPECT_EQ(none.out, "");
  EXPECT_EQ(none.err, "pidigree: open " + dir_.Path("none") + ": No such file or directory\n");
  const ProgramResult wrong = Translate({"--passwd", log, log});
  EXPECT_EQ(wrong.exit_status, 1);
  EXPECT_EQ(wrong.out, "");
  EXPECT_EQ(wrong.err, "pidigree: " + log + " has no line like those of /etc/passwd\n");
}

TEST_F(TranslateTest, WritesWhatTheConfigurationAsksFor) {
  const std::string log =
      dir_.Write("log", Exec(kLogStart, 1, 100, "wanted") + Exec(kLogStart + 1, 2, 101, "other"));
  const std::string config = dir_.Write(
      "config.xml",
      "<Sysmon schemaversion=\"4.81\"><EventFiltering><ProcessCreate onmatch=\"include\">"
      "<Image name=\"by name\" condition=\"end with\">/wanted</Image>"
      "</ProcessCreate></EventFiltering></Sysmon>");
  const ProgramResult result = Translate({"--node", "h", "--config", config, log});
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_EQ(Lines(result.out), 1u);
  EXPECT_THAT(result.out, HasSubstr(Image("wanted")));
  EXPECT_THAT(result.out, HasSubstr("<Data Name=\"RuleName\">by name</Data>"));
  // The other program, and the parent of both, which is older than the log.
  EXPECT_THAT(result.err, HasSubstr("  ProcessCreate: 1\n"));
  EXPECT_THAT(result.err, HasSubstr("  left out by the rules: 2\n"));
}

TEST_F(TranslateTest, RefusesAWrongConfigurationWithFileAndLine) {
  const std::string config =
      dir_.Write("config.xml", "<Sysmon schemaversion=\"4.81\">\n<Oops/>\n</Sysmon>\n");
  const std::string log = dir_.Write("log", Execs(1));
  const ProgramResult result = Translate({"--config", config, "--output", dir_.Path("out"), log});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_THAT(result.err, StartsWith(config + ":2: "));
  EXPECT_NE(access(dir_.Path("out").c_str(), F_OK), 0);
}

TEST_F(TranslateTest, LimitsTheOutputNotTheLineage) {
  const std::string path = dir_.Write(
      "log", Exec(kLogStart, 1, 100, "early") + Exec(kLogStart + 3600, 2, 101, "late", 100));
  // kLogStart is 2026-09-21 14:13:20 UTC.
  const ProgramResult late = Translate({"--node", "h", "--since", "2026-09-21 15:00", path});
  EXPECT_THAT(late.out, HasSubstr(Image("late")));
  EXPECT_THAT(late.out, HasSubstr("<Data Name=\"ParentImage\">/usr/bin/early</Data>"));
  EXPECT_THAT(late.out,
              ContainsRegex(Image("early") + ".*<Data Name=\"Description\">running</Data>"));
  const ProgramResult early =
      Translate({"--node", "h", "--until", "2026-09-21T17:00:00+02:00", path});
  EXPECT_THAT(early.out, HasSubstr(Image("early")));
  EXPECT_THAT(early.out, Not(HasSubstr("/usr/bin/late")));
}

}  // namespace
}  // namespace pidigree
