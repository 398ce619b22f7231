// Which hooks the kernels offer to BPF programs, beyond the tracepoints that every machine has:
// the places where security modules are asked, on which events of files, memory and ptrace rest.

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>

#include "src/base/unique_fd.h"
#include "tests/kernels/guest_fixture.h"

namespace pidigree {
namespace {

constexpr std::array kSecurityHooks = {
    "file_open",   "inode_create", "inode_link",          "inode_rename", "inode_setattr",
    "path_unlink", "mmap_file",    "ptrace_access_check", "bpf",          "kernel_read_file",
};

// Of the program that does nothing.
struct Program {
  bpf_prog_type type;
  bpf_attach_type attach_type;
  int function = 0;  // BTF id of what it is attached to
};

UniqueFd Load(const Program& program) {
  const std::array<bpf_insn, 2> instructions{{
      {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
      {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
  }};
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  options.expected_attach_type = program.attach_type;
  options.attach_btf_id = static_cast<uint32_t>(program.function);
  return UniqueFd(bpf_prog_load(program.type, "nothing", "GPL", instructions.data(),
                                instructions.size(), &options));
}

class KernelHook : public GuestTest {
 protected:
  // Attaches to a function whose first caller may be this very test, and takes it away again.
  void AttachByType(const Program& program, const std::string& name) {
    SCOPED_TRACE(name);
    Program typed = program;
    typed.function = libbpf_find_vmlinux_btf_id(name.c_str(), program.attach_type);
    ASSERT_GT(typed.function, 0) << std::strerror(-typed.function);
    const UniqueFd loaded = Load(typed);
    ASSERT_GE(loaded.get(), 0) << std::strerror(errno);
    const UniqueFd link(bpf_raw_tracepoint_open(nullptr, loaded.get()));
    EXPECT_GE(link.get(), 0) << std::strerror(errno);
  }
};

TEST_F(KernelHook, EntryOfFunctions) {
  for (const std::string hook : kSecurityHooks)
    AttachByType({BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY}, "security_" + hook);
}

TEST_F(KernelHook, ReturnOfFunctions) {
  for (const std::string name : {"vfs_unlink", "inet_csk_accept"})
    AttachByType({BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT}, name);
}

TEST_F(KernelHook, SecurityModules) {
  for (const std::string hook : kSecurityHooks)
    AttachByType({BPF_PROG_TYPE_LSM, BPF_LSM_MAC}, hook);
}

TEST_F(KernelHook, Kprobes) {
  uint32_t type = 0;
  std::ifstream("/sys/bus/event_source/devices/kprobe/type") >> type;
  const UniqueFd program = Load({BPF_PROG_TYPE_KPROBE, bpf_attach_type{}});
  ASSERT_GE(program.get(), 0) << std::strerror(errno);
  for (const std::string hook : kSecurityHooks) {
    const std::string function = "security_" + hook;
    SCOPED_TRACE(function);
    perf_event_attr event{};
    event.size = sizeof event;
    event.type = type;
    event.kprobe_func = reinterpret_cast<uintptr_t>(function.c_str());
    const UniqueFd probe(
        static_cast<int>(syscall(SYS_perf_event_open, &event, -1, 0, -1, PERF_FLAG_FD_CLOEXEC)));
    ASSERT_GE(probe.get(), 0) << std::strerror(errno);
    EXPECT_EQ(ioctl(probe.get(), PERF_EVENT_IOC_SET_BPF, program.get()), 0) << std::strerror(errno);
  }
}

}  // namespace
}  // namespace pidigree
