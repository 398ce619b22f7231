#include "tests/support/live_world.h"

#include <algorithm>

namespace pidigree {
namespace {

constexpr uint64_t kUs = 1000;
constexpr uint64_t kMs = 1000 * kUs;
constexpr size_t kMostAlive = 60;

ProcessIds Ids(uint32_t uid) {
  return {.uid = uid, .euid = uid, .auid = kUnset, .session = kUnset};
}

}  // namespace

LiveWorld::LiveWorld(Options options)
    : options_(options), random_(options.seed), used_(options.pids + 1), now_ns_(2'000'000 * kMs) {
  Process init;
  init.id = {1, 10 * kMs};
  init.image = "/sbin/init";
  init.arguments = std::string("init\0", 5);
  init.subreaper = true;
  processes_.push_back(init);
  alive_.push_back(0);
  used_[0] = used_[1] = true;
}

int LiveWorld::PickAlive() { return alive_[random_.Below(alive_.size())]; }

uint32_t LiveWorld::FreePid() {
  if (options_.reuse_within_tick && random_.OneIn(2)) {
    // As clone3(2) with set_tid would: the number of who ended last.
    int latest = -1;
    for (size_t i = 0; i < processes_.size(); ++i)
      if (!processes_[i].alive && !used_[processes_[i].id.tgid] &&
          (latest < 0 || processes_[i].ended_ns > process(latest).ended_ns))
        latest = static_cast<int>(i);
    if (latest >= 0) return process(latest).id.tgid;
  }
  do {
    last_pid_ = last_pid_ >= options_.pids ? 2 : last_pid_ + 1;
  } while (used_[last_pid_]);
  return last_pid_;
}

LiveWorld::Fact LiveWorld::DoFork(int parent_index) {
  const Process parent = process(parent_index);
  Process child;
  child.id = {FreePid(), now_ns_};
  child.creator = parent_index;
  const bool clone_parent = parent.present_parent >= 0 && random_.OneIn(20);
  child.present_parent = clone_parent ? parent.present_parent : parent_index;
  child.subreaper = random_.OneIn(10);
  child.uid = child.creator_uid = parent.uid;
  child.image = parent.image;
  child.arguments = child.creator_arguments = parent.arguments;
  used_[child.id.tgid] = true;
  const int index = static_cast<int>(processes_.size());
  processes_.push_back(child);
  alive_.push_back(index);
  return {now_ns_, Fork{index, parent_index, parent.present_parent, child.uid, child.image}};
}

LiveWorld::Fact LiveWorld::DoExec(int index) {
  Process& process = at(index);
  const std::string number = std::to_string(++execs_);
  process.image = "/bin/program" + std::to_string(random_.Below(20));
  process.arguments = "run" + number;
  process.arguments.push_back('\0');
  if (random_.OneIn(8)) process.uid = static_cast<uint32_t>(random_.Below(2)) * 1000;
  return {now_ns_,
          Exec{index, process.present_parent, process.uid, process.image, process.arguments}};
}

LiveWorld::Fact LiveWorld::DoExit(int index) {
  Process& process = at(index);
  process.alive = false;
  process.ended_ns = now_ns_;
  used_[process.id.tgid] = false;
  std::erase(alive_, index);
  int reaper = process.present_parent;
  while (!this->process(reaper).subreaper || !this->process(reaper).alive)
    reaper = this->process(reaper).present_parent;
  for (const int child : alive_)
    if (at(child).present_parent == index) at(child).present_parent = reaper;
  return {now_ns_, Exit{index, process.uid}};
}

std::vector<LiveWorld::Fact> LiveWorld::Step() {
  now_ns_ += random_.OneIn(10) ? random_.Between(1, 100) * kMs : random_.Between(1, 2000) * kUs;
  const int index = PickAlive();
  const bool full = alive_.size() >= std::min<size_t>(kMostAlive, options_.pids / 2);
  const size_t choice = random_.Below(10);
  if (choice < 4 && !full) return {DoFork(index)};
  if (choice < 6 && !full) {
    // A child that lives and ends at once.
    std::vector<Fact> facts{DoFork(index)};
    const int child = static_cast<int>(processes_.size()) - 1;
    now_ns_ += random_.Between(1, 50) * kUs;
    if (random_.OneIn(2)) facts.push_back(DoExec(child));
    now_ns_ += random_.Between(1, 50) * kUs;
    facts.push_back(DoExit(child));
    return facts;
  }
  if (choice < 7) return {DoExec(index)};
  if (choice == 7 && index != 0) {
    at(index).uid = static_cast<uint32_t>(random_.Below(3)) * 1000;  // setuid(2)
    return {};
  }
  if (index == 0) return {};
  return {DoExit(index)};
}

void Deliver(const LiveWorld& world, const LiveWorld::Fact& fact, bool with_image,
             FactConsumer& consumer) {
  if (const auto* fork = std::get_if<LiveWorld::Fork>(&fact.what)) {
    consumer.Apply(ForkFact{.subject = {.time_ns = fact.time_ns,
                                        .process = world.Id(fork->parent),
                                        .ids = Ids(fork->uid)},
                            .child = world.Id(fork->child),
                            .creator = world.Id(fork->creator),
                            .place = {},
                            .comm = "comm",
                            .image = {.text = with_image ? std::string_view(fork->image) : ""}});
  } else if (const auto* exec = std::get_if<LiveWorld::Exec>(&fact.what)) {
    consumer.Apply(ExecFact{.subject = {.time_ns = fact.time_ns,
                                        .process = world.Id(exec->process),
                                        .ids = Ids(exec->uid)},
                            .present_parent = world.Id(exec->present_parent),
                            .place = {},
                            .image = {.text = exec->image},
                            .executable = {.links = 1},
                            .cwd = {.text = "/"},
                            .arguments = exec->arguments,
                            .comm = "comm"});
  } else {
    const auto& exit = std::get<LiveWorld::Exit>(fact.what);
    consumer.Apply(ExitFact{.subject = {.time_ns = fact.time_ns,
                                        .process = world.Id(exit.process),
                                        .ids = {.uid = exit.uid}},
                            .comm = "comm"});
  }
}

}  // namespace pidigree
