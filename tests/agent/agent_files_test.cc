// What happens to files, as the agent writes it: each action, the events that it makes with every
// field, and what looks like it and makes none.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/agent/agent_test.h"
#include "tests/agent/period.h"
#include "tests/agent/shared_agent_test.h"
#include "tests/support/attribute_place.h"
#include "tests/support/child.h"

namespace pidigree {
namespace {

using testing::ElementsAreArray;
using testing::SizeIs;

// The script that tests write, and what md5sum(1) and sha256sum(1) say of it.
constexpr std::string_view kScript = "#!/bin/sh\n";
constexpr const char* kScriptHashes =
    "MD5=3e2b31c72181b87149ff995e7202c0e3,SHA256="
    "a8076d3d28d21e02012b20eaf7dbf75409a6277134439025f282e368e3305abf";

// What an event says beyond its time and its process.
struct Told {
  uint16_t id;
  std::map<std::string, std::string> fields;

  bool operator==(const Told&) const = default;
};

void PrintTo(const Told& told, std::ostream* out) {
  *out << told.id;
  for (const auto& [name, value] : told.fields) *out << " " << name << "=" << value;
}

// "2026-11-23 16:59:04.381", or `otherwise` if there is no such time.
std::string Text(const statx_timestamp& time) {
  const time_t seconds = time.tv_sec;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
  const std::string milliseconds = std::to_string(1000 + time.tv_nsec / 1'000'000);
  return std::string(text.data()) + "." + milliseconds.substr(1);
}

// What is known once the action is done, from others than the agent.
struct Known {
  std::string directory;  // of the case
  bool functions;         // the kernel offers its functions, so that all can be seen

  std::string Path(const std::string& name) const { return directory + "/" + name; }
  // "-": the file system does not keep it.
  std::string BirthOf(const std::string& name) const {
    struct statx status {};
    EXPECT_EQ(statx(AT_FDCWD, Path(name).c_str(), AT_SYMLINK_NOFOLLOW, STATX_BTIME, &status), 0);
    return (status.stx_mask & STATX_BTIME) != 0 ? Text(status.stx_btime) : "-";
  }

  Told Create(const std::string& name) const {
    return {11, {{"TargetFilename", Path(name)}, {"CreationUtcTime", BirthOf(name)}}};
  }
  Told Pipe(uint16_t id, const std::string& name) const {
    return {id, {{"EventType", id == 17 ? "CreatePipe" : "ConnectPipe"}, {"PipeName", Path(name)}}};
  }
  std::vector<Told> Delete(const std::string& name, const std::string& executable) const {
    const std::map<std::string, std::string> fields = {
        {"TargetFilename", Path(name)},
        {"Hashes", "-"},
        {"IsExecutable", functions ? executable : "-"}};
    auto archived = fields;
    archived.emplace("Archived", "-");
    return {{23, archived}, {26, fields}};
  }
};

struct Case {
  std::string name;
  std::function<void()> prepare;  // in the directory of the case, and so is the next
  std::function<bool()> act;
  std::function<std::vector<Told>(const Known&)> told;
};

void Write(const char* name, std::string_view content) {
  std::ofstream(name, std::ios::binary) << content;
}
bool Close(int fd) { return fd >= 0 && close(fd) == 0; }
std::vector<Told> Nothing(const Known&) { return {}; }
// Files that are opened for reading or found missing make nothing, whatever else a case does.
bool LookAlikes() {
  return Close(open("old", O_RDONLY)) && Close(open("old", O_CREAT | O_WRONLY, 0600)) &&
         open("none", O_RDONLY) < 0 && unlink("none") != 0 && rename("none", "new") != 0 &&
         chmod("none", 0755) != 0 && utimensat(AT_FDCWD, "none", nullptr, 0) != 0 &&
         open("old", O_CREAT | O_EXCL | O_WRONLY, 0600) < 0 && link("old", "old") != 0 &&
         symlink("x", "old") != 0 && mkfifo("old", 0600) != 0 && mkdir("directory", 0700) == 0 &&
         rmdir("directory") == 0;
}

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {
      {"LookAlikes", [] { Write("old", "text"); }, LookAlikes, Nothing},
      {"Create", nullptr, [] { return Close(open("new", O_CREAT | O_WRONLY, 0600)); },
       [](const Known& known) { return std::vector{known.Create("new")}; }},
      {"RenameOntoANewName", [] { Write("old", "text"); }, [] { return rename("old", "new") == 0; },
       [](const Known& known) { return std::vector{known.Create("new")}; }},
      {"RenameOverAScript",
       [] {
         Write("old", "text");
         Write("other", kScript);
       },
       [] { return rename("old", "other") == 0; },
       [](const Known& known) {
         return known.functions ? known.Delete("other", "true")
                                : std::vector{known.Create("other")};
       }},
      {"Links", [] { Write("old", "text"); },
       [] { return link("old", "hard") == 0 && symlink("old", "soft") == 0; },
       [](const Known& known) {
         return std::vector{known.Create("hard"), known.Create("soft")};
       }},
      {"DeleteText", [] { Write("old", "text"); }, [] { return unlink("old") == 0; },
       [](const Known& known) { return known.Delete("old", "false"); }},
      {"DeleteScript", [] { Write("old", kScript); }, [] { return unlink("old") == 0; },
       [](const Known& known) { return known.Delete("old", "true"); }},
      {"DeleteLink", [] { std::filesystem::create_symlink("none", "old"); },
       [] { return unlink("old") == 0; },
       [](const Known& known) { return known.Delete("old", "-"); }},
      {"Times",
       [] {
         Write("old", "text");
         const timespec before[2] = {{1, 0}, {86400, 500'000'000}};
         EXPECT_EQ(utimensat(AT_FDCWD, "old", before, 0), 0);
       },
       [] {
         const timespec after[2] = {{1, 0}, {172800, 250'000'000}};
         return utimensat(AT_FDCWD, "old", after, 0) == 0;
       },
       [](const Known& known) {
         return std::vector<Told>{
             {2,
              {{"TargetFilename", known.Path("old")},
               {"CreationUtcTime", "1970-01-03 00:00:00.250"},
               {"PreviousCreationUtcTime", known.functions ? "1970-01-02 00:00:00.500" : "-"}}}};
       }},
      {"Fifo", nullptr, [] { return mkfifo("new", 0600) == 0 && Close(open("new", O_RDWR)); },
       [](const Known& known) {
         return std::vector{known.Create("new"), known.Pipe(17, "new"), known.Pipe(18, "new")};
       }},
      {"ScriptWritten", [] { Write("old", "text"); },
       [] {
         const int file = open("old", O_WRONLY | O_TRUNC);
         return write(file, kScript.data(), kScript.size()) == ssize_t{kScript.size()} &&
                Close(file);
       },
       [](const Known& known) {
         return std::vector<Told>{
             {29, {{"TargetFilename", known.Path("old")}, {"Hashes", kScriptHashes}}}};
       }},
      {"TextWritten", [] { Write("old", "text"); },
       [] {
         const int file = open("old", O_WRONLY | O_TRUNC);
         return write(file, "words", 5) == 5 && Close(file);
       },
       Nothing},
      {"ModeChanged", [] { Write("old", kScript); }, [] { return chmod("old", 0755) == 0; },
       [](const Known& known) {
         return std::vector<Told>{
             {29, {{"TargetFilename", known.Path("old")}, {"Hashes", kScriptHashes}}}};
       }},
  };
  return cases;
}

std::string Config() {
  std::string filters;
  for (const char* event :
       {"FileCreateTime", "RawAccessRead", "FileCreate", "FileCreateStreamHash", "PipeEvent",
        "FileDelete", "FileDeleteDetected", "FileExecutableDetected"})
    filters += "<" + std::string(event) + " onmatch=\"exclude\"/>";
  return "<Sysmon schemaversion=\"4.90\"><HashAlgorithms>MD5,SHA256</HashAlgorithms>"
         "<EventFiltering>" +
         filters + "</EventFiltering></Sysmon>";
}

// A child that works in `directory`. Returns its number.
pid_t InChildAt(const std::string& directory, const std::function<bool()>& act) {
  return InChild([&] { Must(chdir(directory.c_str()) == 0 && act()); });
}

bool KeepsBirths() {
  struct statx status {};
  return statx(AT_FDCWD, std::filesystem::temp_directory_path().c_str(), 0, STATX_BTIME, &status) ==
             0 &&
         (status.stx_mask & STATX_BTIME) != 0;
}

// What that child's events tell; they agree about who it was, which an event 1 said before.
std::vector<Told> ToldOf(pid_t child, const std::vector<LoggedEvent>& events,
                         const Period* period = nullptr) {
  std::vector<Told> told;
  std::string guid;
  for (const LoggedEvent& event : events) {
    if (event.Get("ProcessId") != std::to_string(child)) continue;
    if (event.id == 1) guid = event.Get("ProcessGuid");
    if (event.id == 1 || event.id == 5) continue;
    EXPECT_EQ(event.Get("ProcessGuid"), guid);
    EXPECT_TRUE(period == nullptr || period->Holds(event.Get("UtcTime"))) << event.Get("UtcTime");
    EXPECT_EQ(event.Get("Image"), std::filesystem::read_symlink("/proc/self/exe"));
    EXPECT_EQ(event.Get("User"), "root");
    EXPECT_EQ(event.Get("RuleName"), "-");
    Told& one = told.emplace_back();
    one.id = event.id;
    for (const auto& [name, value] : event.fields) {
      if (name != "RuleName" && name != "UtcTime" && name != "ProcessGuid" && name != "ProcessId" &&
          name != "Image" && name != "User")
        one.fields.emplace(name, value);
    }
    const auto created = one.fields.find("CreationUtcTime");
    if (created == one.fields.end() || event.id == 2) continue;
    if (event.id == 15) {
      EXPECT_EQ(created->second, event.Get("UtcTime"));
    }
    if (event.id == 15 || !KeepsBirths()) created->second = "-";
  }
  return told;
}

// With an agent of their own.
class AgentFilesAlone : public AgentTest {};

class AgentFiles : public SharedAgentTest<AgentFiles> {
 public:
  static std::string Config() { return pidigree::Config(); }
};

TEST_F(AgentFilesAlone, EveryField) {
  const std::filesystem::path before = std::filesystem::current_path();
  // Before there is an agent: one that sees a script being written may know its hashes, if it is
  // quick, when the script is deleted.
  for (const Case& one : Cases()) {
    std::filesystem::create_directory(dir_.Path(one.name));
    std::filesystem::current_path(dir_.Path(one.name));
    if (one.prepare) one.prepare();
  }
  RunningAgent agent(dir_, {.more = {"--config", dir_.Write("config", Config())}});
  std::vector<std::pair<pid_t, std::vector<Told>>> expected;
  std::vector<Period> periods;
  for (const Case& one : Cases()) {
    const Known known{dir_.Path(one.name), agent.SeesFunctions()};
    std::filesystem::current_path(known.directory);
    Period& period = periods.emplace_back();
    const pid_t child = InChildAt(known.directory, one.act);
    period.End();
    expected.emplace_back(child, one.told(known));
  }
  std::filesystem::current_path(before);
  const std::vector<LoggedEvent> events = agent.Events();
  for (size_t i = 0; i < expected.size(); ++i) {
    const std::vector<Told> told = ToldOf(expected[i].first, events, &periods[i]);
    EXPECT_THAT(told, ElementsAreArray(expected[i].second)) << Cases()[i].name;
  }
}

TEST_F(AgentFiles, Attribute) {
  const AttributePlace place(dir_);
  if (!place.Works()) GTEST_SKIP() << "no attributes of users in " << place.path();
  const pid_t child = InChildAt(dir_.Path(""), [&] {
    const char* const path = place.path().c_str();
    return setxattr(path, "user.note", "hello", 5, 0) == 0 &&
           setxattr(path, "user.note", "other", 5, XATTR_CREATE) != 0 &&
           setxattr(path, "trusted.note", "hello", 5, 0) == 0 &&
           setxattr("none", "user.note", "hello", 5, 0) != 0 &&
           removexattr(path, "user.before") == 0;
  });
  const std::vector<Told> told = ToldOf(child, agent().Events());
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0], (Told{15,
                           {{"TargetFilename", place.path() + ":user.note"},
                            {"CreationUtcTime", "-"},  // that of the event
                            {"Hash",
                             "MD5=5d41402abc4b2a76b9719d911017c592,SHA256="
                             "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"},
                            {"Contents", "hello"}}}));
}

// The inode that ran is the inode that is deleted, so that its hashes are known.
TEST_F(AgentFiles, ProgramThatRanIsDeletedWithItsHashes) {
  const std::string program = dir_.Path(word_);
  std::filesystem::copy_file("/bin/true", program);
  RunProcess({program});
  std::string hashes = "-";
  for (const LoggedEvent& event : agent().Events())
    if (event.id == 1 && event.Get("Image") == program) hashes = event.Get("Hashes");
  EXPECT_NE(hashes, "-");
  const pid_t child = InChildAt(dir_.Path(""), [&] { return unlink(program.c_str()) == 0; });
  const bool functions = agent().SeesFunctions();
  const std::vector<Told> told = ToldOf(child, agent().Events());
  ASSERT_THAT(told, SizeIs(2));
  for (const Told& one : told) {
    EXPECT_EQ(one.fields.at("TargetFilename"), program);
    EXPECT_EQ(one.fields.at("Hashes"), functions ? hashes : "-");
    EXPECT_EQ(one.fields.at("IsExecutable"), functions ? "true" : "-");
  }
}

// No event 255 tells of a deleted file that could not be hashed: the status does. Nothing else is
// to be hashed here, whatever the machine does.
TEST_F(AgentFilesAlone, DeletionsWithoutHashesAreOnlyCounted) {
  const std::string of_this_test = "pidigree-test-" + std::to_string(getpid()) + "-";
  const std::string config = dir_.Write(
      "config",
      "<Sysmon schemaversion=\"4.90\"><HashAlgorithms>MD5</HashAlgorithms><EventFiltering>"
      "<ProcessCreate onmatch=\"include\"><CommandLine condition=\"contains\">" +
          of_this_test +
          "</CommandLine></ProcessCreate>"
          "<FileDelete onmatch=\"include\"><TargetFilename condition=\"begin with\">" +
          dir_.Path("") + "</TargetFilename></FileDelete></EventFiltering></Sysmon>");
  dir_.Write("old", "text");
  RunningAgent agent(dir_, {.more = {"--config", config}});
  InChildAt(dir_.Path(""), [] { return unlink("old") == 0; });
  size_t deletions = 0;
  for (const LoggedEvent& event : agent.Events()) {
    if (event.id == 23) ++deletions;
    EXPECT_FALSE(event.id == 255 && event.Get("ID").starts_with("HASH")) << event.Get("ID");
  }
  EXPECT_EQ(deletions, 1u);
  EXPECT_EQ(StatusNumber(agent.Status(), "deletions-unhashed"), 1u);
}

// Whatever device there is may be opened by others, too; that harms nothing.
TEST_F(AgentFiles, BlockDevice) {
  std::string device;
  for (const auto& entry : std::filesystem::directory_iterator("/dev"))
    if (entry.is_block_file() && device.empty() && Close(open(entry.path().c_str(), O_RDONLY)))
      device = entry.path();
  if (device.empty()) GTEST_SKIP() << "no block device can be opened here";
  const pid_t child = InChildAt("/", [&] {
    return Close(open(device.c_str(), O_RDONLY)) && Close(open(device.c_str(), O_PATH)) &&
           open((device + "none").c_str(), O_RDONLY) < 0 && Close(open("/dev/zero", O_RDONLY));
  });
  const std::vector<Told> told = ToldOf(child, agent().Events());
  EXPECT_THAT(told, ElementsAreArray({Told{9, {{"Device", device}}}}));
}

}  // namespace
}  // namespace pidigree
