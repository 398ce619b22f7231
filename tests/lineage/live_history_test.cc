// Watches hosts that live at random, with restarts, crashes and reloads, and compares every record
// with the truth and with a second, plain implementation of what can be known.
//
// PIDIGREE_PROPERTY_SCALE scales the number of histories; PIDIGREE_PROPERTY_SEED runs one of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "tests/support/live_host.h"
#include "tests/support/live_world.h"
#include "tests/support/property_scale.h"
#include "tests/support/random.h"

namespace pidigree {
namespace {

constexpr size_t kHistories = 100;
constexpr std::string_view kNoGuid = "{00000000-0000-0000-0000-000000000000}";

std::string Joined(std::string arguments) {
  if (!arguments.empty()) arguments.pop_back();
  std::replace(arguments.begin(), arguments.end(), '\0', ' ');
  return arguments;
}

std::string UserOf(uint32_t uid) {
  return uid == 0 ? "root" : uid == 1000 ? "alice" : std::to_string(uid);
}

// The GUIDs that the processes of a world have: that of their start, or of the next tick that their
// PID has not had.
class Guids {
 public:
  const std::string& Of(const LiveWorld& world, int process) {
    while (texts_.size() < world.processes().size()) {
      const ProcessKey id = world.processes()[texts_.size()].id;
      uint64_t& next = next_tick_[id.tgid];
      const uint64_t tick = std::max(id.start_ns / kTickNs, next);
      next = tick + 1;
      texts_.push_back(GuidText({id.tgid, tick * kTickNs}));
      processes_[texts_.back()] = static_cast<int>(texts_.size()) - 1;
    }
    return texts_[static_cast<size_t>(process)];
  }
  std::optional<int> ProcessOf(const LiveWorld& world, const std::string& guid) {
    Of(world, 0);
    const auto found = processes_.find(guid);
    if (found == processes_.end()) return std::nullopt;
    return found->second;
  }

 private:
  static constexpr uint64_t kTickNs = 10'000'000;
  std::vector<std::string> texts_;
  std::map<std::string, int> processes_;
  std::map<uint32_t, uint64_t> next_tick_;
};

class History {
 public:
  // `lossy`: one fact in ten is lost, and what records say of parents is only checked for being
  // closed.
  History(uint64_t seed, bool lossy)
      : random_(seed * 2654435761 + 1),
        lossy_(lossy),
        collisions_(!lossy && random_.OneIn(4)),
        filtered_(random_.OneIn(3)),
        world_({.seed = seed,
                .pids = static_cast<uint32_t>(random_.Between(70, 400)),
                .reuse_within_tick = collisions_}) {}

  void Run() {
    if (!collisions_) Live(random_.Between(0, 150), nullptr);
    const size_t runs = collisions_ ? 1 : random_.Between(1, 4);
    for (size_t run = 0; run < runs && !testing::Test::HasFailure(); ++run) {
      if (filtered_ || run == 0) Reload();
      Watch();
      const bool crash = random_.OneIn(2);
      if (crash) undelivered_.clear();
      DeliverAll();
      if (lossy_) {
        Heal();
        continue;
      }
      const Counters counters = host_.live->engine.counters();
      EXPECT_EQ(counters[Counter::kMissedEnds], 0u);
      EXPECT_EQ(counters[Counter::kUnknownProcesses], 0u);
      EXPECT_EQ(counters[Counter::kLateUserNames], 0u);
      if (run + 1 < runs) Restart(crash);
    }
    if (filtered_ || lossy_) return;
    for (const auto& [exec, times] : execs_) EXPECT_EQ(times, 1) << exec;
    for (const int process : ends_to_tell_) EXPECT_TRUE(ended_.contains(process)) << process;
  }

 private:
  // What is known of a process's parent.
  struct Known {
    int parent = -1;
    bool exact = false;  // and of what it was
    std::string parent_arguments = {};
    uint32_t parent_uid = 0;
  };

  void Live(size_t steps, std::vector<LiveWorld::Fact>* facts) {
    for (size_t i = 0; i < steps; ++i)
      for (LiveWorld::Fact& fact : world_.Step())
        if (facts != nullptr) facts->push_back(std::move(fact));
    host_.clock.boot_ns = world_.now_ns();
  }

  void Watch() {
    std::vector<LiveWorld::Fact> window;
    Live(collisions_ ? 0 : random_.Between(0, 30), &window);
    Snapshot();
    for (const LiveWorld::Fact& fact : window) Take(fact, true);
    for (size_t pieces = random_.Between(1, 20); pieces > 0; --pieces) {
      Live(random_.Between(1, 30), &undelivered_);
      if (!random_.OneIn(3)) DeliverAll();
      if (random_.OneIn(15)) Reload();
    }
  }

  void DeliverAll() {
    for (const LiveWorld::Fact& fact : undelivered_)
      if (!lossy_ || !random_.OneIn(10)) Take(fact, false);
    undelivered_.clear();
  }

  // A new snapshot, and nothing is lost any more.
  void Heal() {
    Snapshot();
    std::vector<LiveWorld::Fact> facts;
    while (facts.empty()) Live(1, &facts);
    for (const LiveWorld::Fact& fact : facts) Take(fact, false);
    const auto alive = std::ranges::count_if(world_.processes(), &LiveWorld::Process::alive);
    EXPECT_EQ(host_.live->engine.counters()[Counter::kLiveProcesses], static_cast<uint64_t>(alive));
  }

  void Restart(bool crash) {
    host_.Restart(crash ? std::nullopt : std::optional(host_.live->lineage.Save()));
    offered_now_.clear();
    if (crash) {
      known_.clear();
      told_of_.clear();
      alive_.clear();
    }
    forked_now_.clear();
    last_told_ns_ = 0;
    Live(random_.Between(0, 60), nullptr);
  }

  void Reload() {
    offered_now_.clear();
    const size_t dropped = random_.Below(20);
    const bool drop_forks = random_.OneIn(3);
    const std::string image = "/bin/program" + std::to_string(dropped);
    host_.SetFilter([=, this](const TextRecord& record) {
      const bool keep =
          !filtered_ || (record["Image"] != image &&
                         !(record.id == 1 && drop_forks && record["Description"] == "fork"));
      if (record.id == 1) {
        offered_now_.insert(record["ProcessGuid"]);
        if (!keep) dropped_.insert(record["ProcessGuid"]);
      }
      return keep;
    });
  }

  void Snapshot() {
    std::vector<LiveHost::Running> running;
    std::set<int> alive;
    for (int i = 0; i < static_cast<int>(world_.processes().size()); ++i) {
      const LiveWorld::Process& process = world_.process(i);
      if (!process.alive) continue;
      alive.insert(i);
      running.push_back({.process = process.id,
                         .parent = world_.Id(process.present_parent),
                         .image = process.image,
                         .arguments = process.arguments,
                         .ids = {.uid = process.uid}});
      if (known_.contains(i)) continue;
      Known& known = known_[i];
      known.parent = process.present_parent;
      if (known.parent < 0) continue;
      known.exact = true;
      known.parent_arguments = world_.process(known.parent).arguments;
      known.parent_uid = world_.process(known.parent).uid;
    }
    alive_ = alive;
    host_.Snapshot(running);
    Check(std::nullopt);
  }

  // Whoever died before the snapshot: only the record names it, and its parent.
  void KnowByHint(int process, int parent) {
    if (process < 0 || known_.contains(process)) return;
    KnowByHint(parent, 0);
    known_[process] = {.parent = process == 0 ? -1 : parent};
    alive_.insert(process);
  }

  void Take(const LiveWorld::Fact& fact, bool window) {
    if (const auto* fork = std::get_if<LiveWorld::Fork>(&fact.what)) {
      KnowByHint(fork->parent, fork->creator);
      const LiveWorld::Process& child = world_.process(fork->child);
      known_[fork->child] = {.parent = fork->parent,
                             .exact = !window,
                             .parent_arguments = child.creator_arguments,
                             .parent_uid = child.creator_uid};
      forked_now_.insert(fork->child);
      alive_.insert(fork->child);
    } else if (const auto* exec = std::get_if<LiveWorld::Exec>(&fact.what)) {
      KnowByHint(exec->process, exec->present_parent);
      execs_.emplace(Joined(exec->arguments), 0);
      executed_.insert(exec->process);
    } else {
      const int process = std::get<LiveWorld::Exit>(fact.what).process;
      alive_.erase(process);
      if (told_of_.contains(process)) ends_to_tell_.insert(process);
    }
    fact_ = &fact;
    Deliver(world_, fact, window, host_.live->engine);
    host_.NextBatch();
    host_.NextBatch();  // some ends are noticed between batches
    Check(fact.time_ns);
  }

  void Check(std::optional<uint64_t> time_ns) {
    for (const TextRecord& record : host_.TakeRecords()) {
      EXPECT_GE(record.time_created_ns, last_told_ns_);
      last_told_ns_ = record.time_created_ns;
      if (lossy_) {
        CheckClosed(record);
        continue;
      }
      if (time_ns) {
        EXPECT_EQ(record.time_created_ns, LiveHost::kBootUtcNs + static_cast<int64_t>(*time_ns));
      }
      const std::optional<int> process = guids_.ProcessOf(world_, record["ProcessGuid"]);
      ASSERT_TRUE(process) << "nobody's GUID " << record["ProcessGuid"];
      EXPECT_EQ(record["ProcessId"], std::to_string(world_.process(*process).id.tgid));
      if (record.id == 5) {
        CheckEnd(record, *process);
      } else {
        CheckParent(record, *process);
        CheckCreate(record, *process);
      }
    }
  }

  void CheckClosed(const TextRecord& record) {
    const std::string& guid = record["ProcessGuid"];
    const std::optional<int> process = guids_.ProcessOf(world_, guid);
    ASSERT_TRUE(process) << "nobody's GUID " << guid;
    EXPECT_EQ(record["ProcessId"], std::to_string(world_.process(*process).id.tgid));
    if (record.id == 5) {
      EXPECT_TRUE(announced_.contains(guid) || dropped_.contains(guid)) << guid;
      EXPECT_TRUE(ended_.insert(*process).second) << "ended twice";
      return;
    }
    announced_.insert(guid);
    const std::string& parent = record["ParentProcessGuid"];
    if (*process == 0)
      EXPECT_EQ(parent, kNoGuid);
    else
      EXPECT_TRUE(announced_.contains(parent) || dropped_.contains(parent)) << parent;
  }

  void CheckEnd(const TextRecord& record, int process) {
    const auto* exit = std::get_if<LiveWorld::Exit>(&fact_->what);
    ASSERT_NE(exit, nullptr);
    EXPECT_EQ(exit->process, process);
    EXPECT_EQ(record["User"], UserOf(exit->uid));
    EXPECT_TRUE(ended_.insert(process).second) << "ended twice";
    ExpectOffered(record["ProcessGuid"], process);
  }

  void CheckParent(const TextRecord& record, int process) {
    const auto found = known_.find(process);
    ASSERT_NE(found, known_.end()) << process;
    const Known& known = found->second;
    if (known.parent < 0) {
      EXPECT_EQ(process, 0);
      EXPECT_EQ(record["ParentProcessGuid"], kNoGuid);
      return;
    }
    EXPECT_EQ(record["ParentProcessGuid"], guids_.Of(world_, known.parent));
    EXPECT_EQ(record["ParentProcessId"], std::to_string(world_.process(known.parent).id.tgid));
    ExpectOffered(record["ParentProcessGuid"], known.parent);
    if (!known.exact) return;
    EXPECT_EQ(record["ParentCommandLine"], Joined(known.parent_arguments));
    EXPECT_EQ(record["ParentUser"], UserOf(known.parent_uid));
  }

  void CheckCreate(const TextRecord& record, int process) {
    announced_.insert(record["ProcessGuid"]);
    told_of_.insert(process);
    const std::string& description = record["Description"];
    if (description == "fork") {
      EXPECT_TRUE(forked_now_.contains(process));
      EXPECT_EQ(record["User"], UserOf(world_.process(process).creator_uid));
      EXPECT_FALSE(executed_.contains(process));
    } else if (description == "-") {
      const auto* exec = std::get_if<LiveWorld::Exec>(&fact_->what);
      ASSERT_NE(exec, nullptr);
      EXPECT_EQ(exec->process, process);
      EXPECT_EQ(record["CommandLine"], Joined(exec->arguments));
      EXPECT_EQ(record["Image"], exec->image);
      EXPECT_EQ(record["User"], UserOf(exec->uid));
      ++execs_[record["CommandLine"]];
    } else {
      EXPECT_EQ(description, "running");
    }
  }

  void ExpectOffered(const std::string& guid, int process) {
    EXPECT_TRUE(announced_.contains(guid) || dropped_.contains(guid))
        << guid << " was never announced";
    if (alive_.contains(process)) {
      EXPECT_TRUE(offered_now_.contains(guid)) << guid << " was not announced anew";
    }
  }

  Random random_;
  const bool lossy_;
  const bool collisions_;
  const bool filtered_;
  LiveWorld world_;
  LiveHost host_;
  Guids guids_;
  std::vector<LiveWorld::Fact> undelivered_;
  const LiveWorld::Fact* fact_ = nullptr;

  std::map<int, Known> known_;
  std::set<int> alive_;       // as far as facts were taken
  std::set<int> forked_now_;  // their forks were seen in this run
  std::set<int> executed_;
  std::set<int> told_of_;              // in this run, or in one before that was ended cleanly
  std::set<std::string> offered_now_;  // since the last reload or restart
  std::set<std::string> announced_, dropped_;
  std::map<std::string, int> execs_;  // watched, by command line, and how often they were told
  std::set<int> ends_to_tell_, ended_;
  int64_t last_told_ns_ = 0;
};

class LiveHistories : public testing::TestWithParam<bool> {};

TEST_P(LiveHistories, AreToldAsTheyWere) {
  size_t first = 1;
  size_t count = ScaledCount(kHistories);
  if (const char* seed = std::getenv("PIDIGREE_PROPERTY_SEED")) {
    first = std::strtoull(seed, nullptr, 10);
    count = 1;
  }
  for (size_t seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History(seed, GetParam()).Run();
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Facts, LiveHistories, testing::Bool(),
                         [](const auto& test) { return test.param ? "Lost" : "Whole"; });

}  // namespace
}  // namespace pidigree
