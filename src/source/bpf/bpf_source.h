#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/base/mutex.h"
#include "src/base/result.h"
#include "src/base/unique_fd.h"
#include "src/event/event_source.h"
#include "src/source/bpf/attached_group.h"
#include "src/source/bpf/life_programs.h"
#include "src/source/bpf/process_mutes.h"
#include "src/source/bpf/ring_mapping.h"
#include "src/source/bpf/ring_reader.h"
#include "src/source/bpf/trace_fs.h"
#include "src/source/bpf/wire_decoder.h"

namespace pidigree {

struct BpfSourceOptions {
  // Where only exits of system calls tell of something, those of 32-bit programs are watched, too:
  // with a hook that every call of every program passes.
  bool compat_syscalls = false;
  bool mute = true;       // mute() of the source; else all that happens comes out of Poll()
  size_t ring_bytes = 0;  // a power of two, at least a page; 0: by the number of CPUs
};

// Facts from the BPF programs of bpf/.
//
// A fact comes out of Poll() at most 100 ms, or 64 KiB of facts, after it happened; after a while
// without any within 10 ms. The facts of all CPUs share one ring, in which the
// kernel gives out places one after the other while the hook is running: what a hook says therefore
// stands before everything that its return makes possible. A child's records stand behind the one
// of its fork, and those of a parent that is gone before those of whoever adopted its children.
class BpfSource : public EventSource {
 public:
  // Loads the programs and attaches nothing.
  //
  // Errors: what is missing (kernel, BTF, a capability) and what would help.
  static Result<std::unique_ptr<BpfSource>> Open(const BpfSourceOptions& options);

  Result<> Attach(const EventSet& wanted) override;
  Result<> Snapshot(FactConsumer& consumer) override;
  // A signal ends the wait early, as Wake() does.
  Result<size_t> Poll(std::chrono::milliseconds timeout, size_t max_facts,
                      FactConsumer& consumer) override;
  void Wake() override;
  SourceStatus Status() const override;
  ProcessMute* mute() override { return mutes_in_use_ ? &mutes_ : nullptr; }

 private:
  struct Parts {
    std::unique_ptr<TraceFs> traces;
    LifePrograms programs;
    RingMapping ring;
    UniqueFd wake;
    UniqueFd epoll;
  };
  BpfSource(const BpfSourceOptions& options, Parts parts);

  // What ended a wait; others are Wake() and signals.
  enum class Woken : uint8_t { kNot, kByFacts, kByOthers };
  Result<Woken> Wait(std::chrono::milliseconds timeout);
  size_t Drain(size_t max_facts, FactConsumer& consumer);
  void Publish();

  // Of everything that is attached.
  void Describe() REQUIRES(hooks_mutex_);

  std::unique_ptr<TraceFs> traces_;
  UniqueFd cgroup_;  // the root of the unified hierarchy
  LifePrograms programs_;
  ProcessMutes mutes_;
  const bool mutes_in_use_;
  RingMapping ring_;
  RingReader reader_;
  UniqueFd wake_;   // an event counter that nobody reads: each addition is an edge
  UniqueFd epoll_;  // of the ring and the counter
  WireDecoder decoder_;
  bool more_ = false;  // the last Poll() stopped at its limit
  bool busy_ =
      false;  // the last Poll() brought facts, and the kernel does not wake us for the next
  uint64_t facts_taken_ = 0;
  uint64_t malformed_taken_ = 0;

  // What Status() may read while the collector works.
  std::atomic<uint64_t> facts_ = 0;
  std::atomic<uint64_t> malformed_ = 0;
  std::atomic<uint64_t> arguments_cut_ = 0;
  std::atomic<uint64_t> paths_cut_ = 0;
  mutable Mutex hooks_mutex_;
  std::vector<AttachedGroup> groups_ GUARDED_BY(hooks_mutex_);
  std::vector<std::string> hooks_ GUARDED_BY(hooks_mutex_);
  std::vector<std::string> unseen_ GUARDED_BY(hooks_mutex_);
};

}  // namespace pidigree
