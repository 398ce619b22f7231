#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <variant>
#include <vector>

#include "src/event/fact_consumer.h"
#include "tests/support/random.h"

namespace pidigree {

// A running host: processes that fork, exec, change their user and end at random, with the truth
// about each, and the facts that a kernel would tell of them. It knows nothing of the lineage's
// code.
class LiveWorld {
 public:
  struct Options {
    uint64_t seed = 1;
    uint32_t pids = 200;             // numbers to go round
    bool reuse_within_tick = false;  // a PID may come again at once
  };

  struct Process {
    ProcessKey id;
    int creator = -1;         // who called fork; -1: the kernel
    int present_parent = -1;  // who would reap it
    bool alive = true;
    bool subreaper = false;
    uint32_t uid = 0;
    std::string image;
    std::string arguments;  // argv, each ended by NUL
    // As they were when it was forked.
    std::string creator_arguments;
    uint32_t creator_uid = 0;
    uint64_t ended_ns = 0;
  };

  struct Fork {
    int child, parent, creator;
    uint32_t uid;
    std::string image;
  };
  struct Exec {
    int process, present_parent;
    uint32_t uid;
    std::string image, arguments;
  };
  struct Exit {
    int process;
    uint32_t uid;
  };
  struct Fact {
    uint64_t time_ns;
    std::variant<Fork, Exec, Exit> what;
  };

  explicit LiveWorld(Options options);

  // Lets something happen; what it tells. Some things tell nothing.
  std::vector<Fact> Step();

  const std::vector<Process>& processes() const { return processes_; }
  const Process& process(int index) const { return processes_[static_cast<size_t>(index)]; }
  ProcessKey Id(int index) const { return index < 0 ? ProcessKey{} : process(index).id; }
  uint64_t now_ns() const { return now_ns_; }

 private:
  Process& at(int index) { return processes_[static_cast<size_t>(index)]; }
  int PickAlive();
  uint32_t FreePid();
  Fact DoFork(int parent);
  Fact DoExec(int process);
  Fact DoExit(int process);

  Options options_;
  Random random_;
  std::vector<Process> processes_;
  std::vector<int> alive_;
  std::vector<bool> used_;  // by PID
  uint32_t last_pid_ = 1;
  uint64_t now_ns_;
  int execs_ = 0;
};

// Gives a fact to `consumer` as a source would. `with_image`: forks carry the executable's path.
void Deliver(const LiveWorld& world, const LiveWorld::Fact& fact, bool with_image,
             FactConsumer& consumer);

}  // namespace pidigree
