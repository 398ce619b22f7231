#include "bench/exec_log_writer.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "bench/exec_log_programs.h"

namespace pidigree::bench {
namespace {

constexpr int64_t kStartOfLog = 1'767'225'600'000'000;
constexpr int64_t kMillisecond = 1000;
constexpr int64_t kClockStep = 4 * kMillisecond;  // stamps come from a clock of 250 Hz
constexpr size_t kBufferSize = 1 << 20;

}  // namespace

void ExecLogWriter::Append(uint64_t number) {
  char digits[24];
  event_.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void ExecLogWriter::Begin(std::string_view type) {
  event_ += "type=";
  event_ += type;
  event_ += " msg=audit(";
  event_ += stamp_;
  event_ += "): ";
}

void ExecLogWriter::NewEvent(int64_t time) {
  event_.clear();
  first_record_ends_ = 0;
  const int64_t milliseconds =
      (kStartOfLog + time * options_.slower) / kClockStep * kClockStep / kMillisecond;
  char text[64];
  std::snprintf(text, sizeof text, "%lld.%03lld:%u", static_cast<long long>(milliseconds / 1000),
                static_cast<long long>(milliseconds % 1000), ++serial_);
  stamp_ = text;
}

void ExecLogWriter::Syscall(const Process& process, int number, bool returns, uint32_t result,
                            std::string_view arguments, int items, std::string_view key) {
  Begin("SYSCALL");
  event_ += "arch=c000003e syscall=";
  Append(static_cast<uint64_t>(number));
  if (returns) {
    event_ += " success=yes exit=";
    Append(result);
  }
  event_ += arguments;
  event_ += " items=";
  Append(static_cast<uint64_t>(items));
  event_ += " ppid=";
  Append(process.ppid);
  event_ += " pid=";
  Append(process.pid);
  event_ += " auid=";
  Append(process.uid);
  for (const std::string_view id :
       {" uid=", " gid=", " euid=", " suid=", " fsuid=", " egid=", " sgid=", " fsgid="}) {
    event_ += id;
    Append(process.uid);
  }
  event_ += " tty=pts";
  Append(process.session % 100);
  event_ += " ses=";
  Append(process.session);
  const std::string_view path =
      process.program == kShellProgram ? "/usr/bin/bash" : kPrograms[process.program].path;
  event_ += " comm=\"";
  event_ += path.substr(path.rfind('/') + 1).substr(0, 15);
  event_ += "\" exe=\"";
  event_ += path;
  event_ += "\" subj=unconfined key=\"";
  event_ += key;
  event_ += "\"\n";
  first_record_ends_ = event_.size();
}

void ExecLogWriter::Fork(const Process& process, uint32_t child, int64_t time, bool by_vfork) {
  if (options_.exec_only) return;
  NewEvent(time);
  Syscall(process, by_vfork ? 58 : 56, true, child,
          by_vfork ? " a0=7f3a5e2cd000 a1=55d0c1a3f2a0 a2=55d0c1a3f2f8 a3=0"
                   : " a0=1200011 a1=0 a2=0 a3=7f8c940bda10",
          0, "pidigree_fork");
  EndEvent(process);
}

void ExecLogWriter::Wait(const Process& process, uint32_t child, int64_t time) {
  if (options_.exec_only) return;
  NewEvent(time);
  Syscall(process, 61, true, child, " a0=ffffffff a1=7ffd5713a5ac a2=0 a3=0", 0, "pidigree_reap");
  EndEvent(process);
}

void ExecLogWriter::Exit(const Process& process, int64_t time) {
  if (options_.exec_only) return;
  NewEvent(time);
  Syscall(process, 231, false, 0, " a0=0 a1=e7 a2=3c a3=7febe58241a8", 0, "pidigree_exit");
  EndEvent(process);
}

// As the kernel prints untrusted text.
void ExecLogWriter::AppendText(std::string_view text) {
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~' && c != '"'; });
  if (plain) {
    event_ += '"';
    event_ += text;
    event_ += '"';
    return;
  }
  for (const char c : text) {
    event_ += "0123456789ABCDEF"[static_cast<uint8_t>(c) >> 4];
    event_ += "0123456789ABCDEF"[static_cast<uint8_t>(c) & 15];
  }
}

void ExecLogWriter::FillArguments(const Process& process) {
  arguments_.clear();
  const std::string_view pattern = process.program == kShellProgram
                                       ? "/bin/bash /srv/app/bin/job-#.sh --verbose --run=#"
                                       : kPrograms[process.program].arguments;
  arguments_.emplace_back();
  for (const char c : pattern) {
    if (c == ' ') {
      arguments_.emplace_back();
    } else if (c == '~') {
      arguments_.back() += ' ';
    } else if (c == '#') {
      arguments_.back() += std::to_string(random_.Below(100'000));
    } else {
      arguments_.back() += c;
    }
  }
  // A linker's or an archiver's list of hundreds of files is cut into several records.
  if (random_.Chance(1)) {
    for (int i = 0; i < 400; ++i) {
      arguments_.push_back("objects/module_" + std::to_string(random_.Below(100'000)) + ".o");
    }
  }
}

void ExecLogWriter::ExecveRecords() {
  constexpr size_t kRecordSize = 7500;
  Begin("EXECVE");
  size_t record_start = event_.size();
  event_ += "argc=";
  Append(arguments_.size());
  event_ += ' ';
  for (size_t i = 0; i < arguments_.size(); ++i) {
    if (event_.size() - record_start + arguments_[i].size() + 8 > kRecordSize) {
      event_.back() = '\n';
      Begin("EXECVE");
      record_start = event_.size();
      event_ += ' ';
    }
    event_ += 'a';
    Append(i);
    event_ += '=';
    AppendText(arguments_[i]);
    event_ += ' ';
  }
  event_.back() = '\n';
}

void ExecLogWriter::PathRecord(int item, std::string_view name) {
  Begin("PATH");
  event_ += "item=";
  Append(static_cast<uint64_t>(item));
  event_ += " name=";
  AppendText(name);
  event_ += " inode=";
  uint32_t inode = 0;
  for (const char c : name) inode = inode * 31 + static_cast<uint8_t>(c);
  Append(inode % 10'000'000);
  event_ +=
      " dev=fe:00 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 "
      "cap_fe=0 "
      "cap_fver=0 cap_frootid=0\n";
}

void ExecLogWriter::Exec(Process& process, int64_t time) {
  NewEvent(time);
  const bool shell = process.program == kShellProgram;
  Syscall(process, 59, true, 0, " a0=55d0c1a3f2a0 a1=55d0c1a40110 a2=55d0c1a41ae0 a3=8",
          shell ? 3 : 2, "pidigree_exec");
  if (process.uid == 0) {
    Begin("BPRM_FCAPS");
    event_ +=
        "fver=0 fp=0 fi=0 fe=0 old_pp=000001ffffffffff old_pi=0 old_pe=000001ffffffffff old_pa=0 "
        "pp=000001ffffffffff pi=0 pe=000001ffffffffff pa=0 frootid=0\n";
  }
  FillArguments(process);
  ExecveRecords();
  if (options_.proctitle) SetTitle(process);
  Begin("CWD");
  event_ += "cwd=\"/srv/build/project-";
  Append(process.session);
  event_ += "/src\"\n";
  if (shell) PathRecord(0, arguments_[1]);
  PathRecord(shell ? 1 : 0, shell ? "/bin/bash" : kPrograms[process.program].path);
  PathRecord(shell ? 2 : 1, "/lib64/ld-linux-x86-64.so.2");
  EndEvent(process);
}

void ExecLogWriter::SetTitle(Process& process) {
  constexpr size_t kTitleSize = 128;
  std::string text;
  for (const std::string& argument : arguments_) {
    if (text.size() >= kTitleSize) break;
    if (!text.empty()) text += '\0';
    text += argument;
  }
  text.resize(std::min(text.size(), kTitleSize));
  const size_t before = event_.size();
  AppendText(text);
  process.title = event_.substr(before);
  event_.resize(before);
}

void ExecLogWriter::EndEvent(const Process& process) {
  if (options_.proctitle) {
    Begin("PROCTITLE");
    event_ += "proctitle=";
    event_ += process.title;
    event_ += '\n';
  }
  // Another CPU's event may come between the records of this one, and rarely before all of it.
  size_t ready = event_.size();
  if (held_.empty() && random_.Chance(1)) {
    ready = 0;
  } else if (held_.empty() && random_.Chance(30)) {
    ready = first_record_ends_;
  }
  out_.append(event_, 0, ready);
  out_ += held_;
  held_.assign(event_, ready);
  written_ += event_.size();
  if (out_.size() > kBufferSize) WriteOut();
}

void ExecLogWriter::Finish() {
  out_ += held_;
  held_.clear();
  WriteOut();
}

void ExecLogWriter::WriteOut() {
  for (std::string_view rest = out_; !rest.empty();) {
    const ssize_t count = write(STDOUT_FILENO, rest.data(), rest.size());
    if (count < 0) {
      std::perror("make_exec_log");
      std::exit(1);
    }
    rest.remove_prefix(static_cast<size_t>(count));
  }
  out_.clear();
}

}  // namespace pidigree::bench
