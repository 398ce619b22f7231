// usage: empty_exit_hooks one|all PROGRAM [ARGUMENT...]
//
// Runs PROGRAM while BPF programs that do nothing are attached to the exit of creat(2), and with
// "all" to the exits of all system calls as well: the least that an agent costs which sees what
// happens there, as pidigree does without and with --compat-syscalls.

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "src/base/result.h"
#include "src/base/unique_fd.h"
#include "src/source/bpf/trace_fs.h"

namespace {

using pidigree::Result;
using pidigree::UniqueFd;

UniqueFd LoadEmptyProgram(bpf_prog_type type) {
  bpf_insn return_zero[2] = {};
  return_zero[0].code = BPF_ALU64 | BPF_MOV | BPF_K;  // r0 = 0
  return_zero[1].code = BPF_JMP | BPF_EXIT;
  return UniqueFd(bpf_prog_load(type, "empty", "GPL", return_zero, 2, nullptr));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view which = argc < 3 ? "" : argv[1];
  if (which != "one" && which != "all") {
    std::fprintf(stderr, "usage: empty_exit_hooks one|all PROGRAM [ARGUMENT...]\n");
    return 2;
  }
  const Result<UniqueFd> event = pidigree::TraceFs().OpenEvent("syscalls/sys_exit_creat");
  const UniqueFd at_one = LoadEmptyProgram(BPF_PROG_TYPE_TRACEPOINT);
  if (!event || ioctl(event->get(), PERF_EVENT_IOC_SET_BPF, at_one.get()) != 0) {
    std::perror("empty_exit_hooks: syscalls/sys_exit_creat");
    return 1;
  }
  UniqueFd at_all, link;
  if (which == "all") {
    at_all = LoadEmptyProgram(BPF_PROG_TYPE_RAW_TRACEPOINT);
    link = UniqueFd(bpf_raw_tracepoint_open("sys_exit", at_all.get()));
    if (!link) {
      std::perror("empty_exit_hooks: sys_exit");
      return 1;
    }
  }
  pid_t pid = 0;
  int status = 1;
  if (posix_spawnp(&pid, argv[2], nullptr, nullptr, argv + 2, environ) != 0) {
    std::perror(argv[2]);
    return 1;
  }
  waitpid(pid, &status, 0);
  return status == 0 ? 0 : 1;
}
