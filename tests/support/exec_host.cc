#include "tests/support/exec_host.h"

#include <algorithm>
#include <unordered_set>

#include "tests/support/random.h"

namespace pidigree {
namespace {

constexpr uint32_t kReserved = 300;  // RESERVED_PIDS of kernel/pid.c
constexpr int64_t kStartMs = 1'700'000'000'000;
constexpr size_t kLiving = 60;  // shells and daemons
const std::vector<std::string> kJobs = {"ls", "cat", "sed", "grep", "make", "cc1", "python3.11"};

enum class Kind : uint8_t { kDaemon, kShell, kSubshell, kJob };

struct Living {
  uint32_t id = 0;
  uint32_t pid = 0;
  uint32_t parent = 0;  // id
  Kind kind = Kind::kJob;
  std::string exe;
  uint32_t uid = 0;
  uint32_t session = 0xffffffff;
  std::string tty = "(none)";
  uint64_t until = 0;  // step
};

class ExecHost {
 public:
  explicit ExecHost(const ExecHostOptions& options) : options_(options), random_(options.seed) {
    living_.push_back({.pid = 1, .exe = "/usr/lib/systemd/systemd", .until = UINT64_MAX});
    while (living_.size() < kLiving) BeginLong(false);
  }

  ExecHostLog Run() && {
    while (log_.execs.size() < options_.execs) {
      ++step_;
      now_ms_ += random_.OneIn(3);
      while (Finish()) continue;
      if (living_.size() < kLiving || random_.OneIn(2'000)) BeginLong(true);
      // The first few are busy, the rest speak up now and then.
      const size_t busy = random_.OneIn(8) ? living_.size() : std::min<size_t>(8, living_.size());
      const size_t who = 1 + random_.Below(busy - 1);
      if (living_[who].kind != Kind::kJob) Spawn(who);
      if (random_.OneIn(200)) Spawn(0);
      if (options_.others) Open(random_.Below(living_.size()));
    }
    return std::move(log_);
  }

 private:
  uint32_t NextNumber() {
    do {
      if (++number_ >= options_.pid_max) number_ = kReserved;
    } while (used_.contains(number_));
    used_.insert(number_);
    return number_;
  }

  // A child of living_[parent] that looks like it.
  Living Child(size_t parent, Kind kind, uint64_t lives) {
    Living child = living_[parent];
    child.parent = child.id;
    child.id = ++processes_;
    child.pid = NextNumber();
    child.kind = kind;
    child.until = step_ + lives;
    return child;
  }

  void BeginLong(bool recorded) {
    const bool shell = random_.OneIn(2);
    Living process = Child(0, shell ? Kind::kShell : Kind::kDaemon, random_.Between(500, 200'000));
    process.exe = shell ? "/usr/bin/bash" : "/usr/sbin/daemon" + std::to_string(random_.Below(20));
    if (shell) {
      process.session = ++sessions_;
      process.uid = 1000 + static_cast<uint32_t>(random_.Below(3));
      process.tty = "pts" + std::to_string(random_.Below(10));
    }
    if (recorded) Exec(process);
    living_.push_back(std::move(process));
  }

  void Spawn(size_t parent) {
    if (living_[parent].kind == Kind::kShell && random_.OneIn(5)) {
      living_.push_back(Child(parent, Kind::kSubshell, random_.Between(1, 60)));
      return;
    }
    Living job = Child(parent, Kind::kJob, random_.Between(1, random_.OneIn(20) ? 3'000 : 30));
    job.exe = "/usr/bin/" + random_.Pick(kJobs);
    Exec(job);
    living_.push_back(std::move(job));
  }

  // Ends somebody whose time has come; pid 1 gets the children.
  bool Finish() {
    const auto dead = std::find_if(living_.begin(), living_.end(), [this](const Living& process) {
      return process.until <= step_;
    });
    if (dead == living_.end()) {
      if (living_.size() < 2 || !random_.OneIn(40)) return false;
      // An exec long after the first.
      Living& again = living_[1 + random_.Below(living_.size() - 1)];
      if (again.kind != Kind::kJob) return false;
      again.exe = "/usr/bin/" + random_.Pick(kJobs);
      Exec(again);
      return false;
    }
    for (Living& child : living_)
      if (child.parent == dead->id && child.id != 0) child.parent = 0;
    used_.erase(dead->pid);
    living_.erase(dead);
    return true;
  }

  void Exec(const Living& process) {
    Record(process, "59", "execve");
    const std::string name = process.exe.substr(process.exe.rfind('/') + 1);
    log_.text += Stamp("EXECVE") + "argc=1 a0=\"" + name + "\"\n";
    log_.execs.push_back({process.id, process.parent});
  }
  void Open(size_t who) { Record(living_[who], "257", "files"); }

  void Record(const Living& process, const char* syscall, const char* key) {
    ++serial_;
    const auto parent = std::find_if(living_.begin(), living_.end(), [&](const Living& other) {
      return other.id == process.parent;
    });
    const uint32_t ppid = process.pid == 1 ? 0 : parent->pid;
    const std::string uid = std::to_string(process.uid);
    log_.text += Stamp("SYSCALL") + "arch=c000003e syscall=" + syscall +
                 " success=yes exit=0 a0=1 a1=2 a2=3 a3=0 items=0 ppid=" + std::to_string(ppid) +
                 " pid=" + std::to_string(process.pid) +
                 " auid=" + (process.session == 0xffffffff ? "4294967295" : uid) + " uid=" + uid +
                 " gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=" + process.tty +
                 " ses=" + std::to_string(process.session) + " comm=\"x\" exe=\"" + process.exe +
                 "\" key=\"" + key + "\"\n";
  }

  std::string Stamp(const char* type) const {
    const std::string millis = std::to_string(now_ms_ % 1000);
    return std::string("type=") + type + " msg=audit(" + std::to_string(now_ms_ / 1000) + "." +
           std::string(3 - millis.size(), '0') + millis + ":" + std::to_string(serial_) + "): ";
  }

  const ExecHostOptions options_;
  Random random_;
  std::vector<Living> living_;
  std::unordered_set<uint32_t> used_;
  ExecHostLog log_;
  uint64_t step_ = 0;
  int64_t now_ms_ = kStartMs;
  uint32_t number_ = kReserved, processes_ = 0, sessions_ = 0, serial_ = 0;
};

}  // namespace

ExecHostLog SimulateExecHost(const ExecHostOptions& options) { return ExecHost(options).Run(); }

}  // namespace pidigree
