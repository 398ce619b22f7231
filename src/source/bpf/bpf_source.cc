#include "src/source/bpf/bpf_source.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <set>
#include <span>
#include <utility>

#include "src/source/bpf/kernel_mounts.h"

namespace pidigree {
namespace {

// How long facts gather: after others that came, so that a busy host does not wake us more often,
// and after a while without any, for what belongs together, such as a fork and its exec.
constexpr std::chrono::milliseconds kBusyGatherTime{100};
constexpr std::chrono::milliseconds kIdleGatherTime{10};
constexpr size_t kRingBytesPerCpu = size_t{2} << 20;
constexpr size_t kMinRingBytes = size_t{4} << 20;
constexpr size_t kMaxRingBytes = size_t{64} << 20;

// In the order in which they are attached.
constexpr LifePrograms::Hook kProcessHooks[] = {LifePrograms::kExit, LifePrograms::kExec,
                                                LifePrograms::kFork};

// The process of a record of the iterator, which tells of most parents more than once.
ProcessKey SubjectOf(std::span<const std::byte> record) {
  wire_task task;
  std::memcpy(&task, record.data(), sizeof(task));
  return {static_cast<uint32_t>(task.subject.process.tgid), task.subject.process.start_ns};
}

size_t RingBytes(const BpfSourceOptions& options) {
  if (options.ring_bytes != 0) return options.ring_bytes;
  const auto cpus = static_cast<size_t>(std::max(sysconf(_SC_NPROCESSORS_ONLN), 1L));
  return std::clamp(std::bit_ceil(cpus * kRingBytesPerCpu), kMinRingBytes, kMaxRingBytes);
}

// Edge-triggered: only the kernel's wake-ups count. Level-triggered, whatever is there would end a
// wait, which is what the programs' batched wake-ups are there to avoid.
Result<UniqueFd> Watch(std::initializer_list<int> fds) {
  UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (epoll.get() < 0) return FailErrno(errno, "cannot create an epoll instance");
  for (const int fd : fds) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.fd = fd;
    if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0)
      return FailErrno(errno, "cannot wait for the BPF ring buffer");
  }
  return epoll;
}

}  // namespace

Result<std::unique_ptr<BpfSource>> BpfSource::Open(const BpfSourceOptions& options) {
  const size_t ring_bytes = RingBytes(options);
  auto traces = std::make_unique<TraceFs>();
  auto programs = LifePrograms::Load(ring_bytes, *traces);
  if (!programs) return Fail(programs.error());
  auto ring = RingMapping::Map(programs->ring_fd(), ring_bytes, WIRE_RECORD_MAX);
  if (!ring) return Fail(ring.error());
  UniqueFd wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return FailErrno(errno, "cannot create an event");
  auto epoll = Watch({programs->ring_fd(), wake.get()});
  if (!epoll) return Fail(epoll.error());
  return std::unique_ptr<BpfSource>(
      new BpfSource(options, {std::move(traces), std::move(*programs), std::move(*ring),
                              std::move(wake), std::move(*epoll)}));
}

BpfSource::BpfSource(const BpfSourceOptions& options, Parts parts)
    : traces_(std::move(parts.traces)),
      cgroup_(OpenCgroupRoot()),
      programs_(std::move(parts.programs)),
      mutes_(programs_.mutes()),
      mutes_in_use_(options.mute),
      ring_(std::move(parts.ring)),
      reader_(ring_.memory()),
      wake_(std::move(parts.wake)),
      epoll_(std::move(parts.epoll)) {
  const SharedMaps maps = programs_.shared_maps();
  for (HookGroup& group : HookGroups())
    groups_.emplace_back(std::move(group), maps, *traces_, cgroup_.get(), options.compat_syscalls);
}

Result<> BpfSource::Attach(const EventSet& wanted) {
  const bool needed = WantsProcesses(wanted);
  if (needed && !programs_.IsAttached(LifePrograms::kFork)) programs_.SetForkImages(true);
  for (const LifePrograms::Hook hook : kProcessHooks) {
    if (!needed) {
      programs_.Detach(hook);
      continue;
    }
    if (programs_.IsAttached(hook)) continue;
    if (auto attached = programs_.Attach(hook); !attached) {
      // They are attached together, so that none of them was before.
      for (const LifePrograms::Hook begun : kProcessHooks) programs_.Detach(begun);
      return attached;
    }
  }
  const MutexLock lock(hooks_mutex_);
  for (AttachedGroup& group : groups_) group.Attach(wanted);
  Describe();
  return {};
}

void BpfSource::Describe() {
  hooks_.clear();
  unseen_.clear();
  for (const LifePrograms::Hook hook : kProcessHooks)
    if (programs_.IsAttached(hook)) hooks_.emplace_back(programs_.Name(hook));
  for (const AttachedGroup& group : groups_) group.Describe(hooks_, unseen_);
}

Result<> BpfSource::Snapshot(FactConsumer& consumer) {
  auto tasks = programs_.OpenTasks();
  if (!tasks) return Fail(tasks.error());
  std::set<ProcessKey> brought;
  std::byte buffer[256 * sizeof(wire_task)];
  size_t filled = 0;
  for (;;) {
    const ssize_t got = read(tasks->get(), buffer + filled, sizeof(buffer) - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno(errno, "cannot read the list of processes from the kernel");
    if (got == 0) break;
    filled += static_cast<size_t>(got);
    size_t at = 0;
    for (; filled - at >= sizeof(wire_task); at += sizeof(wire_task)) {
      const auto record = std::span(buffer).subspan(at, sizeof(wire_task));
      if (!brought.insert(SubjectOf(record)).second) continue;
      ++(decoder_.Decode(record, consumer) ? facts_taken_ : malformed_taken_);
    }
    std::copy(buffer + at, buffer + filled, buffer);
    filled -= at;
  }
  programs_.SetForkImages(false);
  Publish();
  return {};
}

Result<BpfSource::Woken> BpfSource::Wait(std::chrono::milliseconds timeout) {
  epoll_event event{};
  const int woken = epoll_wait(epoll_.get(), &event, 1, static_cast<int>(timeout.count()));
  if (woken < 0 && errno != EINTR) return FailErrno(errno, "cannot wait for the BPF ring buffer");
  if (woken < 0) return Woken::kByOthers;
  if (woken == 0) return Woken::kNot;
  return event.data.fd == wake_.get() ? Woken::kByOthers : Woken::kByFacts;
}

void BpfSource::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof(one));
}

size_t BpfSource::Drain(size_t max_facts, FactConsumer& consumer) {
  size_t facts = 0;
  for (more_ = true; more_ && facts < max_facts;) {
    const auto record = reader_.Next();
    more_ = record.has_value();
    if (!record) break;
    if (decoder_.Decode(*record, consumer)) {
      ++facts;
    } else {
      ++malformed_taken_;
    }
  }
  return facts;
}

Result<size_t> BpfSource::Poll(std::chrono::milliseconds timeout, size_t max_facts,
                               FactConsumer& consumer) {
  size_t facts = 0;
  Result<Woken> woken = Woken::kNot;
  if (busy_ && !more_) {
    const auto wait = std::min(timeout, kBusyGatherTime);
    timeout -= wait;
    woken = Wait(wait);
  }
  if (busy_ || more_) facts = Drain(max_facts, consumer);
  if (facts == 0) {
    // From now on the first fact wakes us.
    reader_.GiveBack();
    facts = Drain(max_facts, consumer);
  }
  if (facts == 0 && woken && *woken != Woken::kByOthers && timeout > timeout.zero()) {
    woken = Wait(timeout);
    if (woken && *woken == Woken::kByFacts) woken = Wait(std::min(timeout, kIdleGatherTime));
    facts = Drain(max_facts, consumer);
  }
  if (!woken) return Fail(woken.error());
  busy_ = facts > 0;
  facts_taken_ += facts;
  Publish();
  return facts;
}

void BpfSource::Publish() {
  facts_.store(facts_taken_, std::memory_order_relaxed);
  malformed_.store(malformed_taken_ + reader_.malformed(), std::memory_order_relaxed);
  arguments_cut_.store(decoder_.arguments_cut(), std::memory_order_relaxed);
  paths_cut_.store(decoder_.paths_cut(), std::memory_order_relaxed);
}

SourceStatus BpfSource::Status() const {
  // All of them, so that none is forgotten.
  const auto [ring_full, scratch_busy, name_unread, start_unread, owner_unknown, target_gone,
              connects_failed, replies_unasked, muted, unused] = programs_.ReadLosses();
  SourceStatus status;
  const auto loss = [&](SourceLoss cause) -> uint64_t& {
    return status.losses[static_cast<size_t>(cause)];
  };
  loss(SourceLoss::kRingFull) = ring_full;
  loss(SourceLoss::kScratchBusy) = scratch_busy;
  loss(SourceLoss::kNameUnread) = name_unread;
  loss(SourceLoss::kStartUnread) = start_unread;
  loss(SourceLoss::kOwnerUnknown) = owner_unknown;
  loss(SourceLoss::kTargetGone) = target_gone;
  loss(SourceLoss::kMalformed) = malformed_.load(std::memory_order_relaxed);
  status.connects_failed = connects_failed;
  status.replies_unasked = replies_unasked;
  status.muted = muted;
  status.arguments_cut = arguments_cut_.load(std::memory_order_relaxed);
  status.paths_cut = paths_cut_.load(std::memory_order_relaxed);
  status.facts = facts_.load(std::memory_order_relaxed);
  const MutexLock lock(hooks_mutex_);
  loss(SourceLoss::kRecursion) = programs_.recursion_misses();
  for (const AttachedGroup& group : groups_)
    loss(SourceLoss::kRecursion) += group.recursion_misses();
  status.hooks = hooks_;
  status.unseen = unseen_;
  return status;
}

}  // namespace pidigree
