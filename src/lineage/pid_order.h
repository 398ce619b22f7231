#pragma once

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
  // RESERVED_PIDS: once the numbers have come round, no process of the initial PID namespace gets a
  // lower one.
  static constexpr uint32_t kReservedPids = 300;
  static constexpr uint32_t kDefaultPidMax = 32768;  // PID_MAX_DEFAULT

  // A record tells of `pid`, which may have been handed out just now: of a new process, thread or
  // program. Numbers near the newest one move it; a jump is believed once several follow it, for
  // old processes make records, too.
  void Advance(uint32_t pid);

  uint64_t newest() const { return Position(lap_, newest_); }

  // The latest position at which `pid` can have been handed out so far, or is being handed out now.
  uint64_t Latest(uint32_t pid) const;

  // The latest position at which `pid` can have been handed out before `position` was.
  static uint64_t LatestBefore(uint32_t pid, uint64_t position);

  // Numbers handed out between two positions, about; 0 if `to` is not after `from`.
  uint64_t Distance(uint64_t from, uint64_t to) const;

  // Whether `pid` has been handed out well after the newest number had the position `then`.
  bool HasPassed(uint32_t pid, uint64_t then) const { return Distance(then, Latest(pid)) > Near(); }

  // Whether `pid` was probably handed out lately, and after the first number seen.
  bool IsNew(uint32_t pid) const { return IsNear(pid) && (wrapped_ || pid > first_); }

  // Whether `pid` is so close to the newest number, on either side, that it is probably new itself.
  bool IsNear(uint32_t pid) const;

  // A distance that says "just now".
  uint32_t Near() const;

  // How many numbers a lap has, about.
  uint32_t LapSize() const;

 private:
  static uint64_t Position(uint32_t lap, uint32_t pid) { return uint64_t{lap} << 32 | pid; }
  uint32_t End() const;                 // the first number that is never handed out
  uint32_t Ahead(uint32_t pid) const;   // how many numbers `pid` is after the newest
  uint32_t Behind(uint32_t pid) const;  // how many before

  uint32_t lap_ = 1;     // numbers handed out before the first one seen may be of lap 0
  uint32_t first_ = 0;   // number ever seen
  uint32_t newest_ = 0;  // in this lap; 0: nothing seen
  uint32_t largest_ = 0;
  bool wrapped_ = false;      // then `largest_` tells the size of a lap
  uint32_t jump_to_ = 0;      // newest of the numbers that may be a jump
  uint32_t jump_count_ = 0;   // how many rising ones there were
  uint32_t jump_age_ = 0;     // sights since the last of them
  uint32_t jump_rivals_ = 0;  // sights since the first that moved the newest number
};

}  // namespace pidigree
