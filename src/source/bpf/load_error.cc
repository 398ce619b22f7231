#include "src/source/bpf/load_error.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "src/base/read_file.h"

namespace pidigree {
namespace {

// What can still be done.
constexpr std::string_view kLogs =
    "; `pidigree translate` needs no BPF: it makes events of what auditd logs "
    "(docs/audit-rules.md)";

bool Has(uint64_t capabilities, int capability) { return (capabilities >> capability & 1) != 0; }

// "6.1.0-18-amd64": {6, 1}.
std::pair<int, int> Version(std::string_view release) {
  std::pair<int, int> version{};
  const char* const end = release.data() + release.size();
  const auto major = std::from_chars(release.data(), end, version.first);
  if (major.ec == std::errc() && major.ptr != end)
    std::from_chars(major.ptr + 1, end, version.second);
  return version;
}

uint64_t EffectiveCapabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
  if (syscall(SYS_capget, &header, data) != 0) return 0;
  return uint64_t{data[1].effective} << 32 | data[0].effective;
}

// The last line that is not empty.
std::string_view LastLine(std::string_view log) {
  while (!log.empty() && (log.back() == '\n' || log.back() == ' ')) log.remove_suffix(1);
  return log.substr(log.rfind('\n') + 1);
}

std::string Missing(uint64_t capabilities) {
  std::string missing;
  if (Has(capabilities, CAP_SYS_ADMIN)) return missing;
  for (const auto& [capability, name] :
       {std::pair{CAP_BPF, "CAP_BPF"}, std::pair{CAP_PERFMON, "CAP_PERFMON"}}) {
    if (Has(capabilities, capability)) continue;
    if (!missing.empty()) missing += " and ";
    missing += name;
  }
  return missing;
}

}  // namespace

std::string_view ComplaintOf(std::string_view log) {
  // The last line of the verifier is a statistic.
  return LastLine(log.substr(0, log.find("\nprocessed ")));
}

LoadSurroundings ReadLoadSurroundings() {
  LoadSurroundings surroundings;
  utsname names{};
  if (uname(&names) == 0) surroundings.kernel_release = names.release;
  surroundings.has_btf = access("/sys/kernel/btf/vmlinux", R_OK) == 0;
  const auto lockdown = ReadFile("/sys/kernel/security/lockdown", 256);
  surroundings.confidential = lockdown && lockdown->find("[confidentiality]") != std::string::npos;
  surroundings.capabilities = EffectiveCapabilities();
  return surroundings;
}

Error ExplainLoadFailure(int error_number, const LoadSurroundings& surroundings,
                         std::string_view log) {
  const std::string what = "cannot load the BPF programs: ";
  const std::string logs(kLogs);
  if (Version(surroundings.kernel_release) < std::pair(5, 8)) {
    return {ErrorCode::kUnsupported, what + "kernel " + surroundings.kernel_release +
                                         " is older than 5.8, the first with a BPF ring buffer" +
                                         logs};
  }
  if (const std::string missing = Missing(surroundings.capabilities); !missing.empty()) {
    return {ErrorCode::kPermission,
            what + missing + (missing.find(" and ") == missing.npos ? " is" : " are") +
                " missing; run as root, or give them to the service (AmbientCapabilities=)"};
  }
  if (!surroundings.has_btf) {
    return {ErrorCode::kUnsupported,
            what +
                "the kernel does not describe its types (no readable /sys/kernel/btf/vmlinux); "
                "it must be built with CONFIG_DEBUG_INFO_BTF" +
                logs};
  }
  if (surroundings.confidential) {
    return {ErrorCode::kPermission,
            what +
                "kernel lockdown is \"confidentiality\", which lets no BPF program read the "
                "kernel; boot with lockdown=integrity or less" +
                logs};
  }
  if (error_number == EPERM) {
    return {ErrorCode::kPermission,
            what +
                "bpf(2) is not permitted although the capabilities are there; a container's "
                "seccomp profile or user namespace, or a security module, forbids it" +
                logs};
  }
  std::string message = what + std::strerror(error_number);
  if (const std::string_view line = LastLine(log); !line.empty())
    message.append(" (libbpf: ").append(line).append(")");
  return {ErrorCode::kSystem, std::move(message)};
}

}  // namespace pidigree
