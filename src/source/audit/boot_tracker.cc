#include "src/source/audit/boot_tracker.h"

#include <algorithm>

namespace pidigree {

constexpr int64_t kMaxOffsetMs = int64_t{1} << 60;

BootTracker::Verdict BootTracker::Judge(int64_t order, int64_t time_ms, BootMark mark,
                                        int64_t released) const {
  if (!started_) return Verdict::kInOrder;
  if (mark == BootMark::kKernelStart) return Verdict::kReboot;
  if (mark == BootMark::kSystemBoot && had_system_boot_) return Verdict::kReboot;
  if (order > released) return Verdict::kInOrder;

  const bool fell = highest_ - order > kDisorder;
  const int64_t ahead_ms = time_ms - newest_ms_;
  if (ahead_ms >= kBootGapMs || (ahead_ms >= 0 && fell)) return Verdict::kReboot;
  if (fell && (daemon_started_ || mark == BootMark::kSystemBoot)) return Verdict::kReboot;
  return Verdict::kStraggler;
}

bool BootTracker::Accept(int64_t order, int64_t time_ms, BootMark mark, int64_t window_ms) {
  daemon_started_ = false;
  if (mark == BootMark::kSystemBoot) had_system_boot_ = true;
  if (!started_) {
    started_ = true;
    highest_ = order;
    newest_ms_ = time_ms;
    return false;
  }
  if (order > highest_) {
    highest_ = order;
    if (time_ms >= newest_ms_ - window_ms) {
      old_stamps_ = 0;
    } else {
      old_stamps_newest_ms_ = old_stamps_ == 0 ? time_ms : std::max(old_stamps_newest_ms_, time_ms);
      if (++old_stamps_ == kStepRun) {
        // Stamps are below 2^47; only a made-up log has enough steps to come near the end.
        if (offset_ms_ < kMaxOffsetMs) offset_ms_ += newest_ms_ - old_stamps_newest_ms_;
        newest_ms_ = old_stamps_newest_ms_;
        old_stamps_ = 0;
        return true;
      }
    }
  }
  newest_ms_ = std::max(newest_ms_, time_ms);
  return false;
}

}  // namespace pidigree
