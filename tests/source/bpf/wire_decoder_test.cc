#include "src/source/bpf/wire_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pidigree {
namespace {

// Keeps the last fact; its text is looked at before the next Decode().
struct LastFact : FactConsumer {
  using FactConsumer::Apply;
  void Apply(const TaskFact& fact) override { task = fact, ++count; }
  void Apply(const ForkFact& fact) override { fork = fact, ++count; }
  void Apply(const ExecFact& fact) override { exec = fact, ++count; }
  void Apply(const ExitFact& fact) override { exit = fact, ++count; }

  TaskFact task;
  ForkFact fork;
  ExecFact exec;
  ExitFact exit;
  int count = 0;
};

template <size_t N>
std::string Text(const char (&literal)[N]) {
  return {literal, N - 1};
}

template <typename Wire>
std::string Record(Wire wire, wire_kind kind, const std::string& text = "") {
  wire.header.kind = kind;
  wire.header.size = static_cast<uint32_t>(sizeof(wire) + text.size());
  std::string bytes(sizeof(wire), '\0');
  std::memcpy(bytes.data(), &wire, sizeof(wire));
  return bytes + text;
}

wire_subject WireSubject() {
  wire_subject subject{};
  subject.process = {.start_ns = 5'000'000'007, .tgid = 42};
  subject.parent = {.start_ns = 4'000'000'000, .tgid = 41};
  subject.cgroup = 77;
  subject.mount_ns = 0xf0000000;
  subject.pid_ns = 0xeffffffc;
  subject.uid = 1000;
  subject.euid = 0;
  subject.auid = 1001;
  subject.session = 3;
  std::memcpy(subject.comm, "bash", 5);
  return subject;
}

class WireDecoderTest : public testing::Test {
 protected:
  bool Decode(std::string record) {
    record_ = std::move(record);  // what the fact views
    return decoder_.Decode(std::as_bytes(std::span(record_)), last_);
  }

  // The image of an exec record with this one path.
  KernelPath Image(uint32_t flags, const std::string& components) {
    wire_exec wire{};
    wire.image = {static_cast<uint32_t>(components.size()), flags};
    EXPECT_TRUE(Decode(Record(wire, WIRE_EXEC, components)));
    return last_.exec.image;
  }

  std::string record_;
  WireDecoder decoder_;
  LastFact last_;
};

TEST_F(WireDecoderTest, Fork) {
  wire_fork wire{};
  wire.header.time_ns = 9;
  wire.subject = WireSubject();
  wire.creator = {.start_ns = 1, .tgid = 1};
  wire.flags = WIRE_KERNEL_THREAD;
  wire.image = {9, WIRE_PATH_PRESENT};
  ASSERT_TRUE(Decode(Record(wire, WIRE_FORK, Text("bash\0usr\0"))));
  EXPECT_EQ(last_.fork.subject.time_ns, 9u);
  EXPECT_EQ(last_.fork.child, (ProcessKey{42, 5'000'000'007}));
  EXPECT_EQ(last_.fork.subject.process, (ProcessKey{41, 4'000'000'000}));
  EXPECT_EQ(last_.fork.creator, (ProcessKey{1, 1}));
  EXPECT_EQ(last_.fork.subject.ids.uid, 1000u);
  EXPECT_EQ(last_.fork.subject.ids.euid, 0u);
  EXPECT_EQ(last_.fork.subject.ids.auid, 1001u);
  EXPECT_EQ(last_.fork.subject.ids.session, 3u);
  EXPECT_EQ(last_.fork.place.mount_namespace, 0xf0000000);
  EXPECT_EQ(last_.fork.place.pid_namespace, 0xeffffffc);
  EXPECT_EQ(last_.fork.place.cgroup, 77u);
  EXPECT_EQ(last_.fork.comm, "bash");
  EXPECT_TRUE(last_.fork.kernel_thread);
}

TEST_F(WireDecoderTest, Exec) {
  wire_exec wire{};
  wire.header.time_ns = 9;
  wire.subject = WireSubject();
  wire.executable = {
      .device = 8, .inode = 9, .size = 10, .mtime_ns = -1, .ctime_ns = 12, .links = 1};
  wire.tty = 34816;
  wire.flags = WIRE_TRACED | WIRE_ARGUMENTS_CUT;
  wire.image = {9, WIRE_PATH_PRESENT};
  wire.cwd = {0, WIRE_PATH_PRESENT};
  wire.arguments_size = 6;
  ASSERT_TRUE(Decode(Record(wire, WIRE_EXEC, Text("bash\0usr\0") + Text("sh\0-c\0"))));
  EXPECT_EQ(last_.exec.subject.process, (ProcessKey{42, 5'000'000'007}));
  EXPECT_EQ(last_.exec.present_parent, (ProcessKey{41, 4'000'000'000}));
  EXPECT_EQ(last_.exec.executable.device, 8u);
  EXPECT_EQ(last_.exec.executable.inode, 9u);
  EXPECT_EQ(last_.exec.executable.size, 10u);
  EXPECT_EQ(last_.exec.executable.mtime_ns, -1);
  EXPECT_EQ(last_.exec.executable.ctime_ns, 12);
  EXPECT_EQ(last_.exec.executable.links, 1u);
  EXPECT_EQ(last_.exec.tty, 34816u);
  EXPECT_TRUE(last_.exec.traced);
  EXPECT_TRUE(last_.exec.arguments_cut);
  EXPECT_EQ(last_.exec.image.text, "/usr/bash");
  EXPECT_EQ(last_.exec.cwd.text, "/");
  EXPECT_EQ(last_.exec.arguments, Text("sh\0-c\0"));
  EXPECT_EQ(decoder_.arguments_cut(), 1u);
}

TEST_F(WireDecoderTest, Exit) {
  wire_exit wire{};
  wire.header.time_ns = 9;
  wire.process = {.start_ns = 7, .tgid = 8};
  wire.exit_code = 139;
  wire.uid = 1000;
  std::memcpy(wire.comm, "all of sixteen..", 16);
  ASSERT_TRUE(Decode(Record(wire, WIRE_EXIT)));
  EXPECT_EQ(last_.exit.subject.process, (ProcessKey{8, 7}));
  EXPECT_EQ(last_.exit.exit_code, 139);
  EXPECT_EQ(last_.exit.subject.ids.uid, 1000u);
  EXPECT_EQ(last_.exit.comm, "all of sixteen..");
}

TEST_F(WireDecoderTest, Task) {
  wire_task wire{};
  wire.subject = WireSubject();
  wire.flags = WIRE_KERNEL_THREAD;
  ASSERT_TRUE(Decode(Record(wire, WIRE_TASK)));
  EXPECT_EQ(last_.task.subject.process, (ProcessKey{42, 5'000'000'007}));
  EXPECT_EQ(last_.task.present_parent, (ProcessKey{41, 4'000'000'000}));
  EXPECT_EQ(last_.task.comm, "bash");
  EXPECT_TRUE(last_.task.kernel_thread);
}

TEST_F(WireDecoderTest, Paths) {
  EXPECT_EQ(Image(0, "").text, "");
  EXPECT_EQ(Image(WIRE_PATH_PRESENT, "").text, "/");
  EXPECT_EQ(Image(WIRE_PATH_PRESENT, Text("true\0")).text, "/true");
  EXPECT_EQ(Image(WIRE_PATH_PRESENT, Text("true\0bin\0usr\0")).text, "/usr/bin/true");
  EXPECT_EQ(Image(WIRE_PATH_PRESENT | WIRE_PATH_PSEUDO, Text("memfd:x/y\0")).text, "memfd:x/y");
  EXPECT_EQ(Image(WIRE_PATH_PRESENT | WIRE_PATH_CUT, Text("c\0b\0")).text, ".../b/c");
  EXPECT_EQ(Image(WIRE_PATH_PRESENT | WIRE_PATH_CUT, "").text, "...");
  EXPECT_EQ(Image(WIRE_PATH_PRESENT | WIRE_PATH_FOREIGN, Text("true\0bin\0")).text,
            "(unreachable)/bin/true");
}

TEST_F(WireDecoderTest, PathsThatAreCutAreCounted) {
  Image(WIRE_PATH_PRESENT, Text("a\0"));
  Image(WIRE_PATH_PRESENT | WIRE_PATH_CUT, Text("a\0"));
  EXPECT_TRUE(last_.exec.image.cut);
  EXPECT_EQ(decoder_.paths_cut(), 1u);
}

TEST_F(WireDecoderTest, UnlinkedIsTold) {
  EXPECT_TRUE(Image(WIRE_PATH_PRESENT | WIRE_PATH_UNLINKED, Text("a\0")).unlinked);
  EXPECT_FALSE(Image(WIRE_PATH_PRESENT, Text("a\0")).unlinked);
}

TEST_F(WireDecoderTest, TimeNeverGoesBack) {
  wire_exit wire{};
  std::vector<uint64_t> times;
  for (const uint64_t time_ns : {100u, 90u, 99u, 101u}) {
    wire.header.time_ns = time_ns;
    ASSERT_TRUE(Decode(Record(wire, WIRE_EXIT)));
    times.push_back(last_.exit.subject.time_ns);
  }
  EXPECT_EQ(times, (std::vector<uint64_t>{100, 100, 100, 101}));
}

struct Bad {
  std::string name;
  std::string record;
};

void PrintTo(const Bad& test, std::ostream* out) { *out << test.name; }

template <typename Wire>
Wire With(const std::function<void(Wire&)>& change) {
  Wire wire{};
  change(wire);
  return wire;
}

std::vector<Bad> BadRecords() {
  std::string short_header = Record(wire_exit{}, WIRE_EXIT);
  short_header.resize(15);
  std::string wrong_size = Record(wire_exit{}, WIRE_EXIT) + "x";
  std::string short_exec = Record(wire_exit{}, WIRE_EXEC);
  const auto exec = [](const std::function<void(wire_exec&)>& change, const std::string& text) {
    return Record(With<wire_exec>(change), WIRE_EXEC, text);
  };
  return {
      {"Empty", ""},
      {"ShorterThanAHeader", short_header},
      {"LongerThanItSays", wrong_size},
      {"UnknownKind", Record(wire_exit{}, static_cast<wire_kind>(5))},
      {"KindZero", Record(wire_exit{}, static_cast<wire_kind>(0))},
      {"ShorterThanItsKind", short_exec},
      {"TextThatNobodyTakes", Record(wire_fork{}, WIRE_FORK, "x")},
      {"TextBehindAnExit", Record(wire_exit{}, WIRE_EXIT, "x")},
      {"TextBehindATask", Record(wire_task{}, WIRE_TASK, "x")},
      {"ArgumentsBeyondTheEnd", exec([](wire_exec& wire) { wire.arguments_size = 4; }, "abc")},
      {"ArgumentsOfHugeSize", exec([](wire_exec& wire) { wire.arguments_size = ~0ull; }, "abc")},
      {"PathBeyondTheEnd", exec(
                               [](wire_exec& wire) {
                                 wire.image = {9, 1};
                               },
                               Text("abc\0"))},
      {"PathWithoutEnd", exec(
                             [](wire_exec& wire) {
                               wire.cwd = {3, 1};
                             },
                             "abc")},
      {"PathThatIsNone", exec(
                             [](wire_exec& wire) {
                               wire.cwd = {4, 0};
                             },
                             Text("abc\0"))},
      {"PseudoWithoutName", exec(
                                [](wire_exec& wire) {
                                  wire.image = {0, WIRE_PATH_PSEUDO};
                                },
                                "")},
      {"NumberTooLarge",
       exec([](wire_exec& wire) { wire.subject.process.tgid = uint64_t{1} << 32; }, "")},
  };
}

class BadRecord : public testing::TestWithParam<Bad> {};

INSTANTIATE_TEST_SUITE_P(Wire, BadRecord, testing::ValuesIn(BadRecords()),
                         [](const auto& bad) { return bad.param.name; });

TEST_P(BadRecord, IsRefused) {
  WireDecoder decoder;
  LastFact last;
  EXPECT_FALSE(decoder.Decode(std::as_bytes(std::span(GetParam().record)), last));
  EXPECT_EQ(last.count, 0);
}

}  // namespace
}  // namespace pidigree
