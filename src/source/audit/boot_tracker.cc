#include "src/source/audit/boot_tracker.h"

#include <algorithm>
#include <utility>

namespace pidigree {

// How far apart ShiftOf() puts what was before and after a step: more than can have passed between
// the step and its discovery.
constexpr int64_t kApartMs = 3600'000;
constexpr int64_t kMaxShiftMs = int64_t{1} << 60;

namespace {

// As the log has it, for what BootTracker::Order() made of it.
int64_t Serial(int64_t order) { return static_cast<uint32_t>(order); }

}  // namespace

BootTracker::Verdict BootTracker::Judge(int64_t order, const Sight& sight, int64_t released) const {
  const BootMark mark = sight.mark;
  if (!started_) return Verdict::kInOrder;
  if (mark == BootMark::kKernelStart) return Verdict::kReboot;
  if (mark == BootMark::kSystemBoot &&
      (had_system_boot_ || Serial(highest_) - Serial(order) > kDisorder))
    return Verdict::kReboot;
  if (order > released) return Verdict::kInOrder;

  const bool fell = highest_ - order > kDisorder;
  const int64_t ahead_ms = sight.time_ms - newest_ms_;
  if (ahead_ms >= kBootGapMs || (ahead_ms >= 0 && fell)) return Verdict::kReboot;
  if (fell && daemon_started_) return Verdict::kReboot;
  return Verdict::kStraggler;
}

bool BootTracker::Accept(int64_t order, const Sight& sight, int64_t window_ms) {
  const int64_t time_ms = sight.time_ms;
  daemon_started_ = false;
  if (sight.mark == BootMark::kSystemBoot) had_system_boot_ = true;
  if (!started_) {
    started_ = true;
    highest_ = order;
    newest_ms_ = time_ms;
    return false;
  }
  if (IsAhead(sight)) {
    highest_ = std::max(highest_, order);
    ahead_oldest_ms_ = ahead_ == 0 ? time_ms : std::min(ahead_oldest_ms_, time_ms);
    if (++ahead_ == kStepRun) {
      newest_ms_ = ahead_oldest_ms_;
      ahead_ = 0;
    }
    return false;
  }
  ahead_ = 0;
  if (order > highest_) {
    highest_ = order;
    if (SeesStep(order, sight, window_ms)) return true;
  }
  newest_ms_ = std::max(newest_ms_, time_ms);
  return false;
}

bool BootTracker::SeesStep(int64_t order, const Sight& sight, int64_t window_ms) {
  const int64_t time_ms = sight.time_ms;
  const bool behind = time_ms < newest_ms_ - kSteadyMs;
  if (sight.prompt && !behind) prompt_behind_.count = 0;
  if (time_ms >= newest_ms_ - window_ms) old_.count = 0;
  if (!behind) {
    if (sight.prompt) first_behind_ = kNone;
    return false;
  }
  if (first_behind_ == kNone) first_behind_ = order;
  const bool by_prompt = sight.prompt && prompt_behind_.Add(time_ms) == kPromptRun;
  const bool by_old = time_ms < newest_ms_ - window_ms && old_.Add(time_ms) == kStepRun;
  if (!by_prompt && !by_old) return false;

  const int64_t now_ms = by_prompt ? prompt_behind_.newest_ms : old_.newest_ms;
  step_order_ = first_behind_;
  order_shift_before_step_ms_ = order_shift_ms_;
  // Stamps are below 2^47; only a made-up log has enough steps to come near the end.
  if (shift_ms_ < kMaxShiftMs) {
    shift_ms_ += newest_ms_ - now_ms;
    order_shift_ms_ += newest_ms_ - now_ms + kApartMs;
  }
  // The last calls before it may not have made a record yet.
  step_from_ms_ = newest_ms_ + kSteadyMs;
  time_before_step_from_ms_ = std::exchange(time_since_step_from_ms_, now_ms - kSteadyMs);
  before_steps_ms_ = std::max(before_steps_ms_, step_from_ms_);
  newest_ms_ = now_ms;
  prompt_behind_ = old_ = {};
  first_behind_ = kNone;
  return true;
}

}  // namespace pidigree
