// Births, deaths, adoption and numbers.
#include <algorithm>
#include <utility>

#include "tests/support/simulated_kernel.h"

namespace pidigree {
namespace {

void Erase(std::vector<int32_t>& list, int32_t value) {
  list.erase(std::remove(list.begin(), list.end(), value), list.end());
}

}  // namespace

int32_t SimulatedKernel::NewSpace(int32_t parent, bool hidden) {
  Namespace space;
  space.parent = parent;
  space.hidden = hidden || (parent > 0 && spaces_[parent].hidden);
  spaces_.push_back(std::move(space));
  return static_cast<int32_t>(spaces_.size()) - 1;
}

uint32_t SimulatedKernel::AllocateNumber(int32_t index, bool recorded_fork) {
  Namespace& space = spaces_[index];
  const uint32_t pid_max = history_.options.pid_max;
  while (true) {  // idr_alloc_cyclic()
    if (space.next >= pid_max) space.next = kReservedPids;
    const uint32_t number = space.next++;
    if (index == 0 && !recorded_fork && tainted_.contains(number)) continue;
    if (!space.used.insert(number).second) continue;
    return number;
  }
}

int32_t SimulatedKernel::NewProcess(int32_t forker, int32_t parent, int32_t space,
                                    bool recorded_fork) {
  const auto index = static_cast<int32_t>(processes_.size());
  TrueProcess truth;
  Process process;
  process.parent = parent;
  process.space = process.children_space = space;
  for (int32_t level = space; level >= 0; level = spaces_[level].parent) {
    process.numbers.emplace_back(level, AllocateNumber(level, recorded_fork));
    if (level == 0 && recorded_fork) tainted_.erase(process.numbers.back().second);
    Namespace& names = spaces_[level];
    if (names.init >= 0) continue;
    names.init = index;
    // Somebody restored a checkpoint: numbers inside may be anything.
    if (level != 0 && !names.hidden && random_.OneIn(4))
      names.next = static_cast<uint32_t>(random_.Between(2, history_.options.pid_max - 1));
  }
  truth.boot = boot_;
  truth.pid = process.numbers.back().second;
  truth.parent = forker >= 0 ? forker : parent;
  truth.born_ms = WallMs();
  truth.born_before = static_cast<int32_t>(history_.events.size());
  process.tells_of_children = space == 0;
  if (forker >= 0) {
    const Process& from = processes_[forker];
    process.uid = from.uid;
    process.euid = from.euid;
    process.auid = from.auid;
    process.session = from.session;
    process.terminal = from.terminal;
    process.image = from.image;
    process.cwd = from.cwd;
    truth.own_cwd = history_.processes[forker].own_cwd;
    truth.born_inside = from.space != 0;
    truth.birth_image = from.image;
    truth.birth_uid = from.uid;
  }
  if (parent >= 0) processes_[parent].children.push_back(index);
  processes_.push_back(std::move(process));
  history_.processes.push_back(std::move(truth));
  ++alive_;
  return index;
}

int32_t SimulatedKernel::NewTask(int32_t process, Plan plan, int depth) {
  const auto index = static_cast<int32_t>(tasks_.size());
  Task task;
  task.process = process;
  task.depth = depth;
  task.plan = std::move(plan);
  tasks_.push_back(std::move(task));
  processes_[process].tasks.push_back(index);
  Schedule(index, static_cast<int64_t>(random_.Between(20, 2000)), Phase::kStep);
  return index;
}

uint32_t SimulatedKernel::NumberIn(int32_t process, int32_t space) const {
  for (const auto& [level, number] : processes_[process].numbers)
    if (level == space) return number;
  return 0;
}

void SimulatedKernel::Die(int32_t index) {
  TrueProcess& truth = history_.processes[index];
  truth.died_ms = WallMs();
  truth.died_before = static_cast<int32_t>(history_.events.size());
  processes_[index].alive = false;
  --alive_;
  for (const int32_t task : processes_[index].tasks) {
    if (tasks_[task].alive && tasks_[task].thread_number)
      spaces_[0].used.erase(tasks_[task].thread_number);
    tasks_[task].alive = false;
  }
  ReleaseVfork(index);
  const int32_t space = processes_[index].space;
  if (space != 0 && spaces_[space].init == index) {
    spaces_[space].dead = true;
    for (int32_t member = 0; member < static_cast<int32_t>(processes_.size()); ++member)
      if (processes_[member].alive && Inside(processes_[member].space, space)) Die(member);
  }
  if (!processes_[index].recorded_end && history_.options.decidable) tainted_.insert(truth.pid);
  Reparent(index);
  const int32_t parent = processes_[index].parent;
  if (parent < 0) return Release(index);
  if (processes_[parent].ignores_children) {
    Release(index);
    return WakeWaiter(parent);  // to see that there is nobody left to wait for
  }
  processes_[index].zombie = true;
  WakeWaiter(parent);
}

void SimulatedKernel::Reparent(int32_t index) {
  Process& father = processes_[index];
  if (father.children.empty()) return;
  int32_t reaper = spaces_[father.space].init;
  for (int32_t up = father.parent; up >= 0 && processes_[up].space == father.space;
       up = processes_[up].parent)
    if (processes_[up].alive && processes_[up].subreaper) {
      reaper = up;
      break;
    }
  if (reaper == index || !processes_[reaper].alive) reaper = init_;
  const std::vector<int32_t> children = std::move(father.children);
  father.children.clear();
  for (const int32_t child : children) {
    processes_[child].parent = reaper;
    processes_[reaper].children.push_back(child);
    if (!processes_[child].zombie) continue;
    if (processes_[reaper].ignores_children)
      Release(child);
    else
      WakeWaiter(reaper);
  }
}

void SimulatedKernel::Release(int32_t index) {
  processes_[index].zombie = false;
  for (const auto& [space, number] : processes_[index].numbers) spaces_[space].used.erase(number);
  if (processes_[index].parent >= 0) Erase(processes_[processes_[index].parent].children, index);
}

void SimulatedKernel::WakeWaiter(int32_t process) {
  for (const int32_t task : processes_[process].tasks)
    if (tasks_[task].alive && tasks_[task].blocked_in_wait)
      Schedule(task, static_cast<int64_t>(random_.Between(5, 200)), Phase::kWake);
}

void SimulatedKernel::ReleaseVfork(int32_t process) {
  const int32_t waiter = std::exchange(processes_[process].vfork_waiter, -1);
  // The parent runs on while the child's exec is still to return, on the other CPU or after it.
  if (waiter >= 0)
    Schedule(waiter, static_cast<int64_t>(random_.Between(60, 1500)), Phase::kReturn);
}

bool SimulatedKernel::InKernel(int32_t process, int32_t except_task) const {
  for (const int32_t task : processes_[process].tasks)
    if (task != except_task && tasks_[task].alive && tasks_[task].in_kernel) return true;
  return false;
}

bool SimulatedKernel::SpaceBusy(int32_t space, int32_t except_process) const {
  for (int32_t process = 0; process < static_cast<int32_t>(processes_.size()); ++process)
    if (process != except_process && processes_[process].alive &&
        Inside(processes_[process].space, space) && InKernel(process, -1))
      return true;
  return false;
}

bool SimulatedKernel::Inside(int32_t space, int32_t outer) const {
  for (; space >= 0; space = spaces_[space].parent)
    if (space == outer) return true;
  return false;
}

}  // namespace pidigree
