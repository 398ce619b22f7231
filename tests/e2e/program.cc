#include "tests/e2e/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "src/base/read_file.h"

namespace pidigree {
namespace {

constexpr size_t kMaxOutput = size_t{256} << 20;
constexpr int kPatienceMs = 60'000;

// In the child.
[[noreturn]] void Exec(const std::vector<std::string>& args, int in, int out, int err) {
  if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
    _exit(126);
  std::vector<char*> argv = {const_cast<char*>(PIDIGREE_BINARY)};
  for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  execv(PIDIGREE_BINARY, argv.data());
  _exit(127);
}

void Await(pid_t pid, ProgramResult& result) {
  int status = 0;
  rusage usage{};
  ASSERT_EQ(wait4(pid, &status, 0, &usage), pid);
  result.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.max_resident_bytes = static_cast<size_t>(usage.ru_maxrss) * 1024;
}

}  // namespace

ProgramResult RunPidigree(const std::vector<std::string>& args, const ProgramInput& input) {
  const TempDir dir;
  const UniqueFd nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const UniqueFd out(open(dir.Path("out").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  const UniqueFd err(open(dir.Path("err").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  malloc_trim(0);  // the child's peak begins with what we have
  const pid_t pid = fork();
  if (pid == 0) {
    if (input.in_child) input.in_child();
    Exec(args, input.stdin_fd < 0 ? nothing.get() : input.stdin_fd,
         input.stdout_fd < 0 ? out.get() : input.stdout_fd, err.get());
  }
  ProgramResult result;
  Await(pid, result);
  result.out = ReadFile(dir.Path("out"), kMaxOutput).value_or("");
  result.err = ReadFile(dir.Path("err"), kMaxOutput).value_or("");
  return result;
}

Conversation::Conversation(const std::vector<std::string>& args, int err, int out,
                           const std::function<void()>& in_child) {
  int in_pipe[2];
  int out_pipe[2];
  if (pipe2(in_pipe, O_CLOEXEC) != 0 || pipe2(out_pipe, O_CLOEXEC) != 0) std::abort();
  const UniqueFd program_in(in_pipe[0]);
  const UniqueFd program_out(out_pipe[1]);
  to_program_ = UniqueFd(in_pipe[1]);
  from_program_ = UniqueFd(out_pipe[0]);
  const UniqueFd err_file(open(dir_.Path("err").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  pid_ = fork();
  if (pid_ != 0) return;
  if (in_child) in_child();
  Exec(args, program_in.get(), out < 0 ? program_out.get() : out, err < 0 ? err_file.get() : err);
}

Conversation::~Conversation() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Conversation::Write(std::string_view text) {
  ASSERT_EQ(write(to_program_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

bool Conversation::ReadSome() {
  pollfd ready{from_program_.get(), POLLIN, 0};
  if (poll(&ready, 1, kPatienceMs) != 1) return false;
  char buffer[65536];
  const ssize_t got = read(from_program_.get(), buffer, sizeof buffer);
  if (got <= 0) return false;
  out_.append(buffer, static_cast<size_t>(got));
  return true;
}

bool Conversation::ReadUntil(std::string_view text) {
  while (out_.find(text) == out_.npos)
    if (!ReadSome()) return false;
  return true;
}

void Conversation::Signal(int number) { kill(pid_, number); }

bool Conversation::HasEnded() const {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid_;
}

ProgramResult Conversation::Finish(bool close_input) {
  if (close_input) to_program_ = UniqueFd(open("/dev/null", O_WRONLY | O_CLOEXEC));
  while (ReadSome()) {
  }
  ProgramResult result;
  Await(pid_, result);
  pid_ = -1;
  result.out = out_;
  result.err = ReadFile(dir_.Path("err"), kMaxOutput).value_or("");
  return result;
}

}  // namespace pidigree
