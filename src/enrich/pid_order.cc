#include "src/enrich/pid_order.h"

#include <algorithm>

namespace pidigree {
namespace {

constexpr uint32_t kReservedPids = 300;     // RESERVED_PIDS
constexpr uint32_t kDefaultPidMax = 32768;  // PID_MAX_DEFAULT
constexpr uint32_t kMaxNear = 256;
constexpr uint32_t kJumpConfirmed = 3;
constexpr uint32_t kOddJumpConfirmed = 8;
constexpr uint32_t kJumpForgotten = 12;

}  // namespace

uint32_t PidOrder::LapSize() const {
  const uint32_t end = wrapped_ ? largest_ : std::max(largest_, kDefaultPidMax);
  return end > kReservedPids ? end - kReservedPids : 1;
}

uint32_t PidOrder::Near() const { return std::clamp(LapSize() / 8, 8u, kMaxNear); }

bool PidOrder::IsNear(uint32_t pid) const {
  return newest_ != 0 && (pid > newest_ ? pid - newest_ : newest_ - pid) <= Near();
}

void PidOrder::Advance(uint32_t pid) {
  if (pid < kReservedPids) return;
  largest_ = std::max(largest_, pid);
  if (first_ == 0) first_ = pid;
  if (newest_ == 0 || IsNear(pid)) {
    newest_ = std::max(newest_, pid);
    if (++jump_age_ > kJumpForgotten) jump_count_ = 0;
    return;
  }
  if (jump_count_ > 0 && pid > jump_to_ && pid - jump_to_ <= Near()) {
    jump_to_ = pid;
    jump_age_ = 0;
    // A lap begins at the lowest numbers; falling back to the middle has no good explanation.
    const bool odd = pid < newest_ && pid > kReservedPids + 2 * Near();
    if (++jump_count_ < (odd ? kOddJumpConfirmed : kJumpConfirmed)) return;
    if (jump_to_ < newest_) {
      ++lap_;
      wrapped_ = true;
    }
    newest_ = jump_to_;
    jump_count_ = 0;
    return;
  }
  if (jump_count_ == 0 || ++jump_age_ > kJumpForgotten) {
    jump_to_ = pid;
    jump_count_ = 1;
    jump_age_ = 0;
  }
}

uint64_t PidOrder::Latest(uint32_t pid) const {
  const bool to_come = pid > newest_ && pid - newest_ > Near();
  return to_come && lap_ > 0 ? Position(lap_ - 1, pid) : Position(lap_, pid);
}

uint64_t PidOrder::Distance(uint64_t from, uint64_t to) const {
  if (to <= from) return 0;
  const uint64_t laps = (to >> 32) - (from >> 32);
  const uint64_t numbers = laps * LapSize() + (to & 0xffffffff);
  const uint64_t before = from & 0xffffffff;
  return numbers > before ? numbers - before : 0;
}

}  // namespace pidigree
