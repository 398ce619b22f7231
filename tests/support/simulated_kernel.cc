#include "tests/support/simulated_kernel.h"

#include <algorithm>
#include <utility>

namespace pidigree {
namespace {

constexpr uint32_t kWaitNoHang = 1;
constexpr uint32_t kWaitUntraced = 2;
constexpr uint32_t kWaitContinued = 8;
constexpr uint32_t kWaitAll = 0x40000000;
constexpr int64_t kMillisecond = 1000;
constexpr int64_t kSecond = 1'000'000;
constexpr uint32_t kHiddenSpaceNumbers = 290;
// After a step back of the clock; without more records nothing tells it from calls that took long.
constexpr uint32_t kBirthsAfterStep = 20;
// Whoever sets the clock back (ntpd, chronyd, timesyncd) looks at it again after no less: stamps
// are of before and after one step, never of three clocks.
constexpr int64_t kBetweenSteps = 5 * kSecond;

// How long the parent takes to come back from fork while its child already runs: mostly at once,
// sometimes not before the scheduler lets it.
int64_t ForkReturnDelay(Random& random) {
  const size_t dice = random.Below(1000);
  if (dice < 500) return static_cast<int64_t>(random.Between(20, 200));
  if (dice < 940) return static_cast<int64_t>(random.Between(500, 20'000));
  if (dice < 999) return static_cast<int64_t>(random.Between(20'000, 150'000));
  return static_cast<int64_t>(random.Between(150'000, 1'900'000));
}

}  // namespace

SimulatedKernel::SimulatedKernel(const HistoryOptions& options) : random_(options.seed) {
  history_.options = options;
}

History SimulatedKernel::Run() && {
  const uint32_t boots = history_.options.reboots + 1;
  for (boot_ = 0; boot_ < boots; ++boot_) {
    Boot(boot_ == 0);
    RunBoot(history_.options.processes / boots * (boot_ + 1));
  }
  return std::move(history_);
}

void SimulatedKernel::Boot(bool log_starts_here) {
  const HistoryOptions& options = history_.options;
  for (Process& process : processes_) process.alive = false;
  for (Task& task : tasks_) task.alive = false;
  timers_ = {};
  spaces_.clear();
  tainted_.clear();
  alive_ = 0;
  next_birth_us_ = now_us_;
  NewSpace(-1, false);
  if (!log_starts_here) {
    now_us_ += static_cast<int64_t>(random_.Between(20, 200)) * kSecond;
    HistoryEvent boot;
    boot.call = Call::kBoot;
    boot.boot = boot_;
    boot.stamp_ms = StampMs();
    history_.events.push_back(boot);
  }
  init_ = NewProcess(-1, -1, 0, false);
  spaces_[0].next = log_starts_here
                        ? static_cast<uint32_t>(random_.Between(kReservedPids, options.pid_max - 1))
                        : kReservedPids + static_cast<uint32_t>(random_.Below(40));
  history_.processes[init_].before_log = true;
  history_.processes[init_].makes_records = options.init_makes_records;
  processes_[init_].tells_of_children = options.init_makes_records;
  processes_[init_].ignores_children = true;  // it reaps with waitid(2), which no rule records
  processes_[init_].image = NewImage(init_);
  NewTask(init_, MakePlan(Role::kInit, 0, random_, options), 0);
  if (!log_starts_here) return;

  const size_t residents = random_.Between(3, 12);
  for (size_t i = 0; i < residents; ++i) {
    const bool container = options.containers && i == 0 && random_.OneIn(3);
    const int32_t space = container ? NewSpace(0, true) : 0;
    const int32_t process = NewProcess(-1, init_, space, false);
    TrueProcess& truth = history_.processes[process];
    truth.before_log = true;
    truth.makes_records = container || random_.Percent(60);
    processes_[process].tells_of_children = truth.makes_records && !container;
    processes_[process].image = NewImage(process);
    if (random_.OneIn(2)) {
      processes_[process].uid = processes_[process].euid = processes_[process].auid = 1000;
      processes_[process].session = next_session_++;
      processes_[process].terminal = true;
      truth.birth_uid = 1000;
    }
    Plan plan = MakePlan(container ? Role::kContainerInit : Role::kLongShell, 0, random_, options);
    plan.pop_front();  // it has called exec already
    NewTask(process, std::move(plan), 1);
    if (container)
      for (size_t member = random_.Between(1, 3); member > 0; --member) {
        const int32_t inner = NewProcess(-1, process, space, false);
        history_.processes[inner].before_log = true;
        processes_[inner].image = NewImage(inner);
        Plan inner_plan = MakePlan(Role::kShell, 2, random_, options);
        inner_plan.pop_front();
        NewTask(inner, std::move(inner_plan), 2);
      }
  }
}

void SimulatedKernel::RunBoot(uint32_t until_births) {
  stopping_ = false;
  const uint32_t steps = history_.options.clock_steps;
  const uint32_t step_every = steps ? history_.options.processes / (steps + 1) : 0;
  uint32_t next_step = steps ? (births_ / step_every + 1) * step_every : 1;
  int64_t stepped_us = now_us_ - kBetweenSteps;
  while (!timers_.empty()) {
    const Timer timer = timers_.top();
    timers_.pop();
    now_us_ = timer.at;
    if (births_ >= until_births) stopping_ = true;  // calls that are under way still return
    if (births_ >= next_step && next_step <= steps * step_every &&
        now_us_ >= stepped_us + kBetweenSteps && births_ + kBirthsAfterStep <= until_births) {
      stepped_us = now_us_;
      wall_offset_ms_ -= static_cast<int64_t>(random_.OneIn(2) ? random_.Between(500, 5'000)
                                                               : random_.Between(5'000, 3'600'000));
      next_step += step_every;
    }
    if (!tasks_[timer.task].alive) continue;
    switch (timer.phase) {
      case Phase::kStep:
        if (!stopping_) Step(timer.task);
        break;
      case Phase::kWake:
        Wake(timer.task);
        break;
      case Phase::kEffect:
        Effect(timer.task);
        break;
      case Phase::kReturn:
        Return(timer.task);
        break;
    }
  }
}

void SimulatedKernel::Schedule(int32_t task, int64_t delay_us, Phase phase) {
  timers_.push({now_us_ + delay_us, order_++, task, phase});
}

void SimulatedKernel::Retry(int32_t task, int64_t delay_us) {
  tasks_[task].plan.push_front(tasks_[task].current);
  Schedule(task, delay_us, Phase::kStep);
}

int64_t SimulatedKernel::WallMs() const {
  return history_.options.start_ms + now_us_ / kMillisecond + wall_offset_ms_;
}

int64_t SimulatedKernel::StampMs() const {
  constexpr int64_t kTick = 4;  // CONFIG_HZ=250
  return WallMs() / kTick * kTick + static_cast<int64_t>(history_.options.seed % kTick);
}

HistoryEvent SimulatedKernel::NewEvent(int32_t task, Call call) {
  HistoryEvent event;
  event.call = call;
  event.arch = history_.options.arch;
  // 32-bit programs are few, on x86 alone, and keep to their own calls.
  if (event.arch == Arch::kX86_64 && tasks_[task].process % 16 == 3) event.arch = Arch::kI386;
  event.boot = boot_;
  event.process = tasks_[task].process;
  event.stamp_ms = StampMs();
  return event;
}

void SimulatedKernel::Record(int32_t index, HistoryEvent& event) {
  const Process& process = processes_[index];
  TrueProcess& truth = history_.processes[index];
  const auto position = static_cast<int32_t>(history_.events.size());
  const bool by_daemon = event.call == Call::kDaemon || event.call == Call::kConfigChange;
  if (!truth.makes_records && event.call != Call::kService && !by_daemon) return;
  event.pid = truth.pid;
  event.ppid_process = process.parent;
  event.ppid = process.parent < 0 ? 0 : history_.processes[process.parent].pid;
  event.uid = process.uid;
  event.euid = process.euid;
  event.auid = process.auid;
  event.session = process.session;
  event.terminal = process.terminal;
  event.image = process.image;
  if (IsForkLike(event.call) && !event.other_thread)
    history_.processes[event.other].fork_event = position;
  if (IsExec(event.call)) history_.images[process.image].event = position;
  history_.events.push_back(event);
}

void SimulatedKernel::Step(int32_t index) {
  Task& task = tasks_[index];
  const int32_t self = task.process;
  Process& process = processes_[self];
  if (task.plan.empty()) task.plan.push_back({.op = Op::kExitGroup});
  task.current = task.plan.front();
  task.plan.pop_front();
  const Action action = task.current;
  const bool ends_space = spaces_[process.space].init == self && process.space != 0;
  int64_t think_us = static_cast<int64_t>(random_.Between(50, 1500));
  switch (action.op) {
    case Op::kFork:
    case Op::kThread:
      return StepFork(index);
    case Op::kExec:
    case Op::kFailedExec:
      return StepExec(index);
    case Op::kKillChild:
      return StepKill(index);
    case Op::kSetns:
    case Op::kSetnsNetwork:
      return StepSetns(index);
    case Op::kNoise:
      return StepNoise(index);
    case Op::kLoop: {
      if (action.n == 0) break;
      Action again = action;
      --again.n;
      task.plan.push_front(again);
      task.plan.push_front(
          {.op = Op::kSleep, .n = static_cast<uint32_t>(random_.Between(200, 40'000))});
      const bool waits = !process.ignores_children && (action.wait || random_.OneIn(2));
      task.plan.push_front({.op = Op::kWait, .n = waits ? 0 : kWaitNoHang});
      task.plan.push_front({.op = Op::kFork, .role = action.role, .flags = action.flags, .n = 1});
      think_us = 0;
      break;
    }
    case Op::kExit: {
      if (ends_space && SpaceBusy(process.space, self)) return Retry(index, kMillisecond);
      HistoryEvent event = NewEvent(index, Call::kExit);
      event.args[0] = random_.Below(2);
      const bool last =
          std::none_of(process.tasks.begin(), process.tasks.end(),
                       [&](int32_t other) { return other != index && tasks_[other].alive; });
      const auto position = static_cast<int32_t>(history_.events.size());
      Record(self, event);
      task.alive = false;
      if (task.thread_number) spaces_[0].used.erase(task.thread_number);
      if (last) {
        if (history_.processes[self].makes_records) history_.processes[self].end_event = position;
        Die(self);
      }
      return;
    }
    case Op::kExitGroup:
    case Op::kAbend: {
      if (InKernel(self, index) || (ends_space && SpaceBusy(process.space, self)))
        return Retry(index, kMillisecond);
      HistoryEvent event =
          NewEvent(index, action.op == Op::kAbend ? Call::kAbend : Call::kExitGroup);
      event.args[0] = random_.OneIn(4) ? random_.Below(256) : 0;
      if (history_.processes[self].makes_records) {
        history_.processes[self].end_event = static_cast<int32_t>(history_.events.size());
        history_.processes[self].end_is_exit_group = true;
        process.recorded_end = true;
      }
      Record(self, event);
      Die(self);
      return;
    }
    case Op::kDieSilently:
      if (InKernel(self, index) || (ends_space && SpaceBusy(process.space, self)))
        return Retry(index, kMillisecond);
      Die(self);
      return;
    case Op::kWait: {
      const bool zombie = std::any_of(process.children.begin(), process.children.end(),
                                      [&](int32_t child) { return processes_[child].zombie; });
      if (!zombie && (action.n & kWaitNoHang || process.children.empty())) break;
      task.pending = NewEvent(index, Call::kWait4);
      task.pending.args[0] = 0xffffffffffffffff;
      const uint64_t kStops[] = {0, 0, kWaitUntraced, kWaitUntraced | kWaitContinued};
      task.pending.args[2] = (action.n & kWaitNoHang) | kStops[random_.Below(4)];
      task.blocked_in_wait = true;
      if (zombie) WakeWaiter(self);
      return;
    }
    case Op::kWaitStopped: {
      const auto child = std::find_if(process.children.begin(), process.children.end(),
                                      [&](int32_t c) { return processes_[c].alive; });
      if (child == process.children.end()) break;
      HistoryEvent event = NewEvent(index, Call::kWait4);
      event.exit = NumberIn(*child, process.space);
      event.args[0] = static_cast<uint64_t>(event.exit);
      event.args[2] = random_.OneIn(2) ? kWaitUntraced : kWaitAll;
      event.other = *child;
      Record(self, event);
      break;
    }
    case Op::kSleep:
      think_us = action.n;
      break;
    case Op::kUnshare: {
      HistoryEvent event = NewEvent(index, Call::kUnshare);
      event.args[0] = kCloneNewPid | (random_.OneIn(2) ? 0x00020000 : 0);
      process.children_space = NewSpace(process.space, false);
      Record(self, event);
      break;
    }
    case Op::kLogin: {
      HistoryEvent event = NewEvent(index, Call::kLogin);
      event.old_auid = process.auid;
      event.old_session = process.session;
      process.auid = action.n;
      process.session = next_session_++;
      Record(self, event);
      break;
    }
    case Op::kSetuid:
      process.uid = process.euid = action.n;
      process.terminal = true;
      break;
    case Op::kSubreaper:
      process.subreaper = true;
      break;
    case Op::kIgnoreChildren:
      process.ignores_children = true;
      break;
    case Op::kChdir:
      process.cwd = random_.OneIn(2) ? "/srv/data dir" : "/tmp";
      history_.processes[self].own_cwd = true;
      break;
  }
  Schedule(index, think_us, Phase::kStep);
}

void SimulatedKernel::StepFork(int32_t index) {
  const HistoryOptions& options = history_.options;
  const int32_t self = tasks_[index].process;
  Action action = tasks_[index].current;
  const bool thread = action.op == Op::kThread;
  const auto too_many = static_cast<int32_t>((options.pid_max - kReservedPids) / 4);
  if (now_us_ < next_birth_us_ - 200 * kMillisecond ||
      (tasks_[index].depth <= 1 && !thread && alive_ > std::min(too_many, 400)))
    return Retry(index, static_cast<int64_t>(random_.Between(5'000, 50'000)));
  next_birth_us_ = std::max(next_birth_us_, now_us_) +
                   std::max<int64_t>(300, 8 * kSecond / (options.pid_max - kReservedPids));

  if (action.n == 1) {  // of a loop: choose who and how
    action.role = RandomRole(action.role, tasks_[index].depth, random_, options);
    ChooseForkCall(action, random_, options.arch);
  }
  const int32_t forker_space = processes_[self].space;
  int32_t space = processes_[self].children_space;
  if (action.flags & kCloneNewPid) space = NewSpace(space, action.call == Call::kClone3);
  if (spaces_[space].dead ||
      (options.decidable && spaces_[space].hidden && spaces_[space].next > kHiddenSpaceNumbers))
    return Schedule(index, kMillisecond, Phase::kStep);  // no number, no child

  HistoryEvent event = NewEvent(index, action.call);
  const bool recorded = processes_[self].tells_of_children;
  ++births_;
  if (thread) {
    const uint32_t number = AllocateNumber(0, recorded);
    if (options.decidable && action.call == Call::kClone3) tainted_.insert(number);
    const int32_t child =
        NewTask(self, MakePlan(action.role, tasks_[index].depth + 1, random_, options),
                tasks_[index].depth + 1);
    tasks_[child].thread_number = number;
    event.other_thread = true;
    event.exit = forker_space == 0 ? number : 2 + random_.Below(200);
    event.args[0] = action.call == Call::kClone ? 0x3d0f00 : 0x7ffd00001000;
    event.args[1] = 0x58;
  } else {
    const bool sibling = action.flags & kCloneParent;
    const int32_t child =
        NewProcess(self, sibling ? processes_[self].parent : self, space, recorded);
    NewTask(child, MakePlan(action.role, tasks_[index].depth + 1, random_, options),
            tasks_[index].depth + 1);
    event.other = child;
    event.exit = NumberIn(child, forker_space);
    const bool suspends = action.flags & kCloneVfork || action.call == Call::kVfork;
    if (action.call == Call::kClone)
      event.args[0] = action.flags | (suspends ? 0x111 : 0x1200011);  // CLONE_VM, SIGCHLD; tids
    if (action.call == Call::kClone3) {
      event.args[0] = 0x7ffd00002000;
      event.args[1] = 0x58;
    }
    if (suspends) {
      processes_[child].vfork_waiter = index;
      tasks_[index].until_exec = true;
    }
  }
  Task& task = tasks_[index];
  task.pending = event;
  task.in_kernel = true;
  if (!task.until_exec) Schedule(index, ForkReturnDelay(random_), Phase::kReturn);
}

void SimulatedKernel::StepExec(int32_t index) {
  Task& task = tasks_[index];
  if (task.current.op == Op::kFailedExec) {
    HistoryEvent event = NewEvent(index, Call::kFailedExec);
    event.success = false;
    event.exit = -2;  // ENOENT
    event.text = random_.OneIn(2) ? "/usr/local/sbin/tool" : "/usr/local/bin/tool";
    Record(task.process, event);
    return Schedule(index, static_cast<int64_t>(random_.Between(20, 300)), Phase::kStep);
  }
  if (InKernel(task.process, index)) return Retry(index, kMillisecond);
  task.pending = NewEvent(index, random_.OneIn(20) ? Call::kExecveat : Call::kExecve);
  task.in_kernel = true;
  Schedule(index, static_cast<int64_t>(random_.Between(150, 1500)), Phase::kEffect);
}

void SimulatedKernel::StepKill(int32_t index) {
  Task& task = tasks_[index];
  Process& process = processes_[task.process];
  for (const int32_t victim : process.children) {
    if (task.current.n ? !processes_[victim].zombie : !processes_[victim].alive) continue;
    const int32_t space = processes_[victim].space;
    const bool is_init = spaces_[space].init == victim;
    if (processes_[victim].alive && (InKernel(victim, -1) || (is_init && SpaceBusy(space, victim))))
      return Retry(index, kMillisecond);
    task.pending = NewEvent(index, Call::kKill);
    task.pending.args[0] = NumberIn(victim, process.space);
    task.pending.args[1] = 9;
    task.pending.other = victim;
    if (processes_[victim].alive) {
      processes_[victim].recorded_end = history_.processes[task.process].makes_records;
      Die(victim);
    }
    task.in_kernel = true;
    return Schedule(index, static_cast<int64_t>(random_.Between(20, 300)), Phase::kReturn);
  }
  Schedule(index, kMillisecond, Phase::kStep);
}

void SimulatedKernel::StepSetns(int32_t index) {
  Task& task = tasks_[index];
  Process& process = processes_[task.process];
  HistoryEvent event = NewEvent(index, Call::kSetns);
  event.args[0] = random_.Between(3, 9);
  if (task.current.op == Op::kSetnsNetwork) {
    event.args[1] = random_.OneIn(2) ? 0x40000000 : 0;  // CLONE_NEWNET, or any kind
  } else {
    std::vector<int32_t> choices;
    for (int32_t space = 1; space < static_cast<int32_t>(spaces_.size()); ++space)
      if (spaces_[space].init >= 0 && !spaces_[space].dead && Inside(space, process.space) &&
          space != process.space && (task.current.n || spaces_[space].hidden) &&
          !(history_.options.decidable && spaces_[space].next > kHiddenSpaceNumbers))
        choices.push_back(space);
    if (choices.empty()) return Schedule(index, kMillisecond, Phase::kStep);
    process.children_space = random_.Pick(choices);
    // A descriptor may stand for the caller's own namespace, so no record tells where children go.
    if (history_.options.decidable) spaces_[process.children_space].hidden = true;
    event.args[1] = task.current.n ? kCloneNewPid : 0;
  }
  Record(task.process, event);
  Schedule(index, kMillisecond, Phase::kStep);
}

void SimulatedKernel::StepNoise(int32_t index) {
  HistoryEvent event = NewEvent(index, Call::kOpenat);
  const size_t dice = random_.Below(20);
  if (tasks_[index].process == init_) {
    event.call = dice < 16 ? Call::kService : dice < 18 ? Call::kDaemon : Call::kConfigChange;
    event.text = dice % 2 ? "SERVICE_START" : "SERVICE_STOP";
  } else if (dice < 3) {
    event.call = Call::kUserAuth;
    event.text = dice == 0 ? "USER_AUTH" : dice == 1 ? "CRED_ACQ" : "USER_START";
  } else if (dice < 7) {
    event.call = Call::kConnect;
    event.exit = dice == 6 ? -115 : 0;
    event.success = dice != 6;
  } else if (dice < 8) {
    event.success = false;
    event.exit = -13;
  } else {
    event.exit = 3;
  }
  if (event.call == Call::kOpenat) event.text = processes_[tasks_[index].process].cwd;
  Record(tasks_[index].process, event);
  Schedule(index, static_cast<int64_t>(random_.Between(50, 3000)), Phase::kStep);
}

void SimulatedKernel::Wake(int32_t index) {
  Task& task = tasks_[index];
  Process& process = processes_[task.process];
  if (!task.blocked_in_wait) return;
  const auto child = std::find_if(process.children.begin(), process.children.end(),
                                  [&](int32_t c) { return processes_[c].zombie; });
  if (child == process.children.end()) {  // another thread was faster
    if (!process.children.empty()) return;
    task.blocked_in_wait = false;  // ECHILD
    return Schedule(index, kMillisecond, Phase::kStep);
  }
  task.blocked_in_wait = false;
  task.in_kernel = true;
  task.pending.other = *child;
  task.pending.exit = NumberIn(*child, process.space);
  const uint64_t stops = kWaitUntraced | kWaitAll;
  const bool told = process.tells_of_children && !(task.pending.args[2] & stops);
  const uint32_t pid = history_.processes[*child].pid;
  Release(task.pending.other);
  if (told) tainted_.erase(pid);
  Schedule(index, static_cast<int64_t>(random_.Between(10, 60)), Phase::kReturn);
}

void SimulatedKernel::Effect(int32_t index) {
  Task& task = tasks_[index];
  const int32_t self = task.process;
  Process& process = processes_[self];
  // The point of no return of exec: the other threads end without a record, the caller becomes the
  // leader.
  for (const int32_t other : process.tasks)
    if (other != index && tasks_[other].alive) {
      tasks_[other].alive = false;
      if (tasks_[other].thread_number) spaces_[0].used.erase(tasks_[other].thread_number);
    }
  if (task.thread_number) spaces_[0].used.erase(task.thread_number);
  task.thread_number = 0;
  process.tasks = {index};
  process.image = NewImage(self);
  process.ignores_children = false;
  history_.processes[self].own_cwd = false;
  ReleaseVfork(self);
  Schedule(index, static_cast<int64_t>(random_.Between(50, 500)), Phase::kReturn);
}

void SimulatedKernel::Return(int32_t index) {
  Task& task = tasks_[index];
  task.in_kernel = false;
  task.until_exec = false;
  Record(task.process, task.pending);
  Schedule(index, static_cast<int64_t>(random_.Between(30, 1500)), Phase::kStep);
}

History SimulateHistory(const HistoryOptions& options) { return SimulatedKernel(options).Run(); }

}  // namespace pidigree
