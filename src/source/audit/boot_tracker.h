#pragma once

#include <cstdint>
#include <limits>

#include "src/source/audit/parsed_chunk.h"

namespace pidigree {

// Follows the serials and stamps of one node, to tell a reboot from what looks like one.
//
// The kernel numbers its events from 1 at each boot, modulo 2^32. Events may come a little out of
// order, so a serial at or below the last one released is either a straggler of this boot or the
// first of the next. What decides:
//
//  - A straggler's stamp is older than those of the events that overtook it, since its serial was
//    given after its stamp and before their serials. So it is a reboot if the stamp is kBootGapMs
//    past the newest of this boot, or not older than it with a serial that fell by more than
//    kDisorder.
//  - DAEMON_START right before, and a serial that fell by more than kDisorder: a reboot, whatever
//    the stamp. (By itself DAEMON_START is just a new auditd, which the kernel does not care for.)
//  - KERNEL state=initialized: always a reboot. SYSTEM_BOOT: a reboot if the serial fell by more
//  than kDisorder,
//    or if this boot has had its SYSTEM_BOOT, whether the serial fell or not.
//  - Otherwise, as after a reboot that lost the clock: kNewBootRun such events in a row, with none
//    that goes on from the old serials between them.
//
// A clock that steps back while serials go on rising is no reboot. It is noticed by kStepRun events
// in a row that are older than the window is long; from there on the node's clock is counted from
// the new stamps, and goes on from where it was, so that the window keeps moving.
class BootTracker {
 public:
  static constexpr int64_t kBootGapMs = 3000;
  static constexpr int64_t kDisorder = 64;
  static constexpr uint32_t kNewBootRun = 32;
  static constexpr uint32_t kNewBootRunAtEnd = 4;  // enough when the log ends with them
  static constexpr uint32_t kStepRun = 64;

  enum class Verdict : uint8_t { kInOrder, kStraggler, kReboot };

  // `serial` as a number that does not wrap within the boot.
  int64_t Order(uint32_t serial) const {
    if (!started_) return int64_t{serial};
    return highest_ + static_cast<int32_t>(serial - static_cast<uint32_t>(highest_));
  }

  // The node's clock once an event with stamp `time_ms` has come. Never goes back.
  int64_t ClockAt(int64_t time_ms) const {
    if (!started_) return time_ms + offset_ms_;
    return (time_ms > newest_ms_ ? time_ms : newest_ms_) + offset_ms_;
  }

  // What an event that is not known yet means. `released`: Order() of the last one released.
  Verdict Judge(int64_t order, int64_t time_ms, BootMark mark, int64_t released) const;

  // Takes an event that is in order. True: the clock has been found to have stepped back by more
  // than `window_ms`.
  bool Accept(int64_t order, int64_t time_ms, BootMark mark, int64_t window_ms);

  void SawDaemonStart() { daemon_started_ = true; }

  // Begins a new boot.
  void Restart() { *this = BootTracker(); }

 private:
  bool started_ = false;
  bool daemon_started_ = false;  // and no event in order since
  bool had_system_boot_ = false;
  uint32_t old_stamps_ = 0;  // events in a row that may show a clock stepped back
  int64_t highest_ = 0;      // Order()
  int64_t newest_ms_ = 0;
  int64_t offset_ms_ = 0;  // clock minus stamp
  int64_t old_stamps_newest_ms_ = 0;
};

}  // namespace pidigree
