#include <fcntl.h>
#include <linux/fs.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "src/base/unique_fd.h"
#include "tests/agent/mixed_work/work.h"

namespace pidigree {
namespace {

bool Opens(const std::string& path, int flags) {
  return static_cast<bool>(UniqueFd(open(path.c_str(), flags | O_CLOEXEC, 0600)));
}

void Rename(Account& account) {
  const std::string from = account.Path(), to = account.Path("-new");
  Create(account, from);
  Must(rename(from.c_str(), to.c_str()) == 0, "rename");
  account.Fact({"11 " + to});
  Delete(account, to);
}

void RenameOver(Account& account) {
  const std::string from = account.Path(), to = account.Path("-old");
  Create(account, from);
  Create(account, to);
  Must(rename(from.c_str(), to.c_str()) == 0, "rename");
  if (account.functions())
    account.Fact({"23 " + to, "26 " + to});
  else
    account.Fact({"11 " + to});
  Delete(account, to);
}

void HardLink(Account& account) {
  const std::string first = account.Path(), second = account.Path("-second");
  Create(account, first);
  Must(link(first.c_str(), second.c_str()) == 0, "link");
  account.Fact({"11 " + second});
  Delete(account, first);
  Delete(account, second);
}

void SymbolicLink(Account& account) {
  const std::string path = account.Path();
  Must(symlink("nowhere", path.c_str()) == 0, "symlink");
  account.Fact({"11 " + path});
  Delete(account, path);
}

void NameAFile(Account& account) {
  const std::string path = account.Path();
  const UniqueFd file(open(account.directory().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  Must(linkat(AT_FDCWD, ("/proc/self/fd/" + std::to_string(file.get())).c_str(), AT_FDCWD,
              path.c_str(), AT_SYMLINK_FOLLOW) == 0,
       "linkat");
  account.Fact({"11 " + path});
  Delete(account, path);
}

void Node(Account& account) {
  const std::string path = account.Path();
  Must(mknod(path.c_str(), S_IFREG | 0600, 0) == 0, "mknod");
  account.Fact({"11 " + path});
  Delete(account, path);
}

void Times(Account& account) {
  constexpr time_t kStart = 1'000'000'000;  // 2001-09-09 01:46:40
  const timespec time{kStart + static_cast<time_t>(account.number()), 250'000'000};
  const timespec times[2] = {time, time};
  Must(utimensat(AT_FDCWD, account.directory().c_str(), times, 0) == 0, "utimensat");
  std::tm parts{};
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S.250", gmtime_r(&time.tv_sec, &parts));
  account.Fact({"2 " + account.directory() + " " + text.data()});
}

void Fifo(Account& account) {
  const std::string path = account.Path();
  Must(mkfifo(path.c_str(), 0600) == 0, "mkfifo");
  account.Fact({"11 " + path, "17 CreatePipe " + path});
  Must(Opens(path, O_RDWR), "fifo");
  account.Fact({"18 ConnectPipe " + path});
  Delete(account, path);
}

void NamedSocket(Account& account) {
  const std::string path = account.Path();
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  Must(path.size() < sizeof name.sun_path, "path");
  std::memcpy(name.sun_path, path.data(), path.size());
  const auto* const plain = reinterpret_cast<const sockaddr*>(&name);
  const UniqueFd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Must(bind(listener.get(), plain, sizeof name) == 0 && listen(listener.get(), 1) == 0, "bind");
  account.Fact({"17 CreatePipe " + path});
  if (account.functions()) account.Fact({"11 " + path});
  const UniqueFd client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Must(connect(client.get(), plain, sizeof name) == 0, "connect");
  account.Fact({"18 ConnectPipe " + path});
  Delete(account, path);
}

void WriteProgram(Account& account, std::string_view start) {
  const std::string path = account.Path();
  const int file = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  account.Fact({"11 " + path});
  Must(write(file, start.data(), start.size()) == static_cast<ssize_t>(start.size()) &&
           close(file) == 0,
       "write");
  account.Fact({"29 " + path});
  Delete(account, path);
}

// The file stays: from exits of system calls an agent cannot tell what one was that is gone.
void MakeExecutable(Account& account) {
  const std::string path = account.Path();
  Create(account, path);
  Must(chmod(path.c_str(), 0700) == 0, "chmod");
  account.Fact({"29 " + path});
}

void MakeDescriptorExecutable(Account& account) {
  const std::string path = account.Path();
  Create(account, path);
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Must(fchmod(file.get(), 0700) == 0, "fchmod");
  account.Fact({"29 " + path});
  Delete(account, path);
}

void SetAttribute(Account& account) {
  const std::string value = std::to_string(account.number());
  Must(setxattr(account.directory().c_str(), "user.note", value.data(), value.size(), 0) == 0,
       "setxattr");
  account.Fact({"15 " + account.directory() + ":user.note " + value});
}

void MapCode(Account& account) {
  const std::string path = account.Path();
  Create(account, path);
  {
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    void* const code = mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file.get(), 0);
    Must(code != MAP_FAILED && munmap(code, 4096) == 0, "mmap");
  }
  account.Fact({"7 " + path});
  Delete(account, path);
}

// Looks like much, and is nothing.
void Fail(Account& account) {
  const std::string none = account.Path(), old = account.directory() + "/old";
  const char* const path = none.c_str();
  Must(Opens(old, O_CREAT | O_RDWR) && Opens(old, O_RDONLY) && Opens("/dev/zero", O_RDONLY), "old");
  Must(!Opens(old, O_CREAT | O_EXCL | O_WRONLY) && !Opens(none, O_RDONLY) && unlink(path) != 0 &&
           rename(path, old.c_str()) != 0 && link(path, old.c_str()) != 0 &&
           symlink("x", old.c_str()) != 0 && mkfifo(old.c_str(), 0600) != 0 &&
           chmod(path, 0755) != 0 && utimensat(AT_FDCWD, path, nullptr, 0) != 0 &&
           setxattr(path, "user.note", "x", 1, 0) != 0,
       "failures");
  Must(mkdir(path, 0700) == 0 && rmdir(path) == 0, "directory");
}

std::string BlockDevice() {
  for (const auto& disk : std::filesystem::directory_iterator("/sys/block")) {
    std::string device = "/dev/" + disk.path().filename().string();
    if (Opens(device, O_RDONLY)) return device;
  }
  return {};
}

}  // namespace

void Create(Account& account, const std::string& path) {
  Must(Opens(path, O_CREAT | O_EXCL | O_WRONLY), "create");
  account.Fact({"11 " + path});
}

void Delete(Account& account, const std::string& path) {
  Must(unlink(path.c_str()) == 0, "unlink");
  account.Fact({"23 " + path, "26 " + path});
}

std::vector<Deed> FileDeeds(Account& account) {
  Create(account, account.directory() + "/old");
  std::vector<Deed> deeds = {
      {"create", 30,
       [&] {
         Create(account, account.Path());
         Delete(account, account.Path());
       }},
      {"rename", 4, [&] { Rename(account); }},
      {"rename-over", 4, [&] { RenameOver(account); }},
      {"hard-link", 3, [&] { HardLink(account); }},
      {"symbolic-link", 3, [&] { SymbolicLink(account); }},
      {"name-a-file", 2, [&] { NameAFile(account); }},
      {"node", 2, [&] { Node(account); }},
      {"times", 4, [&] { Times(account); }},
      {"fifo", 3, [&] { Fifo(account); }},
      {"named-socket", 3, [&] { NamedSocket(account); }},
      {"script", 2, [&] { WriteProgram(account, "#!/bin/sh\n"); }},
      {"elf", 2, [&] { WriteProgram(account, "\177ELF"); }},
      {"make-executable", 1, [&] { MakeExecutable(account); }},
      {"make-descriptor-executable", 1, [&] { MakeDescriptorExecutable(account); }},
      {"map-code", 3, [&] { MapCode(account); }},
      {"failures", 3, [&] { Fail(account); }},
  };
  // tmpfs has them from Linux 6.6 on.
  if (setxattr(account.directory().c_str(), "user.note", "x", 1, 0) == 0) {
    account.Fact({"15 " + account.directory() + ":user.note x"});
    deeds.push_back({"attribute", 3, [&] { SetAttribute(account); }});
  }
  if (const std::string device = BlockDevice(); !device.empty()) {
    account.Fact({"9 " + device});
    deeds.push_back({"block-device", 2, [&account, device] {
                       Must(Opens(device, O_RDONLY), "block device");
                       account.Fact({"9 " + device});
                     }});
  }
  return deeds;
}

}  // namespace pidigree
