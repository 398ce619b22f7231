#include "src/pipeline/loss_ledger.h"

#include <algorithm>
#include <utility>

namespace pidigree {

void LossAccount::Add(const LossReport& loss) {
  if (loss.count == 0) return;
  const MutexLock lock(mutex_);
  for (Entry& entry : entries_) {
    if (entry.pending.cause != loss.cause || entry.pending.destination != loss.destination)
      continue;
    return entry.pending.Merge(loss);
  }
  entries_.push_back({loss, false, {}});
}

void LossAccount::Add(const OutputFailure& failure) {
  const MutexLock lock(mutex_);
  std::erase_if(failures_, [&](const OutputFailure& earlier) {
    return earlier.destination == failure.destination;
  });
  failures_.push_back(failure);
}

bool LossAccount::IsDue(Steady now) const {
  const MutexLock lock(mutex_);
  return !failures_.empty() ||
         std::ranges::any_of(entries_, [now](const Entry& entry) { return entry.IsDue(now); });
}

std::vector<LossReport> LossAccount::TakeDue(Steady now) {
  std::vector<LossReport> due;
  const MutexLock lock(mutex_);
  for (Entry& entry : entries_) {
    if (!entry.IsDue(now)) continue;
    due.push_back(entry.pending);
    entry.pending.count = 0;
    entry.reported = true;
    entry.reported_at = now;
  }
  return due;
}

std::vector<OutputFailure> LossAccount::TakeFailures() {
  const MutexLock lock(mutex_);
  return std::exchange(failures_, {});
}

std::vector<LossReport> LossAccount::TakeAll() {
  std::vector<LossReport> all;
  const MutexLock lock(mutex_);
  for (Entry& entry : entries_) {
    if (entry.pending.count > 0) all.push_back(entry.pending);
    entry.pending.count = 0;
  }
  return all;
}

std::vector<LossReport> LossAccount::pending() const {
  std::vector<LossReport> all;
  const MutexLock lock(mutex_);
  for (const Entry& entry : entries_)
    if (entry.pending.count > 0) all.push_back(entry.pending);
  return all;
}

void LossLedger::AddBut(const LossAccount* own, const LossReport& loss) {
  if (loss.count == 0) return;
  {
    const MutexLock lock(mutex_);
    totals_[static_cast<size_t>(loss.cause)] += loss.count;
  }
  for (LossAccount* account : accounts_)
    if (account != own) account->Add(loss);
}

void LossLedger::Add(const OutputFailure& failure) {
  for (LossAccount* account : accounts_) account->Add(failure);
}

bool LossLedger::IsDue(LossAccount::Steady now) const {
  return std::ranges::any_of(accounts_,
                             [now](const LossAccount* account) { return account->IsDue(now); });
}

std::array<uint64_t, kLossCauses> LossLedger::totals() const {
  const MutexLock lock(mutex_);
  return totals_;
}

}  // namespace pidigree
