#include "src/cli/process_tree.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pidigree {
namespace {

// GUIDs that show which process they are: the PID, and which of those that had it.
Guid GuidOf(uint32_t pid, uint64_t which = 0) { return Guid::Process(0xaa, 0xbb, which, pid); }

std::string Text(const Guid& guid) {
  std::string text(Guid::kTextSize, '\0');
  FormatGuid(guid, text.data());
  return text;
}

std::string Time(const std::string& seconds) { return "2026-11-23 10:00:" + seconds; }

struct Create {
  Guid guid;
  Guid parent;
  std::string seconds;
  std::string command;
  std::string description = "-";
  std::string parent_command = "-";
};

class ProcessTreeTest : public testing::Test {
 protected:
  void Add(const Create& create) {
    LoggedEvent event;
    event.id = 1;
    event.fields = {{"UtcTime", Time(create.seconds)},
                    {"ProcessGuid", Text(create.guid)},
                    {"ProcessId", std::to_string(create.guid.pid())},
                    {"Image", "/bin/x"},
                    {"Description", create.description},
                    {"CommandLine", create.command},
                    {"User", "alice"},
                    {"ParentProcessGuid", Text(create.parent)},
                    {"ParentProcessId", std::to_string(create.parent.pid())},
                    {"ParentImage", "/bin/parent"},
                    {"ParentCommandLine", create.parent_command},
                    {"ParentUser", "root"}};
    ASSERT_TRUE(tree_.Add(event));
  }
  void Terminate(const Guid& guid, const std::string& seconds) {
    LoggedEvent event;
    event.id = 5;
    event.fields = {{"UtcTime", Time(seconds)},
                    {"ProcessGuid", Text(guid)},
                    {"ProcessId", std::to_string(guid.pid())},
                    {"Image", "/bin/x"},
                    {"User", "alice"}};
    ASSERT_TRUE(tree_.Add(event));
  }

  ProcessTree tree_;
};

TEST_F(ProcessTreeTest, ShowsTheChainToTheTopAndTheTreeBelow) {
  Add({GuidOf(1), {}, "00.000", "init", "running"});
  Add({GuidOf(10), GuidOf(1), "01.000", "sshd"});
  Add({GuidOf(11), GuidOf(1), "01.500", "cron"});
  Add({GuidOf(20), GuidOf(10), "02.000", "-bash", "fork"});
  Add({GuidOf(31), GuidOf(20), "04.000", "ls"});
  Add({GuidOf(30), GuidOf(20), "03.000", "make"});
  Add({GuidOf(40), GuidOf(30), "03.500", "cc"});
  Terminate(GuidOf(40), "03.900");
  EXPECT_EQ(tree_.Show(GuidOf(20)),
            "1 alice  2026-11-23 10:00:00.000 - ?  init  " + Text(GuidOf(1)) + "  (running)\n" +
                "└─ 10 alice  2026-11-23 10:00:01.000 - ?  sshd  " + Text(GuidOf(10)) + "\n" +
                "   └─ 20 alice  2026-11-23 10:00:02.000 - ?  -bash  " + Text(GuidOf(20)) +
                "  (fork)  <--\n" + "      ├─ 30 alice  2026-11-23 10:00:03.000 - ?  make  " +
                Text(GuidOf(30)) + "\n" +
                "      │  └─ 40 alice  2026-11-23 10:00:03.500 - 2026-11-23 10:00:03.900  cc  " +
                Text(GuidOf(40)) + "\n" + "      └─ 31 alice  2026-11-23 10:00:04.000 - ?  ls  " +
                Text(GuidOf(31)) + "\n");
}

TEST_F(ProcessTreeTest, ShowsTheProgramsOfOneProcessUnderIt) {
  Add({GuidOf(10), {}, "01.000", "env bash"});
  Add({GuidOf(10), {}, "01.020", "bash"});
  Add({GuidOf(11), GuidOf(10), "02.000", "true"});
  EXPECT_EQ(tree_.Show(GuidOf(10)),
            "10 alice  2026-11-23 10:00:01.000 - ?  env bash  " + Text(GuidOf(10)) + "  <--\n" +
                "│  2026-11-23 10:00:01.020  bash\n" +
                "└─ 11 alice  2026-11-23 10:00:02.000 - ?  true  " + Text(GuidOf(11)) + "\n");
}

TEST_F(ProcessTreeTest, NamesParentsWithoutEventsOfTheirOwn) {
  Add({GuidOf(20), GuidOf(10), "02.000", "ls", "-", "-bash"});
  EXPECT_EQ(tree_.Show(GuidOf(20)),
            "10 root  ? - ?  -bash  " + Text(GuidOf(10)) + "  (without an event of its own)\n" +
                "└─ 20 alice  2026-11-23 10:00:02.000 - ?  ls  " + Text(GuidOf(20)) + "  <--\n");
}

TEST_F(ProcessTreeTest, ShowsTheImageWhereThereIsNoCommandLine) {
  Add({GuidOf(2), {}, "02.000", "-"});
  EXPECT_EQ(tree_.Show(GuidOf(2)),
            "2 alice  2026-11-23 10:00:02.000 - ?  /bin/x  " + Text(GuidOf(2)) + "  <--\n");
}

TEST_F(ProcessTreeTest, ListsEveryProcessThatHadAPid) {
  Add({GuidOf(7, 2), {}, "05.000", "second"});
  Add({GuidOf(7, 1), {}, "01.000", "first"});
  Terminate(GuidOf(7, 1), "02.000");
  const std::vector<Guid> found = tree_.WithPid(7);
  EXPECT_EQ(tree_.List(found),
            "7 alice  2026-11-23 10:00:01.000 - 2026-11-23 10:00:02.000  first  " +
                Text(GuidOf(7, 1)) + "\n" + "7 alice  2026-11-23 10:00:05.000 - ?  second  " +
                Text(GuidOf(7, 2)) + "\n");
  EXPECT_TRUE(tree_.WithPid(8).empty());
}

TEST_F(ProcessTreeTest, LeavesControlBytesToNobody) {
  Add({GuidOf(2), {}, "02.000", "a\x1b[31m\nb"});
  EXPECT_NE(tree_.Show(GuidOf(2)).find("a\\x1b[31m\\x0ab"), std::string::npos);
}

TEST_F(ProcessTreeTest, EndsWhereEventsGoInACircle) {
  Add({GuidOf(2), GuidOf(3), "02.000", "a"});
  Add({GuidOf(3), GuidOf(2), "03.000", "b"});
  EXPECT_EQ(tree_.Show(GuidOf(2)), "3 alice  2026-11-23 10:00:03.000 - ?  b  " + Text(GuidOf(3)) +
                                       "\n" + "└─ 2 alice  2026-11-23 10:00:02.000 - ?  a  " +
                                       Text(GuidOf(2)) + "  <--\n");
}

TEST_F(ProcessTreeTest, StaysNarrowHoweverDeep) {
  constexpr uint32_t kDepth = 5000;
  for (uint32_t pid = 2; pid <= kDepth; ++pid) Add({GuidOf(pid), GuidOf(pid - 1), "02.000", "sh"});
  const std::string text = tree_.Show(GuidOf(1));
  EXPECT_LT(text.size(), kDepth * size_t{500});
  EXPECT_NE(text.find("(level 4999) 5000 alice"), std::string::npos);
}

TEST_F(ProcessTreeTest, IgnoresOtherEvents) {
  LoggedEvent event;
  event.id = 11;
  EXPECT_TRUE(tree_.Add(event));
}

TEST_F(ProcessTreeTest, RefusesEventsWithoutIdentity) {
  LoggedEvent event;
  event.id = 5;
  event.fields = {{"ProcessGuid", "-"}, {"ProcessId", "7"}, {"UtcTime", Time("00.000")}};
  EXPECT_EQ(tree_.Add(event).error().message, "event: ProcessGuid is '-'");
  event.fields = {{"ProcessGuid", Text(GuidOf(7))}, {"ProcessId", "x"}, {"UtcTime", Time("0")}};
  EXPECT_EQ(tree_.Add(event).error().message, "event: ProcessId is 'x'");
}

}  // namespace
}  // namespace pidigree
