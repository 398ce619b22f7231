#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "src/base/read_file.h"
#include "src/base/unique_fd.h"
#include "tests/e2e/program.h"

namespace pidigree {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct WrongUsage {
  const char* name;
  std::vector<std::string> args;
  const char* message;  // names the thing
  const char* help;
};
void PrintTo(const WrongUsage& usage, std::ostream* out) { *out << usage.name; }

class WrongUsageTest : public testing::TestWithParam<WrongUsage> {};

TEST_P(WrongUsageTest, IsRefusedByNameWithStatus2) {
  const ProgramResult result = RunPidigree(GetParam().args);
  EXPECT_EQ(result.exit_status, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, StartsWith("pidigree: "));
  EXPECT_THAT(result.err, HasSubstr(GetParam().message));
  EXPECT_THAT(result.err, HasSubstr(std::string("See: ") + GetParam().help + " --help\n"));
}

INSTANTIATE_TEST_SUITE_P(
    Arguments, WrongUsageTest,
    testing::Values(
        WrongUsage{"NoCommand", {}, "no command", "pidigree"},
        WrongUsage{"UnknownCommand", {"transalte"}, "transalte", "pidigree"},
        WrongUsage{"ControlBytes", {"a\033[2J"}, "a\\x1b[2J", "pidigree"},
        WrongUsage{
            "UnknownOption", {"translate", "--frobnicate"}, "--frobnicate", "pidigree translate"},
        WrongUsage{
            "UnknownFormat", {"translate", "--format", "csv", "-"}, "csv", "pidigree translate"},
        WrongUsage{"NoTime",
                   {"translate", "--since", "yesterday", "-"},
                   "'yesterday' is no time",
                   "pidigree translate"},
        WrongUsage{"UntilBeforeSince",
                   {"translate", "--since", "2026-01-02", "--until", "2026-01-01", "-"},
                   "--until: must be later than --since",
                   "pidigree translate"},
        WrongUsage{"NoTimeAtAll",
                   {"translate", "--until", "", "-"},
                   "--until: no value",
                   "pidigree translate"},
        WrongUsage{
            "NodeWithoutName", {"translate", "--node", "", "-"}, "--node", "pidigree translate"},
        WrongUsage{"ConfigurationWithoutName",
                   {"translate", "--config", "", "-"},
                   "--config: no value",
                   "pidigree translate"},
        WrongUsage{
            "NothingBehindTheSign", {"run", "--config="}, "--config: 1 required", "pidigree run"},
        WrongUsage{"LastConfigurationWithoutName",
                   {"run", "--config", "/nonexistent", "--config", ""},
                   "--config: no value",
                   "pidigree run"},
        WrongUsage{"OneOutputWithoutName",
                   {"run", "--output", "-", "--output", "", "--config", "/nonexistent"},
                   "--output: no value",
                   "pidigree run"},
        WrongUsage{"OtherOptionsTwice",
                   {"translate", "--format", "xml", "--format", "json", "-"},
                   "--format",
                   "pidigree translate"},
        WrongUsage{
            "RulesWithoutName", {"rules", "check", ""}, "FILE: no value", "pidigree rules check"},
        WrongUsage{"NoSize",
                   {"translate", "--max-memory", "lots", "-"},
                   "--max-memory: 'lots' is no size of 64M or more",
                   "pidigree translate"},
        WrongUsage{"TooSmall",
                   {"translate", "--max-memory", "1M", "-"},
                   "--max-memory: '1M' is no size of 64M or more",
                   "pidigree translate"},
        WrongUsage{"NoFile",
                   {"translate", "--output", "syslog:/x", "-"},
                   "--output: 'syslog:/x': neither - nor the path of a file, which would be "
                   "written ./syslog:/x",
                   "pidigree translate"},
        WrongUsage{"NoSizeOfFiles",
                   {"run", "--hash-max-size", "5 parsecs", "--config", "/nonexistent"},
                   "--hash-max-size: parsecs unit not recognized",
                   "pidigree run"},
        WrongUsage{"NoSource",
                   {"run", "--source", "tea", "--config", "/nonexistent"},
                   "--source: tea not in {auto,bpf}",
                   "pidigree run"},
        WrongUsage{"NoRate",
                   {"run", "--max-rate", "5", "--max-rate", "1:5", "--config", "/nonexistent"},
                   "--max-rate: '1:5' names no event",
                   "pidigree run"},
        WrongUsage{"NoRulesCommand", {"rules"}, "no command", "pidigree rules"},
        WrongUsage{"UnknownRulesCommand", {"rules", "chekc", "x"}, "chekc", "pidigree rules"},
        WrongUsage{"NoConfiguration", {"rules", "check"}, "FILE", "pidigree rules check"},
        WrongUsage{"NoEvents", {"rules", "test", "x"}, "EVENTS", "pidigree rules test"},
        WrongUsage{"NoGuid", {"guid", "{1-2-3}"}, "'{1-2-3}' is neither", "pidigree guid"},
        WrongUsage{"NoPid", {"guid", "0"}, "'0' is neither", "pidigree guid"},
        WrongUsage{"NoProcess", {"tree", "init", "-"}, "'init' is neither", "pidigree tree"}),
    [](const auto& test) { return std::string(test.param.name); });

// As the unit has one, and /etc/default/pidigree another.
TEST(CommandLine, TheLastConfigurationCounts) {
  const ProgramResult result =
      RunPidigree({"translate", "--config", "/nonexistent/1", "--config", "/nonexistent/2", "-"});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_THAT(result.err, HasSubstr("/nonexistent/2"));
  EXPECT_THAT(result.err, Not(HasSubstr("/nonexistent/1")));
}

TEST(CommandLine, HelpNamesEveryCommandAndOption) {
  const ProgramResult help = RunPidigree({"--help"});
  EXPECT_EQ(help.exit_status, 0);
  EXPECT_EQ(help.err, "");
  for (const char* command : {"translate", "guid"}) EXPECT_THAT(help.out, HasSubstr(command));
  const ProgramResult translate = RunPidigree({"translate", "--help"});
  EXPECT_EQ(translate.exit_status, 0);
  for (const char* option :
       {"--format", "--output", "--node", "--passwd", "--since", "--until", "--max-memory"})
    EXPECT_THAT(translate.out, HasSubstr(option));
}

TEST(CommandLine, VersionIsOneLine) {
  const ProgramResult result = RunPidigree({"--version"});
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_EQ(result.out, "pidigree " PIDIGREE_VERSION "\n");
}

TEST(CommandLine, WhatCannotBePrintedIsAFailure) {
  const UniqueFd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{"--help"}, {"run", "--help"}, {"--version"}, {"schema"}}) {
    const ProgramResult result = RunPidigree(args, {.stdout_fd = full.get()});
    EXPECT_EQ(result.exit_status, 1) << args.front();
    EXPECT_EQ(result.err, "pidigree: write to standard output: No space left on device\n")
        << args.front();
  }
}

// Else the first files that are opened get their numbers, and the summary.
TEST(CommandLine, ClosedDescriptorsAreNotTakenByFiles) {
  const TempDir dir;
  const std::string translate = std::string(PIDIGREE_BINARY) + " translate --node h " +
                                PIDIGREE_SOURCE_DIR "/tests/data/audit/minimal-node/audit.log" +
                                " --output " + dir.Path("");
  ASSERT_EQ(system((translate + "open 2>/dev/null").c_str()), 0);
  ASSERT_EQ(system((translate + "closed <&- >&- 2>&-").c_str()), 0);
  const auto content = [&dir](const char* name) {
    return ReadFile(dir.Path(name), size_t{1} << 30).value_or("");
  };
  EXPECT_NE(content("open"), "");
  EXPECT_TRUE(content("closed") == content("open"));
}

TEST(CommandLine, ClosedOutputIsAFailure) {
  EXPECT_NE(system((std::string(PIDIGREE_BINARY) + " schema >&- 2>/dev/null").c_str()), 0);
}

// The GUID of this test's own process, taken from /proc by the shell commands of the manual.
TEST(GuidCommand, AgreesWithWhatTheShellReadsFromProc) {
  const std::string pid = std::to_string(getpid());
  const std::string script =
      "m=$(head -c 8 /etc/machine-id); b=$(head -c 8 /proc/sys/kernel/random/boot_id); "
      "t=$(sed 's/.*) //' /proc/" +
      pid +
      "/stat | cut -d' ' -f20); "
      "t=$((t * 100 / $(getconf CLK_TCK))); "
      "printf '{%s-%s-%s-%04x-%06x%06x}' $m $(echo $b | cut -c1-4) $(echo $b | cut -c5-8) "
      "$((t >> 24)) $((t & 0xffffff)) " +
      pid;
  const TempDir dir;
  const ProgramResult live = RunPidigree({"guid", pid});
  if (live.exit_status != 0) {
    EXPECT_THAT(live.err, HasSubstr("namespace"));
    GTEST_SKIP() << "only hosts themselves have live GUIDs: " << live.err;
  }
  ASSERT_EQ(system(("(" + script + ") > " + dir.Path("guid")).c_str()), 0);
  const std::string guid = ReadFile(dir.Path("guid"), 100).value_or("");
  EXPECT_EQ(live.out, guid + "\n");

  const ProgramResult parts = RunPidigree({"guid", guid});
  EXPECT_EQ(parts.exit_status, 0);
  EXPECT_THAT(parts.out, HasSubstr("pid      " + pid + "\n"));
  EXPECT_THAT(parts.out, HasSubstr("  the present one\n"));
  EXPECT_THAT(parts.out, HasSubstr("running  now, as e2e_test\n"));
}

TEST(GuidCommand, TakesAGuidFromALogApart) {
  // 179000000012 hundredths of a second: `date -u -d @1790000000` is 2026-09-21 14:13:20.
  const ProgramResult good = RunPidigree({"guid", "{0badcafe-0000-0000-29AD-3B3E0C00002A}"});
  EXPECT_EQ(good.exit_status, 0);
  EXPECT_EQ(good.out,
            "machine  0badcafe\n"
            "boot     not known: the process was found in a log\n"
            "start    2026-09-21 14:13:20.12 UTC, of its first record\n"
            "pid      42\n");
}

TEST(GuidCommand, NeedsNoBraces) {
  EXPECT_EQ(RunPidigree({"guid", "0badcafe-0000-0000-29AD-3B3E0C00002A"}).out,
            RunPidigree({"guid", "{0badcafe-0000-0000-29AD-3B3E0C00002A}"}).out);
  EXPECT_EQ(RunPidigree({"guid", "0badcafe-0000-0000-29AD-3B3E0C00002A}"}).exit_status, 2);
}

// Session 3 of uid 1000 has the digits of PID 1000, started 7.68 s after boot.
TEST(GuidCommand, ShowsBothReadingsOfTheSameDigits) {
  const ProgramResult both = RunPidigree({"guid", "{0badcafe-6ab1-3b80-0000-0003000003e8}"});
  EXPECT_EQ(both.out,
            "as ProcessGuid:\n"
            "machine  0badcafe\n"
            "boot     6ab13b80\n"
            "start    7.68 s after boot\n"
            "pid      1000\n"
            "as LogonGuid:\n"
            "session  3\n"
            "login    uid 1000\n"
            "first    2026-09-21 14:13:20 UTC, if it comes from a log: that stands for the boot "
            "there\n");
  EXPECT_EQ(RunPidigree({"guid", "{0badcafe-0000-0000-0000-000000000000}"}).out,
            "as LogonGuid: of no login session\n");
  EXPECT_THAT(RunPidigree({"guid", "{0badcafe-6ab1-3b80-0000-0003010003e8}"}).out,
              testing::Not(HasSubstr("LogonGuid")));
}

TEST(GuidCommand, SaysThatThereIsNoSuchProcess) {
  const ProgramResult result =
      RunPidigree({"guid", "4194305"});  // above the kernel's PID_MAX_LIMIT
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err,
              testing::AnyOf(HasSubstr("there is no process 4194305"), HasSubstr("namespace")));
}

}  // namespace
}  // namespace pidigree
