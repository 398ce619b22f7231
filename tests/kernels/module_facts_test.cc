// Modules of the kernel: only a machine of its own may load some.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/base/read_file.h"
#include "src/base/unique_fd.h"
#include "src/event/code_fact.h"
#include "src/source/bpf/bpf_source.h"
#include "tests/agent/running_agent.h"
#include "tests/kernels/guest_fixture.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Put there by run_guest.sh.
constexpr const char* kModule = "/harness/spare_modules/dummy.ko";
constexpr const char* kName = "dummy";

bool LoadFile(const std::string& path) {
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return syscall(SYS_finit_module, file.get(), "", 0) == 0;
}

bool LoadMemory(const std::string& content) {
  return syscall(SYS_init_module, content.data(), content.size(), "") == 0;
}

void Unload() { EXPECT_EQ(syscall(SYS_delete_module, kName, O_NONBLOCK), 0); }

// What the kernel says itself: E stands for an unsigned module,
// Documentation/admin-guide/tainted-kernels.
bool IsSigned() {
  std::string taints;
  std::ifstream("/sys/module/dummy/taint") >> taints;
  return taints.find('E') == std::string::npos;
}

// By sha256sum(1).
std::string Sha256Sum(const std::string& path) {
  std::string sum(64, '\0');
  FILE* const output = popen(("sha256sum " + path).c_str(), "r");
  EXPECT_EQ(std::fread(sum.data(), 1, sum.size(), output), sum.size());
  pclose(output);
  return sum;
}

class ModuleFacts : public GuestTest {};

struct ModuleRecorder : FactConsumer {
  void Apply(const TaskFact&) override {}
  void Apply(const ForkFact&) override {}
  void Apply(const ExecFact&) override {}
  void Apply(const ExitFact&) override {}
  void Apply(const ModuleFact& module) override {
    modules.push_back(module);
    modules.back().name = texts.emplace_back(module.name);
    modules.back().path.text = texts.emplace_back(module.path.text);
  }

  std::vector<ModuleFact> modules;
  std::deque<std::string> texts;
};

TEST_F(ModuleFacts, FromAFileAndFromMemory) {
  auto source = BpfSource::Open({});
  ASSERT_TRUE(source) << source.error().message;
  ASSERT_TRUE((*source)->Attach(EventSet{}.set(6)));
  EXPECT_THAT((*source)->Status().unseen, IsEmpty());
  const Result<std::string> content = ReadFile(kModule, size_t{1} << 24);
  ASSERT_TRUE(content) << content.error().message;

  ASSERT_TRUE(LoadFile(kModule)) << std::strerror(errno);
  const bool is_signed = IsSigned();
  EXPECT_FALSE(LoadFile(kModule)) << "it is loaded already";
  EXPECT_FALSE(LoadFile("/harness/busybox")) << "no module";
  Unload();
  EXPECT_FALSE(LoadMemory(content->substr(0, 100)));
  ASSERT_TRUE(LoadMemory(*content)) << std::strerror(errno);
  Unload();

  ModuleRecorder recorder;
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (recorder.modules.size() < 2 && std::chrono::steady_clock::now() < end)
    ASSERT_TRUE((*source)->Poll(std::chrono::milliseconds(100), 10'000, recorder));
  ASSERT_THAT(recorder.modules, SizeIs(2));
  for (const ModuleFact& module : recorder.modules) {
    EXPECT_EQ(module.name, kName);
    EXPECT_EQ(module.subject.process.tgid, static_cast<uint32_t>(getpid()));
    EXPECT_EQ(module.valid_signature, is_signed);
  }
  EXPECT_EQ(recorder.modules[0].path.text, kModule);
  EXPECT_EQ(recorder.modules[0].file.size, std::filesystem::file_size(kModule));
  EXPECT_EQ(recorder.modules[1].path.text, "");
  EXPECT_EQ(recorder.modules[1].file.inode, 0u);
}

TEST_F(ModuleFacts, BecomeDriverLoads) {
  const TempDir dir;
  const std::string config = dir.Write(
      "config",
      "<Sysmon schemaversion=\"4.90\"><HashAlgorithms>SHA256</HashAlgorithms><EventFiltering>"
      "<DriverLoad onmatch=\"exclude\"/></EventFiltering></Sysmon>");
  RunningAgent agent(dir, {.more = {"--config", config}});
  const Result<std::string> content = ReadFile(kModule, size_t{1} << 24);
  ASSERT_TRUE(content) << content.error().message;
  ASSERT_TRUE(LoadFile(kModule)) << std::strerror(errno);
  const bool is_signed = IsSigned();
  EXPECT_FALSE(LoadFile(kModule));  // it is loaded already
  EXPECT_FALSE(LoadFile("/harness/busybox"));
  Unload();
  EXPECT_FALSE(LoadMemory(content->substr(0, 100)));
  ASSERT_TRUE(LoadMemory(*content)) << std::strerror(errno);
  Unload();
  std::vector<std::map<std::string, std::string>> loads;
  for (const LoggedEvent& event : agent.Events()) {
    if (event.id != 6) continue;
    auto& load = loads.emplace_back();
    for (const auto& [name, value] : event.fields)
      if (name != "UtcTime") load.emplace(name, value);
  }
  std::map<std::string, std::string> from_file = {
      {"RuleName", "-"},
      {"ImageLoaded", kModule},
      {"Hashes", "SHA256=" + Sha256Sum(kModule)},
      {"Signed", is_signed ? "true" : "false"},
      {"Signature", "-"},
      {"SignatureStatus", is_signed ? "Valid" : "Unavailable"}};
  auto from_memory = from_file;
  from_memory["ImageLoaded"] = kName;
  from_memory["Hashes"] = "-";
  EXPECT_THAT(loads, ElementsAre(from_file, from_memory));
}

}  // namespace
}  // namespace pidigree
