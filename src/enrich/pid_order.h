#pragma once

#include <algorithm>
#include <cstdint>

namespace pidigree {

// The order in which the kernel hands out PIDs, recovered from the numbers alone: alloc_pid() takes
// the next free number after the last one and, at pid_max, goes on at 300. So the sequence of first
// sights rises and falls back once a lap, and a number can belong to another process only when the
// sequence has passed it again.
//
// A position is lap << 32 | number; positions compare in the order of allocation.
//
// Source: kernel/pid.c, alloc_pid(): idr_alloc_cyclic() from RESERVED_PIDS.
class PidOrder {
 public:
  // `pid` was handed out about now (a process or thread seen for the first time). Numbers that fall
  // back a little are late sights of earlier ones; a fall that lasts is a new lap.
  void Advance(uint32_t pid) {
    if (pid < kReservedPids) return;
    largest_ = std::max(largest_, pid);
    if (newest_ == 0) {
      newest_ = pid;
      return;
    }
    if (pid >= newest_) {
      // A first sight far ahead, right after the numbers began anew, is a straggler of the last
      // lap.
      if (pid - newest_ > Lap() / 2 && lap_ > 0) return;
      newest_ = pid;
      run_ = 0;
      return;
    }
    // Below the newest: a straggler, or the first of a new lap? The latter go on rising together.
    const bool goes_on = run_ > 0 && pid >= run_last_ && pid - run_last_ <= kRunGap;
    run_ = goes_on ? run_ + 1 : 1;
    run_last_ = pid;
    const bool plainly_a_lap = newest_ > Lap() - Lap() / 8 && pid < Lap() / 8;
    if (run_ >= (plainly_a_lap ? 2u : 4u)) {
      ++lap_;
      newest_ = pid;
      run_ = 0;
      if (lap_ == 1 || largest_ > lap_size_) lap_size_ = largest_;
    }
  }

  uint64_t newest() const { return uint64_t{lap_} << 32 | newest_; }

  // The latest position at which `pid` can have been handed out so far.
  uint64_t Latest(uint32_t pid) const {
    if (pid <= newest_ || pid < kReservedPids) return uint64_t{lap_} << 32 | pid;
    // Ahead of the newest: the coming numbers of this lap if it is near, else the last lap's.
    if (pid - newest_ <= kRunGap || lap_ == 0) return uint64_t{lap_} << 32 | pid;
    return uint64_t{lap_ - 1} << 32 | pid;
  }

  // Numbers handed out between two positions, about; 0 if `to` is not after `from`.
  uint64_t Distance(uint64_t from, uint64_t to) const {
    if (to <= from) return 0;
    const uint64_t laps = (to >> 32) - (from >> 32);
    const int64_t numbers = static_cast<int64_t>(to & 0xffffffff) -
                            static_cast<int64_t>(from & 0xffffffff) +
                            static_cast<int64_t>(laps * (Lap() - std::min(Lap(), kReservedPids)));
    return numbers < 0 ? 0 : static_cast<uint64_t>(numbers);
  }

  // Size of the number space as far as it can be known.
  uint32_t Lap() const { return lap_size_ != 0 ? lap_size_ : std::max(largest_, kDefaultPidMax); }

 private:
  static constexpr uint32_t kReservedPids = 300;     // RESERVED_PIDS
  static constexpr uint32_t kDefaultPidMax = 32768;  // PID_MAX_DEFAULT
  static constexpr uint32_t kRunGap = 64;  // numbers that threads and silent processes may take

  uint32_t lap_ = 0;
  uint32_t newest_ = 0;  // in this lap; 0: nothing seen
  uint32_t largest_ = 0;
  uint32_t lap_size_ = 0;  // largest number seen when the first lap ended
  uint32_t run_ = 0;       // first sights in a row that rise below the newest
  uint32_t run_last_ = 0;
};

}  // namespace pidigree
