#include "src/enrich/live_process.h"

#include <unistd.h>

#include <cerrno>
#include <climits>
#include <sstream>
#include <string_view>

#include "src/base/read_file.h"
#include "src/enrich/host_identity.h"
#include "src/enrich/proc_stat.h"

namespace pidigree {
namespace {

constexpr std::string_view kInitialPidNamespace = "pid:[4026531836]";
constexpr size_t kMaxProcFile = 1 << 20;

// Start times in GUIDs have this many ticks a second.
constexpr uint64_t kGuidTicks = 100;

// The value of "Tgid:" in the text of /proc/<pid>/status.
std::string_view Tgid(std::string_view status) {
  constexpr std::string_view kKey = "\nTgid:\t";
  const size_t at = status.find(kKey);
  if (at == status.npos) return {};
  status.remove_prefix(at + kKey.size());
  return status.substr(0, status.find('\n'));
}

}  // namespace

Result<> CheckNamespacesForGuids(const HostPaths& host) {
  const std::string link = host.proc + "/self/ns/pid";
  char name[PATH_MAX];
  const ssize_t size = readlink(link.c_str(), name, sizeof name);
  if (size < 0) return FailErrno(errno, "readlink " + link);
  if (std::string_view(name, static_cast<size_t>(size)) != kInitialPidNamespace)
    return Fail(ErrorCode::kUnsupported,
                "not in the initial PID namespace: process ids here are not those of the host");

  const std::string path = host.proc + "/self/timens_offsets";
  const Result<std::string> offsets = ReadFile(path, kMaxProcFile);
  if (!offsets && offsets.error().code == ErrorCode::kNotFound) return {};  // before Linux 5.6
  if (!offsets) return Fail(offsets.error());
  std::istringstream lines(*offsets);
  std::string clock;
  int64_t seconds = 0;
  int64_t nanoseconds = 0;
  while (lines >> clock >> seconds >> nanoseconds) {
    if (clock == "boottime" && (seconds != 0 || nanoseconds != 0))
      return Fail(ErrorCode::kUnsupported,
                  "in a time namespace that shifts the boot time: start times here are not those "
                  "of the host");
  }
  return {};
}

Result<LiveProcess> FindLiveProcess(uint32_t pid, const HostPaths& host) {
  if (Result<> checked = CheckNamespacesForGuids(host); !checked) return Fail(checked.error());
  const std::string number = std::to_string(pid);
  const std::string directory = host.proc + "/" + number;
  const Result<std::string> status = ReadFile(directory + "/status", kMaxProcFile);
  const Result<std::string> line = ReadFile(directory + "/stat", kMaxProcFile);
  for (const Result<std::string>* content : {&status, &line}) {
    if (*content) continue;
    if (content->error().code == ErrorCode::kNotFound)
      return Fail(ErrorCode::kNotFound, "there is no process " + number);
    return Fail(content->error());
  }
  if (const std::string_view tgid = Tgid(*status); tgid != number)
    return Fail(ErrorCode::kUnsupported,
                number + " is a thread of process " + std::string(tgid) + ", not a process");
  const Result<ProcStat> stat = ParseProcStat(*line);
  if (!stat) return Fail(stat.error().code, directory + "/" + stat.error().message);
  const Result<uint32_t> machine = ReadMachineId32(host.machine_id);
  if (!machine) return Fail(machine.error());
  const Result<uint32_t> boot = ReadBootId32(host.proc + "/sys/kernel/random/boot_id");
  if (!boot) return Fail(boot.error());
  const auto ticks_per_second = static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
  const uint64_t start = stat->start_ticks * kGuidTicks / ticks_per_second;
  return LiveProcess{Guid::Process(*machine, *boot, start, pid), std::string(stat->comm)};
}

}  // namespace pidigree
