// What processes do to each other and which code they take in, as the agent writes it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/unique_fd.h"
#include "tests/agent/period.h"
#include "tests/agent/shared_agent_test.h"
#include "tests/support/child.h"

namespace pidigree {
namespace {

using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

using Fields = std::map<std::string, std::string>;

constexpr std::string_view kZeroGuid = "{00000000-0000-0000-0000-000000000000}";

std::string OwnImage() { return std::filesystem::read_symlink("/proc/self/exe"); }

std::string GuidOf(pid_t pid) {
  std::string guid = RunPidigree({"guid", std::to_string(pid)}).out;
  if (guid.ends_with('\n')) guid.pop_back();
  return guid;
}

// The whole of an event's data but for its time.
Fields FieldsOf(const LoggedEvent& event) {
  Fields fields;
  for (const auto& [name, value] : event.fields)
    if (name != "UtcTime") fields.emplace(name, value);
  return fields;
}

class AgentActivity : public SharedAgentTest<AgentActivity> {
 public:
  static std::string Config() {
    std::string filters;
    for (const char* event : {"ProcessAccess", "CreateRemoteThread", "ImageLoad", "DriverLoad",
                              "ProcessTampering", "eBPFEvent"})
      filters += "<" + std::string(event) + " onmatch=\"exclude\"/>";
    return "<Sysmon schemaversion=\"4.90\"><HashAlgorithms>MD5</HashAlgorithms>"
           "<EventFiltering>" +
           filters + "</EventFiltering></Sysmon>";
  }

 protected:
  // Of that id, with `value` in the field `name`.
  static std::vector<LoggedEvent> With(const std::vector<LoggedEvent>& events, uint16_t id,
                                       std::string_view name, std::string_view value) {
    std::vector<LoggedEvent> found;
    for (const LoggedEvent& event : events)
      if (event.id == id && event.Get(name) == value) found.push_back(event);
    return found;
  }

  // Whether a ProcessCreate of `guid` stands before `event`.
  static bool IsAnnounced(const std::vector<LoggedEvent>& events, const LoggedEvent& event,
                          std::string_view guid) {
    for (const LoggedEvent& before : events) {
      if (before.record_id >= event.record_id) break;
      if (before.id == 1 && before.Get("ProcessGuid") == guid) return true;
    }
    return false;
  }
};

TEST_F(AgentActivity, ImageLoad) {
  const std::string path = dir_.Write(word_ + "library.so", "library");
  const std::string other = dir_.Write(word_ + "other.so", "other");
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const UniqueFd data(open(other.c_str(), O_RDWR | O_CLOEXEC));
  const auto map = [](const UniqueFd& fd, int protection, int flags = MAP_PRIVATE) {
    return mmap(nullptr, 1, protection, flags, fd.get(), 0) != MAP_FAILED;
  };
  Period period;
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(map(file, PROT_READ | PROT_EXEC));
  period.End();
  ASSERT_TRUE(map(data, PROT_READ) && map(data, PROT_READ | PROT_WRITE, MAP_SHARED));
  ASSERT_TRUE(map(data, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS));
  ASSERT_FALSE(map(data, PROT_READ | PROT_EXEC, 0));
  const std::vector<LoggedEvent> events = agent().Events();
  const auto loads = With(events, 7, "ImageLoaded", path);
  ASSERT_THAT(loads, SizeIs(1));
  EXPECT_EQ(FieldsOf(loads[0]), (Fields{{"RuleName", "-"},
                                        {"ProcessGuid", GuidOf(getpid())},
                                        {"ProcessId", std::to_string(getpid())},
                                        {"Image", OwnImage()},
                                        {"ImageLoaded", path},
                                        {"FileVersion", "-"},
                                        {"Description", "-"},
                                        {"Product", "-"},
                                        {"Company", "-"},
                                        {"OriginalFileName", "-"},
                                        // md5sum(1) of "library"
                                        {"Hashes", "MD5=d521f765a49c72507257a2620612ee96"},
                                        {"Signed", "-"},
                                        {"Signature", "-"},
                                        {"SignatureStatus", "-"},
                                        {"User", "root"}}));
  EXPECT_TRUE(period.Holds(loads[0].Get("UtcTime"))) << loads[0].Get("UtcTime");
  EXPECT_TRUE(IsAnnounced(events, loads[0], GuidOf(getpid())));
  EXPECT_THAT(With(events, 7, "ImageLoaded", other), IsEmpty());
}

TEST_F(AgentActivity, ProcessTampering) {
  const std::string name = word_ + "memfd";
  InChild([&] {
    const int memory = memfd_create(name.c_str(), MFD_CLOEXEC);
    const int program = open("/bin/true", O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (fstat(program, &status) != 0) _exit(1);
    while (sendfile(memory, program, nullptr, static_cast<size_t>(status.st_size)) > 0) {
    }
    const char* const argv[] = {"true", nullptr};
    fexecve(memory, const_cast<char* const*>(argv), environ);
    _exit(1);
  });
  const std::string gone = dir_.Path("gone");
  std::filesystem::copy_file("/bin/true", gone);
  InChild([&] {
    const int program = open(gone.c_str(), O_RDONLY | O_CLOEXEC);
    if (unlink(gone.c_str()) != 0) _exit(1);
    const char* const argv[] = {"true", nullptr};
    fexecve(program, const_cast<char* const*>(argv), environ);
    _exit(1);
  });
  const std::string traced = dir_.Path("traced");
  std::filesystem::copy_file("/bin/true", traced);
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
    execl(traced.c_str(), "true", nullptr);
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSTOPPED(status));
  ASSERT_EQ(ptrace(PTRACE_CONT, child, nullptr, nullptr), 0);
  ASSERT_EQ(waitpid(child, &status, 0), child);

  // Those that look like one: an ordinary file, by its name and by a descriptor.
  const std::string ordinary = dir_.Path("ordinary");
  std::filesystem::copy_file("/bin/true", ordinary);
  const char* const argv[] = {"true", nullptr};
  InChild([&] {
    execv(ordinary.c_str(), const_cast<char* const*>(argv));
    _exit(1);
  });
  InChild([&] {
    fexecve(open(ordinary.c_str(), O_RDONLY | O_CLOEXEC), const_cast<char* const*>(argv), environ);
    _exit(1);
  });
  ASSERT_TRUE(std::filesystem::remove(ordinary));

  const std::vector<LoggedEvent> events = agent().Events();
  for (const auto& [image, type] :
       {std::pair{"memfd:" + name, "memfd"}, std::pair{gone, "deleted image"},
        std::pair{traced, "traced exec"}}) {
    const auto tampered = With(events, 25, "Image", image);
    ASSERT_THAT(tampered, SizeIs(1)) << image;
    const auto created = With(events, 1, "Image", image);
    ASSERT_THAT(created, SizeIs(1)) << image;
    EXPECT_EQ(FieldsOf(tampered[0]),
              (Fields{{"RuleName", "-"},
                      {"ProcessGuid", std::string(created[0].Get("ProcessGuid"))},
                      {"ProcessId", std::string(created[0].Get("ProcessId"))},
                      {"Image", image},
                      {"Type", type},
                      {"User", "root"}}));
    EXPECT_GT(tampered[0].record_id, created[0].record_id);
    EXPECT_EQ(tampered[0].Get("UtcTime"), created[0].Get("UtcTime"));
  }
  EXPECT_THAT(With(events, 1, "Image", ordinary), SizeIs(2));
  EXPECT_THAT(With(events, 25, "Image", ordinary), IsEmpty());
}

#ifdef __x86_64__
TEST_F(AgentActivity, ImageReplaced) {
  const std::string disguise = dir_.Path("disguise");
  std::filesystem::copy_file("/bin/true", disguise);
  int status = -1;
  const pid_t child = fork();
  if (child == 0) {
    execl(ACTOR_BINARY, "actor", "disguise", disguise.c_str(), nullptr);
    _exit(1);
  }
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "prctl(PR_SET_MM) is not for this process";
  ASSERT_EQ(status, 0);
  const std::vector<LoggedEvent> events = agent().Events();
  const auto tampered = With(events, 25, "ProcessId", std::to_string(child));
  const auto created = With(events, 1, "ProcessId", std::to_string(child));
  ASSERT_THAT(tampered, SizeIs(1));
  ASSERT_THAT(created, Not(IsEmpty()));
  EXPECT_EQ(FieldsOf(tampered[0]),
            (Fields{{"RuleName", "-"},
                    {"ProcessGuid", std::string(created.back().Get("ProcessGuid"))},
                    {"ProcessId", std::to_string(child)},
                    {"Image", ACTOR_BINARY},
                    {"Type", "image replaced"},
                    {"User", "root"}}));
}
#endif

TEST_F(AgentActivity, BpfProgramsOfOthersOnly) {
  const std::array<bpf_insn, 2> instructions{{
      {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
      {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
  }};
  // Before 5.11 programs count as locked memory; on later kernels it does not matter if this fails.
  const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
  static_cast<void>(setrlimit(RLIMIT_MEMLOCK, &unlimited));
  bpf_attr load{};
  load.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  load.insns = reinterpret_cast<uintptr_t>(instructions.data());
  load.insn_cnt = instructions.size();
  load.license = reinterpret_cast<uintptr_t>("GPL");
  // What is refused, and other commands, are none.
  bpf_attr refused = load;
  refused.insn_cnt = 1;
  ASSERT_LT(syscall(SYS_bpf, BPF_PROG_LOAD, &refused, sizeof refused), 0);
  bpf_attr map{};
  map.map_type = BPF_MAP_TYPE_ARRAY;
  map.key_size = map.value_size = sizeof(uint32_t);
  map.max_entries = 1;
  ASSERT_TRUE(UniqueFd(static_cast<int>(syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map))));
  std::string_view("of_a_test").copy(load.prog_name, sizeof load.prog_name - 1);
  Period period;
  const UniqueFd program(static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load)));
  ASSERT_TRUE(program);
  period.End();
  bpf_prog_info info{};
  bpf_attr query{};
  query.info.bpf_fd = static_cast<uint32_t>(program.get());
  query.info.info_len = sizeof info;
  query.info.info = reinterpret_cast<uintptr_t>(&info);
  ASSERT_EQ(syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &query, sizeof query), 0);
  // A reload makes the agent load programs of its own.
  Reload();
  const std::vector<LoggedEvent> events = agent().Events();
  const auto loads = With(events, 100, "ProcessId", std::to_string(getpid()));
  ASSERT_THAT(loads, SizeIs(1));
  EXPECT_EQ(FieldsOf(loads[0]), (Fields{{"RuleName", "-"},
                                        {"ProcessGuid", GuidOf(getpid())},
                                        {"ProcessId", std::to_string(getpid())},
                                        {"Image", OwnImage()},
                                        {"User", "root"},
                                        {"BpfCommand", "BPF_PROG_LOAD"},
                                        {"BpfProgramType", "SOCKET_FILTER"},
                                        {"BpfProgramId", std::to_string(info.id)},
                                        {"BpfProgramName", "of_a_test"}}));
  EXPECT_TRUE(period.Holds(loads[0].Get("UtcTime"))) << loads[0].Get("UtcTime");
  const std::string agent_pid = std::to_string(agent().pid());
  for (const LoggedEvent& event : events) {
    EXPECT_FALSE(event.id == 100 && event.Get("ProcessId") == agent_pid);
    EXPECT_FALSE(event.id == 10 && event.Get("SourceProcessId") == agent_pid);
    EXPECT_NE(event.Get("ProcessGuid"), kZeroGuid);
  }
}

}  // namespace
}  // namespace pidigree
