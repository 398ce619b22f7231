#include <fcntl.h>
#include <linux/bpf.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <memory>

#include "src/base/unique_fd.h"
#include "tests/agent/mixed_work/work.h"

namespace pidigree {
namespace {

constexpr const char* kProgram = "/bin/true";
constexpr size_t kTargets = 8;

std::array<uint64_t, 64> words{};

// 8: "0x%016lX" is what StartAddress looks like.
std::string Hex(uint64_t address) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "0x%016lX", static_cast<unsigned long>(address));
  return text.data();
}

// Children that only wait, and what can be done to them.
class Targets {
 public:
  explicit Targets(Account& account) : account_(account) {
    for (pid_t& target : targets_) {
      target = fork();
      if (target == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) pause();
      }
    }
  }

  void Read() {
    uint64_t word = 0;
    const iovec here{&word, sizeof word}, there{words.data(), sizeof word};
    Must(process_vm_readv(Target(), &here, 1, &there, 1, 0) == sizeof word, "process_vm_readv");
    account_.Fact({Access("0x10")});
  }

  void Write() {
    uint64_t word = 0;
    const iovec here{&word, sizeof word}, there{&Word(), sizeof word};
    Must(process_vm_writev(Target(), &here, 1, &there, 1, 0) == sizeof word, "process_vm_writev");
    account_.Fact({Access("0x28"), Start("-", Hex(reinterpret_cast<uintptr_t>(&Word())))});
  }

  void TakeDescriptor() {
    const UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, Target(), 0)));
    Must(static_cast<bool>(UniqueFd(static_cast<int>(syscall(SYS_pidfd_getfd, pidfd.get(), 0, 0)))),
         "pidfd_getfd");
    account_.Fact({Access("0x40")});
  }

  void OpenMemory() {
    const std::string path = "/proc/" + std::to_string(Target()) + "/mem";
    Must(static_cast<bool>(UniqueFd(open(path.c_str(), O_RDWR | O_CLOEXEC))), "mem");
    account_.Fact({Access("0x38"), Start("-", "-")});
  }

  void Trace() {
    Attach();
    Detach();
  }

  void Seize() {
    Must(ptrace(PTRACE_SEIZE, Target(), nullptr, nullptr) == 0 &&
             ptrace(PTRACE_INTERRUPT, Target(), nullptr, nullptr) == 0,
         "seize");
    account_.Fact({Access("0x83a")});
    Wait();
    Detach();
  }

  void Poke() {
    Attach();
    Must(ptrace(PTRACE_POKEDATA, Target(), &Word(), 1L) == 0, "poke");
    account_.Fact({Start("-", Hex(reinterpret_cast<uintptr_t>(&Word())))});
    Detach();
  }

#ifdef __x86_64__
  void Redirect() {
    Attach();
    user_regs_struct registers{};
    Must(ptrace(PTRACE_GETREGS, Target(), nullptr, &registers) == 0 &&
             ptrace(PTRACE_SETREGS, Target(), nullptr, &registers) == 0,
         "registers");
    account_.Fact({Start(std::to_string(Target()), Hex(registers.rip))});
    Detach();
  }
#endif

  // Looks like much, and is nothing: what a process does to itself, or fails to do.
  void Fail() const {
    uint64_t word = 0;
    const iovec here{&word, sizeof word}, there{words.data(), sizeof word}, nowhere{nullptr, 8};
    const std::string directory = "/proc/" + std::to_string(Target()) + "/";
    Must(process_vm_readv(getpid(), &here, 1, &there, 1, 0) == sizeof word &&
             process_vm_writev(getpid(), &here, 1, &there, 1, 0) == sizeof word &&
             process_vm_readv(Target(), &here, 1, &nowhere, 1, 0) < 0 &&
             process_vm_writev(Target(), &here, 1, &nowhere, 1, 0) < 0 &&
             UniqueFd(open("/proc/self/mem", O_RDWR | O_CLOEXEC)) &&
             UniqueFd(open((directory + "maps").c_str(), O_RDONLY | O_CLOEXEC)) &&
             UniqueFd(open((directory + "mem").c_str(), O_PATH | O_CLOEXEC)) &&
             ptrace(PTRACE_ATTACH, getpid(), nullptr, nullptr) < 0 &&
             ptrace(PTRACE_POKEDATA, Target(), words.data(), 1L) < 0 &&
             syscall(SYS_bpf, BPF_PROG_LOAD, nullptr, 0) < 0,
         "failures");
  }

 private:
  pid_t Target() const { return targets_[account_.number() % kTargets]; }
  uint64_t& Word() const { return words[account_.number() % words.size()]; }
  std::string Access(const std::string& granted) const {
    return "10 " + std::to_string(Target()) + " " + granted;
  }
  std::string Start(const std::string& thread, const std::string& address) const {
    return "8 " + std::to_string(Target()) + " " + thread + " " + address;
  }
  void Wait() const {
    int status = 0;
    Must(waitpid(Target(), &status, 0) == Target() && WIFSTOPPED(status), "stop");
  }
  void Attach() {
    Must(ptrace(PTRACE_ATTACH, Target(), nullptr, nullptr) == 0, "attach");
    account_.Fact({Access("0x83a")});
    Wait();
  }
  void Detach() const { Must(ptrace(PTRACE_DETACH, Target(), nullptr, nullptr) == 0, "detach"); }

  Account& account_;
  std::array<pid_t, kTargets> targets_{};
};

void LoadBpf(Account& account) {
  static constexpr std::array<bpf_insn, 2> kReturnZero{{
      {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
      {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
  }};
  const std::string name = "deed_" + std::to_string(account.number());
  bpf_attr load{};
  load.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  load.insns = reinterpret_cast<uintptr_t>(kReturnZero.data());
  load.insn_cnt = kReturnZero.size();
  load.license = reinterpret_cast<uintptr_t>("GPL");
  name.copy(load.prog_name, sizeof load.prog_name - 1);
  const UniqueFd program(static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load)));
  Must(static_cast<bool>(program), "bpf");
  bpf_prog_info info{};
  bpf_attr query{};
  query.info.bpf_fd = static_cast<uint32_t>(program.get());
  query.info.info_len = sizeof info;
  query.info.info = reinterpret_cast<uintptr_t>(&info);
  Must(syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &query, sizeof query) == 0, "bpf info");
  account.Fact({"100 SOCKET_FILTER " + std::to_string(info.id) + " " + name});
}

// --- programs that run --------------------------------------------------------------------------

char* const kArguments[] = {const_cast<char*>("true"), nullptr};

// Runs `program`, whose image has another name perhaps.
void Run(Account& account, const std::string& program, const std::string& image,
         const std::string& tampering = "") {
  pid_t child = -1;
  Must(posix_spawn(&child, program.c_str(), nullptr, nullptr, kArguments, environ) == 0 &&
           waitpid(child, nullptr, 0) == child,
       program.c_str());
  const std::string who = std::to_string(child) + " " + image;
  if (tampering.empty())
    account.Fact({"1 " + who});
  else
    account.Fact({"1 " + who, "25 " + who + " " + tampering});
  account.Fact({"5 " + who});
}

void RunTraced(Account& account, const std::string& program) {
  const pid_t child = fork();
  if (child == 0) {
    Must(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0, "traceme");
    execve(program.c_str(), kArguments, environ);
    _exit(127);
  }
  int status = 0;
  Must(waitpid(child, &status, 0) == child && WIFSTOPPED(status) &&
           ptrace(PTRACE_CONT, child, nullptr, nullptr) == 0 &&
           waitpid(child, &status, 0) == child && status == 0,
       program.c_str());
  const std::string who = std::to_string(child) + " " + program;
  account.Fact({"10 " + std::to_string(child) + " 0x83a"});
  account.Fact({"1 " + who, "25 " + who + " traced exec"});
  account.Fact({"5 " + who});
}

UniqueFd Copy(UniqueFd to) {
  const UniqueFd from(open(kProgram, O_RDONLY | O_CLOEXEC));
  while (sendfile(to.get(), from.get(), nullptr, 1 << 20) > 0) {
  }
  return to;
}

// A program is there, another one was there.
std::string MakeProgram(Account& account, const std::string& name) {
  const std::string path = account.directory() + "/" + name;
  Copy(UniqueFd(open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0700)));
  account.Fact({"11 " + path});
  account.Fact({"29 " + path});
  return path;
}

UniqueFd DeletedProgram(Account& account, const std::string& path) {
  UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Delete(account, path);
  return file;
}

std::string ByDescriptor(const UniqueFd& file) {
  return "/proc/self/fd/" + std::to_string(file.get());
}

}  // namespace

std::vector<Deed> ProcessDeeds(Account& account) {
  const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
  static_cast<void>(setrlimit(RLIMIT_MEMLOCK, &unlimited));  // programs count before Linux 5.11
  const std::string program = MakeProgram(account, "true");
  const std::string gone = MakeProgram(account, "gone");
  const auto deleted = std::make_shared<UniqueFd>(DeletedProgram(account, gone));
  const auto memory =
      std::make_shared<UniqueFd>(Copy(UniqueFd(memfd_create("mixed-work", MFD_CLOEXEC))));
  const auto targets = std::make_shared<Targets>(account);
  return {
      {"read-memory", 3, [=] { targets->Read(); }},
      {"write-memory", 2, [=] { targets->Write(); }},
      {"take-descriptor", 1, [=] { targets->TakeDescriptor(); }},
      {"open-memory", 2, [=] { targets->OpenMemory(); }},
      {"trace", 2, [=] { targets->Trace(); }},
      {"seize", 1, [=] { targets->Seize(); }},
      {"poke", 1, [=] { targets->Poke(); }},
#ifdef __x86_64__
      {"redirect", 1, [=] { targets->Redirect(); }},
#endif
      {"access-failures", 2, [=] { targets->Fail(); }},
      {"load-bpf", 2, [&account] { LoadBpf(account); }},
      {"run", 2, [&account, program] { Run(account, program, program); }},
      {"run-memory", 1,
       [&account, memory] { Run(account, ByDescriptor(*memory), "memfd:mixed-work", "memfd"); }},
      {"run-deleted", 1,
       [&account, deleted, gone] { Run(account, ByDescriptor(*deleted), gone, "deleted image"); }},
      {"run-traced", 1, [&account, program] { RunTraced(account, program); }},
  };
}

}  // namespace pidigree
