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
//  - KERNEL state=initialized: always a reboot. SYSTEM_BOOT: a reboot if this boot has had its
//    SYSTEM_BOOT, or if the serial is lower by more than kDisorder than it was. That holds for a
//    serial that wraps, too: nobody makes 2^32 events while the system starts.
//  - Otherwise, as after a reboot that lost the clock: kNewBootRun such events in a row, with none
//    that goes on from the old serials between them.
//
// A clock that steps back while serials go on rising is no reboot. It is noticed by kPromptRun
// events in a row that are stamped when their serial is given and yet kSteadyMs older than what
// came before, or by kStepRun of any kind that are older than the window is long; from there on the
// node's clock is counted from the new stamps, and goes on from where it was, so that the window
// keeps moving. Calls that began before the step still return, with stamps that are ahead: until
// time is back where it was, a stamp kSteadyMs ahead moves the clock only if it is prompt, or if
// kStepRun come in a row.
class BootTracker {
 public:
  static constexpr int64_t kBootGapMs = 3000;
  static constexpr int64_t kDisorder = 64;
  static constexpr uint32_t kNewBootRun = 32;
  static constexpr uint32_t kNewBootRunAtEnd = 4;  // enough when the log ends with them
  static constexpr uint32_t kStepRun = 64;
  static constexpr uint32_t kPromptRun = 3;
  static constexpr int64_t kSteadyMs = 250;

  // An event as far as this class looks at it.
  struct Sight {
    int64_t time_ms = 0;
    BootMark mark = BootMark::kNone;
    bool prompt = false;  // the record is made at the time of its stamp: no call that may sleep
  };

  // The node's clock once `sight` has come. Never goes back.
  int64_t ClockAt(const Sight& sight) const {
    if (!started_) return sight.time_ms + shift_ms_;
    const bool leads = sight.time_ms > newest_ms_ && !IsAhead(sight);
    return (leads ? sight.time_ms : newest_ms_) + shift_ms_;
  }

  enum class Verdict : uint8_t { kInOrder, kStraggler, kReboot };

  // `serial` as a number that does not wrap within the boot.
  int64_t Order(uint32_t serial) const {
    if (!started_) return int64_t{serial};
    return highest_ + static_cast<int32_t>(serial - static_cast<uint32_t>(highest_));
  }

  // What an event that is not known yet means. `released`: Order() of the last one released.
  Verdict Judge(int64_t order, const Sight& sight, int64_t released) const;

  // Takes an event that is in order. True: the clock has been found to have stepped back, from
  // step_order() on.
  bool Accept(int64_t order, const Sight& sight, int64_t window_ms);
  int64_t step_order() const { return step_order_; }

  // What to add to the stamp of an event so that the sums are in the order of the calls'
  // beginnings, also where the clock was set back between them.
  int64_t ShiftOf(int64_t order, const Sight& sight) const {
    const bool before = order < step_order_ || (IsAhead(sight) && sight.time_ms <= step_from_ms_ &&
                                                sight.time_ms > time_before_step_from_ms_);
    return before ? order_shift_before_step_ms_ : order_shift_ms_;
  }

  int64_t highest() const { return highest_; }  // Order() of the highest serial of this boot

  void SawDaemonStart() { daemon_started_ = true; }

  // Begins a new boot.
  void Restart() { *this = BootTracker(); }

 private:
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::min();
  struct Run {
    uint32_t count = 0;
    int64_t newest_ms = 0;

    uint32_t Add(int64_t time_ms) {
      newest_ms = count == 0 || time_ms > newest_ms ? time_ms : newest_ms;
      return ++count;
    }
  };

  bool SeesStep(int64_t order, const Sight& sight, int64_t window_ms);
  // The stamp may be from before the clock was set back.
  bool IsAhead(const Sight& sight) const {
    return !sight.prompt && sight.time_ms <= before_steps_ms_ &&
           sight.time_ms - newest_ms_ > kSteadyMs;
  }

  bool started_ = false;
  bool daemon_started_ = false;  // and no event in order since
  bool had_system_boot_ = false;
  int64_t highest_ = 0;  // Order()
  int64_t newest_ms_ = 0;
  int64_t shift_ms_ = 0;          // what to add to a stamp for the clock
  Run old_;                       // events in a row that may show a clock stepped back
  Run prompt_behind_;             // likewise, prompt ones
  int64_t first_behind_ = kNone;  // Order() of the first that may be after the step
  // Of the last step.
  int64_t step_order_ = kNone;
  int64_t order_shift_ms_ = 0;  // see ShiftOf()
  int64_t order_shift_before_step_ms_ = 0;
  int64_t step_from_ms_ = kNone;              // the newest stamp before it
  int64_t time_before_step_from_ms_ = kNone;  // the oldest stamp since the step before
  int64_t time_since_step_from_ms_ = kNone;   // the oldest stamp since it
  int64_t before_steps_ms_ = kNone;           // likewise before any step
  uint32_t ahead_ = 0;                        // events in a row that may be from before one
  int64_t ahead_oldest_ms_ = 0;
};

}  // namespace pidigree
