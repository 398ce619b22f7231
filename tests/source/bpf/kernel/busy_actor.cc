#include "tests/source/bpf/kernel/busy_actor.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>

namespace {

constexpr int kNotDone = 125;

void Must(bool ok, const char* what) {
  if (ok) return;
  std::perror(what);
  _exit(kNotDone);
}

class Busy {
 public:
  Busy(std::string directory, int number) : directory_(std::move(directory)), number_(number) {}

  void DoEverything() {
    DoFiles();
    DoExecutable();
    DoPipe();
    DoUnixSocket();
    DoTcp();
    DoOtherProcess();
  }

  int number() const { return number_; }

 private:
  std::string Name() {
    const char* const kind = number_ % 2 == 1 ? "/drop-" : "/keep-";
    return directory_ + kind + std::to_string(number_++);
  }

  void Create(const std::string& name, const char* content = "") {
    const int file = open(name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    Must(file >= 0, "create");
    const auto size = static_cast<ssize_t>(std::strlen(content));
    Must(write(file, content, std::strlen(content)) == size && close(file) == 0, "write");
  }

  void DoFiles() {
    const std::string file = Name(), renamed = Name(), linked = Name(), symbolic = Name();
    Create(file);
    Create(renamed);
    const timespec times[2] = {{1'500'000'000, 0}, {1'500'000'000, 0}};
    Must(utimensat(AT_FDCWD, file.c_str(), times, 0) == 0, "utimensat");
    setxattr(file.c_str(), "user.note", "x", 1, 0);  // not every file system can
    Must(link(file.c_str(), linked.c_str()) == 0, "link");
    Must(symlink(file.c_str(), symbolic.c_str()) == 0, "symlink");
    Must(rename(file.c_str(), renamed.c_str()) == 0, "rename");
    for (const std::string& name : {renamed, linked, symbolic})
      Must(unlink(name.c_str()) == 0, "unlink");
  }

  void DoExecutable() {
    const std::string script = Name(), plain = Name();
    Create(script, "#!/bin/sh\n");
    Create(plain);
    Must(chmod(plain.c_str(), 0700) == 0, "chmod");
    const int file = open(script.c_str(), O_RDONLY | O_CLOEXEC);
    void* const code = mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
    Must(code != MAP_FAILED && munmap(code, 4096) == 0 && close(file) == 0, "mmap");
    Must(unlink(script.c_str()) == 0 && unlink(plain.c_str()) == 0, "unlink");
  }

  void DoPipe() {
    const std::string pipe = Name();
    Must(mkfifo(pipe.c_str(), 0600) == 0, "mkfifo");
    const int end = open(pipe.c_str(), O_RDWR | O_CLOEXEC);
    Must(end >= 0 && close(end) == 0 && unlink(pipe.c_str()) == 0, "fifo");
  }

  void DoUnixSocket() {
    const std::string name = Name();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    Must(name.size() < sizeof address.sun_path, "length of the directory's name");
    std::strcpy(address.sun_path, name.c_str());
    const auto* const plain = reinterpret_cast<const sockaddr*>(&address);
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    Must(bind(listener, plain, sizeof address) == 0 && listen(listener, 1) == 0, "bind");
    Must(connect(client, plain, sizeof address) == 0, "connect");
    Must(close(client) == 0 && close(listener) == 0 && unlink(name.c_str()) == 0, "close");
  }

  void DoTcp() {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    Must(bind(listener, plain, size) == 0 && listen(listener, 1) == 0 &&
             getsockname(listener, plain, &size) == 0 && connect(client, plain, size) == 0,
         "connect");
    const int taken = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    Must(taken >= 0 && close(taken) == 0 && close(client) == 0 && close(listener) == 0, "accept");
  }

  void DoOtherProcess() {
    const pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (;;) pause();
    }
    iovec here{&value_, sizeof value_};
    iovec there{&value_, sizeof value_};
    Must(process_vm_readv(child, &here, 1, &there, 1, 0) == sizeof value_, "process_vm_readv");
    Must(process_vm_writev(child, &here, 1, &there, 1, 0) == sizeof value_, "process_vm_writev");
    const std::string memory = "/proc/" + std::to_string(child) + "/mem";
    const int file = open(memory.c_str(), O_RDONLY | O_CLOEXEC);
    Must(file >= 0 && close(file) == 0, "mem");
    Must(kill(child, SIGKILL) == 0 && waitpid(child, nullptr, 0) == child, "kill");
  }

  const std::string directory_;
  int number_;
  long value_ = 1;
};

}  // namespace

int RunBusy(const char* directory, const char* self, const char* other, int first_number) {
  Busy busy(directory, first_number);
  Must(write(STDOUT_FILENO, ".", 1) == 1, "write");
  for (char what = 0; read(STDIN_FILENO, &what, 1) == 1;) {
    switch (what) {
      case 'o':
        busy.DoEverything();
        break;
      case 'f':
        if (const pid_t child = fork(); child == 0) {
          busy.DoEverything();
          _exit(0);
        } else {
          Must(waitpid(child, nullptr, 0) == child, "waitpid");
        }
        break;
      case 't':
        std::thread([&] { busy.DoEverything(); }).join();
        break;
      case 'u':
        Must(unshare(CLONE_NEWNS) == 0, "unshare");
        break;
      case 'e': {
        const std::string number = std::to_string(busy.number());
        execl(other, "actor", "busy", directory, other, self, number.c_str(), nullptr);
        Must(false, "exec");
        break;
      }
      default:
        return 0;
    }
    Must(write(STDOUT_FILENO, ".", 1) == 1, "write");
  }
  return 0;
}
