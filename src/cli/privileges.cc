#include "src/cli/privileges.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace pidigree {
namespace {

// Since Linux 5.8; older headers of the C library do not have them.
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif
#ifndef CAP_BPF
#define CAP_BPF 39
#endif

constexpr std::array kKept = {CAP_BPF,        CAP_PERFMON,         CAP_NET_ADMIN,
                              CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_SYSLOG};

bool IsKept(int capability) { return std::ranges::find(kKept, capability) != kKept.end(); }

}  // namespace

Result<> DropPrivileges() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return FailErrno(errno, "set no_new_privs");
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    // Without CAP_SETPCAP the bounding set stays as it is, and no_new_privs has to do.
    if (!IsKept(capability) && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EPERM)
      return FailErrno(errno, "drop a capability from the bounding set");
  }
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
    return FailErrno(errno, "clear the ambient capabilities");

  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
  if (syscall(SYS_capget, &header, data.data()) != 0) return FailErrno(errno, "read capabilities");
  for (size_t word = 0; word < data.size(); ++word) {
    uint32_t kept = 0;
    for (const int capability : kKept)
      if (CAP_TO_INDEX(static_cast<unsigned>(capability)) == word)
        kept |= CAP_TO_MASK(static_cast<unsigned>(capability));
    data[word].permitted &= kept;
    data[word].effective = data[word].permitted;
    data[word].inheritable = 0;
  }
  if (syscall(SYS_capset, &header, data.data()) != 0) return FailErrno(errno, "drop capabilities");
  return {};
}

}  // namespace pidigree
