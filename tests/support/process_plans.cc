#include "tests/support/simulated_kernel.h"

namespace pidigree {
namespace {

constexpr uint32_t kForever = 0xffffffff;
constexpr int kMaxDepth = 6;

uint32_t Microseconds(Random& random, size_t low, size_t high) {
  return static_cast<uint32_t>(random.Between(low, high));
}

Action Fork(Role role) { return {.op = Op::kFork, .role = role, .call = Call::kClone}; }

// Begins with an exec, so that vfork and posix_spawn suit it.
bool ExecsAtOnce(Role role) {
  switch (role) {
    case Role::kCommand:
    case Role::kExecChain:
    case Role::kShell:
    case Role::kStatic:
    case Role::kThreaded:
    case Role::kKiller:
    case Role::kOrphanMaker:
    case Role::kPathSearcher:
    case Role::kContainer:
    case Role::kCrasher:
    case Role::kSudo:
      return true;
    default:
      return false;
  }
}

}  // namespace

Role RandomRole(Role parent, int depth, Random& random, const HistoryOptions& options) {
  static const std::vector<Role> kLeaves = {Role::kCommand,   Role::kCommand, Role::kCommand,
                                            Role::kCommand,   Role::kCommand, Role::kCommand,
                                            Role::kExecChain, Role::kStatic,  Role::kPathSearcher,
                                            Role::kSignalled, Role::kCrasher, Role::kLateCommand};
  static const std::vector<Role> kBranches = {
      Role::kShell,       Role::kShell,         Role::kSubshell,    Role::kSubshell,
      Role::kOrphanMaker, Role::kDaemonStarter, Role::kOrphanMaker, Role::kThreaded,
      Role::kKiller,      Role::kSignalWatcher, Role::kCloneParent, Role::kStopper,
      Role::kThreadExec,  Role::kSudo,          Role::kLogin,       Role::kSubreaper};
  static const std::vector<Role> kSpaces = {Role::kContainer, Role::kNamespaceEnterer,
                                            Role::kContainerKiller};
  if (parent == Role::kInit)
    return random.OneIn(3) ? Role::kLogin : random.OneIn(2) ? Role::kShell : Role::kLongShell;
  if (depth >= kMaxDepth || random.Percent(60)) return random.Pick(kLeaves);
  if (options.containers && random.Percent(8)) return random.Pick(kSpaces);
  return random.Pick(kBranches);
}

void ChooseForkCall(Action& fork, Random& random, Arch arch) {
  const size_t dice = random.Below(100);
  const bool at_once = ExecsAtOnce(fork.role);
  if (arch == Arch::kAarch64) {  // has neither fork nor vfork
    fork.call = dice % 4 == 0 ? Call::kClone3 : Call::kClone;
    if (at_once && dice % 3 == 0) fork.flags |= kCloneVfork;
  } else if (dice < 12) {
    fork.call = at_once ? Call::kVfork : Call::kFork;
  } else if (dice < 36) {
    fork.call = dice < 24 ? Call::kClone3 : Call::kClone;
    if (at_once) fork.flags |= kCloneVfork;
  } else {
    fork.call = Call::kClone;
  }
}

Plan MakePlan(Role role, int depth, Random& random, const HistoryOptions& options) {
  Plan plan;
  const auto add = [&](Action action) { plan.push_back(action); };
  const auto sleep = [&](size_t low, size_t high) {
    add({.op = Op::kSleep, .n = Microseconds(random, low, high)});
  };
  const auto noise = [&] {
    for (size_t n = random.Below(3); n > 0; --n) add({.op = Op::kNoise});
  };
  const auto exec = [&] {
    if (random.OneIn(8)) add({.op = Op::kChdir});
    add({.op = Op::kExec});
  };
  const auto loop = [&](uint32_t times, bool wait) {
    add({.op = Op::kLoop, .role = role, .n = times, .wait = wait});
  };
  const auto times = [&](size_t low, size_t high) { return Microseconds(random, low, high); };
  const auto fork = [&](Role child) {
    Action action = Fork(child);
    ChooseForkCall(action, random, options.arch);
    add(action);
  };
  const auto wait = [&] { add({.op = Op::kWait}); };
  const auto exit_group = [&] { add({.op = Op::kExitGroup}); };

  switch (role) {
    case Role::kInit:
      add({.op = Op::kSleep, .n = 1000});
      for (int i = 0; i < 100; ++i) {
        add({.op = Op::kNoise});
        loop(2, false);
      }
      loop(kForever, false);
      break;
    case Role::kLongShell:
      exec();
      loop(depth == 0 ? kForever : times(2, 20), random.OneIn(2));
      break;
    case Role::kLateCommand:
      sleep(1'000, random.OneIn(10) ? 1'900'000 : 200'000);
      [[fallthrough]];
    case Role::kCommand:
      exec();
      noise();
      if (random.OneIn(4)) sleep(1'000, 300'000);
      break;
    case Role::kExecChain:
      for (size_t n = random.Between(2, 4); n > 0; --n) exec();
      break;
    case Role::kPathSearcher:
      for (size_t n = random.Between(1, 5); n > 0; --n) add({.op = Op::kFailedExec});
      if (random.Percent(80)) exec();  // else: command not found
      break;
    case Role::kShell:
      exec();
      if (random.OneIn(3)) add({.op = Op::kChdir});
      loop(times(1, 6), random.Percent(80));
      if (random.OneIn(4)) exec();
      break;
    case Role::kSubshell:
      noise();
      loop(times(1, 3), random.Percent(80));
      if (random.OneIn(5)) exec();
      break;
    case Role::kDaemonStarter:
      fork(Role::kDaemonMiddle);
      if (random.OneIn(2)) wait();
      break;
    case Role::kDaemonMiddle:
      fork(Role::kDaemon);
      break;
    case Role::kDaemon:
      if (random.OneIn(2)) sleep(10, 500'000);
      if (random.Percent(60)) exec();
      sleep(1'000, 5'000'000);
      loop(times(1, 8), random.OneIn(2));
      sleep(1'000, 20'000'000);
      break;
    case Role::kOrphanMaker:
      exec();
      for (size_t n = random.Between(1, 3); n > 0; --n)
        fork(random.OneIn(3) ? Role::kSubshell : Role::kLateCommand);
      break;
    case Role::kThreaded:
      exec();
      for (size_t n = random.Between(1, 4); n > 0; --n)
        add({.op = Op::kThread,
             .role = Role::kThread,
             .call = random.OneIn(2) ? Call::kClone3 : Call::kClone});
      loop(times(0, 2), true);
      sleep(1'000, 50'000);
      if (random.OneIn(3)) add({.op = Op::kExit});  // the leader goes, the others stay
      break;
    case Role::kThread:
      sleep(10, 20'000);
      if (random.OneIn(2)) fork(random.OneIn(2) ? Role::kCommand : Role::kSubshell);
      if (random.OneIn(2)) wait();
      add({.op = Op::kExit});
      break;
    case Role::kThreadExec:
      exec();
      add({.op = Op::kThread, .role = Role::kExecChain, .call = Call::kClone3});
      sleep(3'000'000, 4'000'000);
      break;
    case Role::kStatic:
      exec();
      noise();
      add({.op = Op::kExit});
      return plan;
    case Role::kVictim:
      if (random.OneIn(2)) exec();
      loop(times(0, 2), false);
      sleep(60'000'000, 90'000'000);
      break;
    case Role::kZombieVictim:
      exec();
      break;
    case Role::kKiller:
      exec();
      if (random.OneIn(4)) {
        fork(Role::kZombieVictim);
        sleep(50'000, 100'000);
        add({.op = Op::kKillChild, .n = 1});
      } else {
        fork(Role::kVictim);
        sleep(1'000, 200'000);
        add({.op = Op::kKillChild});
      }
      if (random.Percent(80)) wait();
      break;
    case Role::kSignalled:
      if (random.OneIn(2)) exec();
      noise();
      sleep(100, 100'000);
      add({.op = Op::kDieSilently});
      return plan;
    case Role::kSignalWatcher:
      exec();
      if (random.OneIn(3)) add({.op = Op::kIgnoreChildren});
      for (size_t n = random.Between(1, 3); n > 0; --n) fork(Role::kSignalled);
      for (size_t n = random.Below(4); n > 0; --n) wait();
      break;
    case Role::kCrasher:
      exec();
      add({.op = Op::kAbend});
      return plan;
    case Role::kContainer: {
      exec();
      const size_t how = random.Below(4);
      if (how < 2) {
        add({.op = Op::kUnshare});
        fork(Role::kContainerInit);
      } else {
        Action action = Fork(Role::kContainerInit);
        action.flags = kCloneNewPid;
        if (how == 3) action.call = Call::kClone3;
        add(action);
      }
      wait();
      break;
    }
    case Role::kContainerInit:
      exec();
      loop(depth == 0 ? kForever : times(2, 12), random.OneIn(2));
      break;
    case Role::kContainerKiller: {
      exec();
      Action action = Fork(Role::kContainerInit);
      action.flags = kCloneNewPid;
      add(action);
      sleep(10'000, 400'000);
      add({.op = Op::kKillChild});
      wait();
      break;
    }
    case Role::kNamespaceEnterer:
      exec();
      if (random.OneIn(3)) add({.op = Op::kSetnsNetwork});
      add({.op = Op::kSetns, .n = times(0, 1)});
      fork(random.OneIn(2) ? Role::kShell : Role::kCommand);
      wait();
      break;
    case Role::kLogin:
      if (random.OneIn(2)) exec();
      add({.op = Op::kNoise});
      add({.op = Op::kLogin, .n = times(1000, 1002)});
      if (random.OneIn(2)) noise();
      add({.op = Op::kSetuid, .n = times(1000, 1002)});
      exec();
      loop(times(2, 10), true);
      break;
    case Role::kSudo:
      exec();
      add({.op = Op::kSetuid, .n = random.OneIn(3) ? 33u : 0u});
      if (random.OneIn(2)) {
        fork(Role::kShell);
        wait();
      } else {
        exec();
      }
      break;
    case Role::kCloneParent: {
      exec();
      Action action = Fork(random.OneIn(2) ? Role::kCommand : Role::kSubshell);
      action.flags = kCloneParent;
      add(action);
      break;
    }
    case Role::kStopper:
      exec();
      fork(Role::kCommand);
      add({.op = Op::kWaitStopped});
      if (random.OneIn(2)) add({.op = Op::kWaitStopped});
      wait();
      break;
    case Role::kSubreaper:
      exec();
      add({.op = Op::kSubreaper});
      fork(random.OneIn(2) ? Role::kDaemonStarter : Role::kOrphanMaker);
      loop(times(2, 6), true);
      sleep(10'000, 3'000'000);
      for (size_t n = random.Between(1, 6); n > 0; --n) wait();
      break;
  }
  exit_group();
  return plan;
}

}  // namespace pidigree
