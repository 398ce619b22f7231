// What the kernel tells of files: each action, the one thing that is told, and what looks like it
// and tells nothing.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "tests/source/bpf/kernel/file_test.h"
#include "tests/support/attribute_place.h"

namespace pidigree {
namespace {

using testing::ElementsAreArray;

struct Case {
  std::string name;
  // In the directory of the test, before and while it is watched.
  std::function<void()> prepare;
  std::function<bool()> act;
  std::vector<Told> told;
  // Where only exits of system calls can be watched; unset: the same.
  std::optional<std::vector<Told>> told_by_calls = {};
};

class FileEventsTest : public FileTest, public testing::WithParamInterface<Case> {};

TEST_P(FileEventsTest, Tells) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(directory_.Path(""));
  if (GetParam().prepare) GetParam().prepare();
  const pid_t child = Run([] { Must(GetParam().act()); });
  std::filesystem::current_path(before);
  EXPECT_EQ(status_, 0);
  const Case& expected = GetParam();
  EXPECT_THAT(ToldOf(child),
              ElementsAreArray(SeesFunctions() ? expected.told
                                               : expected.told_by_calls.value_or(expected.told)))
      << Unseen();
}

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

constexpr auto kCreated = FileAction::kCreated;
constexpr auto kDeleted = FileAction::kDeleted;
constexpr auto kTimesSet = FileAction::kTimesSet;
constexpr auto kAttributeSet = FileAction::kAttributeSet;
constexpr auto kFifoOpened = FileAction::kFifoOpened;
constexpr auto kWritten = FileAction::kWritten;
constexpr auto kMadeExecutable = FileAction::kMadeExecutable;

void Touch(const char* path) { std::ofstream(path) << "content"; }
bool Close(int fd) { return fd >= 0 && close(fd) == 0; }

const std::vector<Case> kCreateCases = {
    Case{"Open",
         nullptr,
         [] { return Close(open("new", O_CREAT | O_WRONLY, 0600)); },
         {{kCreated, "new"}}},
    Case{"Creat", nullptr, [] { return Close(creat("new", 0600)); }, {{kCreated, "new"}}},
    Case{"OpenBelowALink",
         [] {
           std::filesystem::create_directories("real/deep");
           std::filesystem::create_symlink("real", "link");
         },
         [] { return Close(open("link/./deep/../new", O_CREAT | O_RDWR, 0600)); },
         {{kCreated, "real/new"}}},
    Case{"OpenFromADirectory",
         [] { std::filesystem::create_directory("d"); },
         [] {
           const int directory = open("d", O_RDONLY);
           return Close(openat(directory, "new", O_CREAT | O_EXCL | O_RDWR, 0600));
         },
         {{kCreated, "d/new"}}},
    Case{"OpenOfAnExistingFile",
         [] { Touch("old"); },
         [] {
           return Close(open("old", O_CREAT | O_TRUNC | O_RDWR, 0600)) &&
                  Close(open("old", O_RDONLY));
         },
         {}},
    Case{"OpenThatFails",
         [] { Touch("old"); },
         [] {
           return open("old", O_CREAT | O_EXCL | O_RDWR, 0600) < 0 &&
                  open("none/new", O_CREAT | O_RDWR, 0600) < 0;
         },
         {}},
    Case{"FileWithoutAName",
         nullptr,
         [] { return Close(open(".", O_TMPFILE | O_RDWR, 0600)); },
         {}}};

const std::vector<Case> kDeleteCases = {
    Case{"Unlink", [] { Touch("old"); }, [] { return unlink("old") == 0; }, {{kDeleted, "old"}}},
    Case{"UnlinkBelowALink",
         [] {
           std::filesystem::create_directory("real");
           std::filesystem::create_symlink("real", "link");
           Touch("real/old");
         },
         [] { return unlink("./link//old") == 0; },
         {{kDeleted, "real/old"}},
         {{{kDeleted, "link/old", PathLinks::kInDirectories}}}},
    Case{"UnlinkFromADirectory",
         [] {
           std::filesystem::create_directory("d");
           Touch("d/old");
         },
         [] {
           const int directory = open("d", O_RDONLY);
           return unlinkat(directory, "old", 0) == 0;
         },
         {{kDeleted, "d/old"}}},
    Case{"OneOfTwoNames",
         [] {
           Touch("old");
           std::filesystem::create_hard_link("old", "other");
         },
         [] { return unlink("old") == 0; },
         {{kDeleted, "old"}}},
    Case{"UnlinkThatFails",
         [] { std::filesystem::create_directory("d"); },
         [] { return unlink("none") != 0 && unlink("d") != 0 && unlink("") != 0; },
         {}},
    Case{"Directory",
         [] { std::filesystem::create_directory("d"); },
         [] { return unlinkat(AT_FDCWD, "d", AT_REMOVEDIR) == 0; },
         {}}};

const std::vector<Case> kNamesCases = {
    Case{"RenameOntoANewName",
         [] { Touch("old"); },
         [] { return rename("old", "new") == 0; },
         {{kCreated, "new"}}},
    Case{"RenameOverAFile",
         [] {
           Touch("old");
           Touch("other");
         },
         [] { return renameat(AT_FDCWD, "old", AT_FDCWD, "other") == 0; },
         {{kDeleted, "other"}},
         {{{kCreated, "other"}}}},
    Case{"Exchange",
         [] {
           Touch("old");
           Touch("other");
         },
         [] { return renameat2(AT_FDCWD, "old", AT_FDCWD, "other", RENAME_EXCHANGE) == 0; },
         {}},
    Case{"RenameThatFails",
         [] { Touch("old"); },
         [] { return rename("old", "none/new") != 0 && rename("none", "new") != 0; },
         {}},
    Case{"HardLink",
         [] { Touch("old"); },
         [] { return link("old", "new") == 0; },
         {{kCreated, "new"}}},
    Case{"FileThatGetsAName",
         nullptr,
         [] {
           const int file = open(".", O_TMPFILE | O_RDWR, 0600);
           const std::string self = "/proc/self/fd/" + std::to_string(file);
           return linkat(AT_FDCWD, self.c_str(), AT_FDCWD, "new", AT_SYMLINK_FOLLOW) == 0;
         },
         {{kCreated, "new"}}},
    Case{"LinkThatFails", [] { Touch("old"); }, [] { return link("old", "old") != 0; }, {}},
    Case{"SymbolicLink",
         nullptr,
         [] { return symlink("anywhere", "new") == 0; },
         {{kCreated, "new"}}},
    Case{"Node", nullptr, [] { return mknod("new", S_IFREG | 0600, 0) == 0; }, {{kCreated, "new"}}},
    Case{"DirectoryIsNoFile", nullptr, [] { return mkdir("new", 0700) == 0; }, {}}};

const std::vector<Case> kFifoCases = {
    Case{"MadeAndOpened",
         nullptr,
         [] {
           return mkfifo("new", 0600) == 0 && Close(open("new", O_RDWR)) &&
                  Close(open("new", O_PATH));
         },
         {{kCreated, "new"}, {kFifoOpened, "new"}}},
    Case{"OpenThatFails",
         [] { mkfifo("old", 0600); },
         [] { return open("old", O_WRONLY | O_NONBLOCK) < 0 && errno == ENXIO; },
         {}},
    Case{"PipesHaveNoName",
         nullptr,
         [] {
           int ends[2];
           return pipe(ends) == 0;
         },
         {}}};

const std::vector<Case> kTimesCases = {
    Case{"Set",
         [] { Touch("old"); },
         [] {
           const timespec times[2] = {{1, 0}, {2, 3}};
           return utimensat(AT_FDCWD, "old", times, AT_SYMLINK_NOFOLLOW) == 0;
         },
         {{kTimesSet, "old"}}},
    Case{"SetThroughADescriptor",
         [] { Touch("old"); },
         [] {
           const int file = open("old", O_RDONLY);
           return futimens(file, nullptr) == 0;
         },
         {{kTimesSet, "old"}}},
    Case{"SetThatFails", nullptr, [] { return utimensat(AT_FDCWD, "none", nullptr, 0) != 0; }, {}}};

const std::vector<Case> kExecutableCases = {
    Case{"ScriptWritten",
         [] { Touch("old"); },
         [] {
           const int file = open("old", O_WRONLY | O_TRUNC);
           return write(file, "#!/bin/sh\n", 10) == 10 && close(file) == 0;
         },
         {{kWritten, "old"}}},
    Case{"TextWritten",
         [] { Touch("old"); },
         [] {
           const int file = open("old", O_WRONLY | O_TRUNC);
           return write(file, "# text\n", 7) == 7 && close(file) == 0;
         },
         {}},
    Case{"ScriptOnlyRead",
         [] { std::ofstream("old") << "#!/bin/sh\n"; },
         [] {
           const int file = open("old", O_RDWR);
           char text[4];
           return read(file, text, 4) == 4 && close(file) == 0;
         },
         {}},
    Case{"ClosedByOneOfTwo",
         [] { Touch("old"); },
         [] {
           const int file = open("old", O_WRONLY | O_TRUNC);
           const int other = dup(file);
           return write(file, "#!/bin/sh\n", 10) == 10 && close(file) == 0 && close(other) == 0;
         },
         {{kWritten, "old"}}},
    Case{"ModeChanged",
         [] { Touch("old"); },
         [] { return chmod("old", 0755) == 0; },
         {{kMadeExecutable, "old"}},
         {{{kMadeExecutable, "old", PathLinks::kAlsoLast}}}},
    Case{"ModeWithoutExecution",
         [] { Touch("old"); },
         [] { return chmod("old", 0644) == 0 && chmod("none", 0755) != 0; },
         {}}};

// In one suite, whose tests share what is attached.
std::vector<Case> AllCases() {
  std::vector<Case> all;
  for (const auto& [group, cases] :
       {std::pair("Create", &kCreateCases), std::pair("Delete", &kDeleteCases),
        std::pair("Names", &kNamesCases), std::pair("Fifo", &kFifoCases),
        std::pair("Times", &kTimesCases), std::pair("Executable", &kExecutableCases)}) {
    for (const Case& one : *cases) all.emplace_back(one).name = group + one.name;
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Files, FileEventsTest, testing::ValuesIn(AllCases()),
                         [](const auto& test) { return test.param.name; });

TEST_F(FileTest, TellsOfAnAttribute) {
  const AttributePlace place(directory_);
  if (!place.Works()) GTEST_SKIP() << "no attributes of users in " << place.path();
  const char* const path = place.path().c_str();
  Run([&] {
    Must(setxattr(path, "user.note", "value", 5, 0) == 0);
    Must(setxattr(path, "trusted.note", "value", 5, 0) == 0);
    Must(setxattr(path, "user.note", "value", 5, XATTR_CREATE) != 0);
  });
  EXPECT_EQ(status_, 0);
  ASSERT_EQ(recorder_->file_events().size(), 1u) << Unseen();
  const FileFact& event = recorder_->file_events().front();
  EXPECT_EQ(event.action, kAttributeSet);
  EXPECT_EQ(event.path.text, place.path());
  EXPECT_EQ(event.attribute, "user.note");
  EXPECT_EQ(event.value, "value");
}

TEST_F(FileTest, TellsOfOldAndNewTimes) {
  const std::string file = directory_.Write("old", "");
  const timespec before[2] = {{1, 2}, {3, 4}};
  const timespec after[2] = {{5, 6}, {7, 8}};
  ASSERT_EQ(utimensat(AT_FDCWD, file.c_str(), before, 0), 0);
  Run([&] { Must(utimensat(AT_FDCWD, file.c_str(), after, 0) == 0); });
  ASSERT_EQ(recorder_->file_events().size(), 1u) << Unseen();
  const FileFact& event = recorder_->file_events().front();
  EXPECT_EQ(event.action, kTimesSet);
  EXPECT_EQ(event.time_ns, 7'000'000'008);
  if (SeesFunctions()) {
    EXPECT_EQ(event.file.mtime_ns, 3'000'000'004);
  }
}

TEST_F(FileTest, TellsOfADeepPath) {
  const std::string name(200, 'd');
  std::string path = directory_.Path("");
  while (path.size() < 3500) std::filesystem::create_directory(path += name + "/");
  const std::string file = path + "file";
  Run([&] {
    Must(Close(open(file.c_str(), O_CREAT | O_WRONLY, 0600)));
    Must(unlink(file.c_str()) == 0);
  });
  EXPECT_EQ(status_, 0);
  ASSERT_EQ(recorder_->file_events().size(), 2u) << Unseen();
  for (const FileFact& event : recorder_->file_events()) EXPECT_EQ(event.path.text, file);
}

TEST_F(FileTest, TellsWhatAChrootCannotHide) {
  Run([&] {
    Must(chroot(directory_.Path("").c_str()) == 0 && chdir("/") == 0);
    Must(Close(open("/new", O_CREAT | O_WRONLY, 0600)));
    Must(unlink("/new") == 0);
  });
  EXPECT_EQ(status_, 0);
  ASSERT_EQ(recorder_->file_events().size(), 2u) << Unseen();
  for (const FileFact& event : recorder_->file_events())
    EXPECT_EQ(event.path.text, directory_.Path("new"));
}

// Every one is told, or counted as lost.
TEST_F(FileTest, AccountsForAStorm) {
  constexpr size_t kFiles = 5000;  // what the ring holds at once
  const uint64_t lost_before = Lost();
  Run([&] {
    const std::string file = directory_.Path("storm");
    for (size_t i = 0; i < kFiles; ++i)
      Must(Close(open(file.c_str(), O_CREAT | O_WRONLY, 0600)) && unlink(file.c_str()) == 0);
  });
  EXPECT_EQ(status_, 0);
  const size_t told = recorder_->file_events().size();
  EXPECT_LE(told, 2 * kFiles);
  EXPECT_GE(told + Lost() - lost_before, 2 * kFiles) << Unseen();
}

}  // namespace
}  // namespace pidigree
