#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <queue>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tests/support/process_history.h"
#include "tests/support/random.h"

namespace pidigree {

// What a process is for: decides its actions. See process_plans.cc.
enum class Role : uint8_t {
  kInit,
  kCommand,
  kLateCommand,
  kExecChain,
  kShell,
  kSubshell,
  kLongShell,
  kDaemonStarter,
  kDaemonMiddle,
  kDaemon,
  kOrphanMaker,
  kThreaded,
  kThread,
  kThreadExec,
  kStatic,
  kVictim,
  kZombieVictim,
  kKiller,
  kSignalled,
  kSignalWatcher,
  kCrasher,
  kContainer,
  kContainerInit,
  kContainerKiller,
  kNamespaceEnterer,
  kLogin,
  kSudo,
  kCloneParent,
  kStopper,
  kSubreaper,
  kPathSearcher,
};

enum class Op : uint8_t {
  kFork,    // child plays `role`; `call` and `flags` say how; `n` 1: all these at random
  kThread,  // likewise, a thread
  kLoop,    // `n` times: fork `role`, wait for it if kWaitFlag, sleep
  kExec,    // `n`: ExecKind
  kFailedExec,
  kExit,  // exit(2) of this task
  kExitGroup,
  kAbend,
  kDieSilently,  // of a signal that leaves no record of the dead
  kKillChild,
  kWait,
  kWaitStopped,  // wait4(WUNTRACED) that reports a child that lives on
  kSleep,        // `n` microseconds
  kUnshare,      // CLONE_NEWPID
  kSetns,        // into some live inner namespace; `n`: the flag is visible
  kSetnsNetwork,
  kLogin,
  kSetuid,  // to `n`
  kSubreaper,
  kIgnoreChildren,
  kChdir,
  kNoise,  // some unrelated record
};

constexpr uint32_t kReservedPids = 300;  // kernel/pid.c: RESERVED_PIDS

constexpr uint64_t kCloneVfork = 0x4000;
constexpr uint64_t kCloneParent = 0x8000;
constexpr uint64_t kCloneNewPid = 0x20000000;

struct Action {
  Op op;
  Role role = Role::kCommand;
  Call call = Call::kClone;
  uint64_t flags = 0;  // CLONE_* beyond what `call` implies
  uint32_t n = 0;
  bool wait = false;
};
using Plan = std::deque<Action>;

// Actions of one process or thread that plays `role`; `depth` is its distance from the top, 0 for
// those that were there before the log and work on as long as it lasts.
Plan MakePlan(Role role, int depth, Random& random, const HistoryOptions& options);

// What a child of a process that plays `parent` is to be, at `depth` of the parent.
Role RandomRole(Role parent, int depth, Random& random, const HistoryOptions& options);

// Gives `fork` a call and flags that `arch` has and that suit its role.
void ChooseForkCall(Action& fork, Random& random, Arch arch);

// A program with a file name and its first arguments, without process and number. With `quirks` it
// may be unlinked or a memfd.
TrueImage RandomImage(Random& random, bool quirks);

// An event-driven model of the parts of a kernel that audit records tell of. One CPU-less clock in
// microseconds; each task executes one action at a time.
class SimulatedKernel {
 public:
  explicit SimulatedKernel(const HistoryOptions& options);
  History Run() &&;

 private:
  struct Task {
    int32_t process;
    uint32_t thread_number = 0;  // outer; 0 for the leader
    bool alive = true;
    bool blocked_in_wait = false;
    bool in_kernel = false;   // a call has taken effect, its record is still to be made
    bool until_exec = false;  // in vfork, until the child execs or ends
    int depth = 0;
    Plan plan;
    Action current{};
    HistoryEvent pending;
  };
  struct Namespace {
    int32_t parent = -1;
    int32_t init = -1;  // process; -1: not born yet
    bool hidden = false;
    bool dead = false;
    uint32_t next = 1;
    std::unordered_set<uint32_t> used;
  };
  struct Process {
    bool alive = true;
    bool zombie = false;
    int32_t parent = -1;            // present one
    std::vector<int32_t> children;  // living and zombies
    std::vector<int32_t> tasks;
    int32_t space = 0;                                  // active PID namespace
    int32_t children_space = 0;                         // that of children to be born
    std::vector<std::pair<int32_t, uint32_t>> numbers;  // (namespace, number), innermost first
    uint32_t uid = 0, euid = 0, auid = kNobody, session = kNobody;
    bool terminal = false;
    int32_t image = -1;
    std::string cwd = "/";
    bool ignores_children = false;
    bool subreaper = false;
    int32_t vfork_waiter = -1;  // task
    bool recorded_end = false;
    bool tells_of_children = false;  // keeps makes_records and lives in the initial namespace
  };
  enum class Phase : uint8_t {
    kStep,    // begins the next action
    kWake,    // a child ended: wait4 looks again
    kEffect,  // exec's point of no return
    kReturn,  // the call returns and makes its record
  };
  struct Timer {
    int64_t at;
    uint64_t order;
    int32_t task;
    Phase phase;
    bool operator>(const Timer& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };

  void Boot(bool log_starts_here);
  void RunBoot(uint32_t until_births);
  void Schedule(int32_t task, int64_t delay_us, Phase phase);
  void Step(int32_t task);
  void Wake(int32_t task);
  void Effect(int32_t task);
  void Return(int32_t task);

  void StepFork(int32_t task);
  void StepExec(int32_t task);
  void StepKill(int32_t task);
  void StepSetns(int32_t task);
  void StepNoise(int32_t task);
  void Retry(int32_t task, int64_t delay_us);

  // `forker` -1: it was there before the log.
  int32_t NewProcess(int32_t forker, int32_t parent, int32_t space, bool recorded_fork);
  int32_t NewTask(int32_t process, Plan plan, int depth);
  int32_t NewSpace(int32_t parent, bool hidden);
  int32_t NewImage(int32_t process);
  uint32_t AllocateNumber(int32_t space, bool recorded_fork);
  uint32_t NumberIn(int32_t process, int32_t space) const;
  void Die(int32_t process);
  void Release(int32_t process);
  void Reparent(int32_t process);
  void WakeWaiter(int32_t process);
  void ReleaseVfork(int32_t process);
  bool InKernel(int32_t process, int32_t except_task) const;
  bool SpaceBusy(int32_t space, int32_t except_process) const;
  bool Inside(int32_t space, int32_t outer) const;

  HistoryEvent NewEvent(int32_t task, Call call);
  void Record(int32_t process, HistoryEvent& event);
  int64_t WallMs() const;
  int64_t StampMs() const;

  Random random_;
  History history_;
  std::vector<Process> processes_;
  std::vector<Task> tasks_;
  std::vector<Namespace> spaces_;
  std::unordered_set<uint32_t> tainted_;  // numbers that only a visible fork may give out
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  uint64_t order_ = 0;
  int64_t now_us_ = 0;
  int64_t wall_offset_ms_ = 0;
  int64_t next_birth_us_ = 0;  // allocation is throttled: wraps take seconds
  uint32_t births_ = 0;
  uint32_t boot_ = 0;
  int32_t init_ = -1;
  uint32_t next_session_ = 1;
  bool stopping_ = false;
  int32_t alive_ = 0;
};

}  // namespace pidigree
