#include "src/lineage/pid_order.h"

#include <algorithm>

namespace pidigree {
namespace {

constexpr uint32_t kMaxNear = 256;
constexpr uint32_t kJumpConfirmed = 3;
constexpr uint32_t kOddJumpConfirmed = 8;
constexpr uint32_t kJumpForgotten = 12;

}  // namespace

uint32_t PidOrder::End() const {
  return wrapped_ ? largest_ + 1 : std::max(largest_ + 1, kDefaultPidMax);
}

uint32_t PidOrder::LapSize() const { return End() > kReservedPids ? End() - kReservedPids : 1; }

uint32_t PidOrder::Near() const { return std::clamp(LapSize() / 8, 8u, kMaxNear); }

bool PidOrder::IsNear(uint32_t pid) const {
  return newest_ != 0 && (pid > newest_ ? pid - newest_ : newest_ - pid) <= Near();
}

uint32_t PidOrder::Ahead(uint32_t pid) const {
  if (pid >= newest_) return pid - newest_;
  const bool end_known = wrapped_ || newest_ < kDefaultPidMax;
  return end_known && pid >= kReservedPids ? End() - newest_ + pid - kReservedPids : UINT32_MAX;
}

uint32_t PidOrder::Behind(uint32_t pid) const {
  if (pid <= newest_) return newest_ - pid;
  return wrapped_ && pid < End() ? End() - pid + newest_ - kReservedPids : UINT32_MAX;
}

void PidOrder::Advance(uint32_t pid) {
  if (pid < kReservedPids) return;
  largest_ = std::max(largest_, pid);
  if (first_ == 0) first_ = newest_ = pid;
  const bool near_in_lap = pid >= newest_ && pid - newest_ <= Near();
  if (near_in_lap || Behind(pid) <= Near()) {
    jump_rivals_ += near_in_lap && pid != newest_;
    if (near_in_lap) newest_ = pid;
    if (++jump_age_ > kJumpForgotten) jump_count_ = 0;
    return;
  }
  if (jump_count_ > 0 && pid > jump_to_ && pid - jump_to_ <= Near()) {
    jump_to_ = pid;
    jump_age_ = 0;
    // A lap begins at the lowest numbers; falling back to the middle has no good explanation.
    const bool odd = pid < newest_ && pid > kReservedPids + 2 * Near();
    // While the newest number still moves on where it was, nothing has jumped.
    if (++jump_count_ < (odd ? kOddJumpConfirmed : kJumpConfirmed) + jump_rivals_) return;
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
    jump_age_ = jump_rivals_ = 0;
  }
}

uint64_t PidOrder::Latest(uint32_t pid) const {
  if (pid < kReservedPids) return Position(0, pid);  // given once, while the host starts
  const bool now = Ahead(pid) <= Near();
  if (pid < newest_) return Position(now ? lap_ + 1 : lap_, pid);
  return Position(now ? lap_ : lap_ - 1, pid);
}

uint64_t PidOrder::LatestBefore(uint32_t pid, uint64_t position) {
  if (pid < kReservedPids) return Position(0, pid);
  const auto lap = static_cast<uint32_t>(position >> 32);
  const bool earlier_in_lap = pid < static_cast<uint32_t>(position);
  return Position(earlier_in_lap || lap == 0 ? lap : lap - 1, pid);
}

uint64_t PidOrder::Distance(uint64_t from, uint64_t to) const {
  if (to <= from) return 0;
  const uint64_t laps = (to >> 32) - (from >> 32);
  const uint64_t numbers = laps * LapSize() + (to & 0xffffffff);
  const uint64_t before = from & 0xffffffff;
  return numbers > before ? numbers - before : 0;
}

}  // namespace pidigree
