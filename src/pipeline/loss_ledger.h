#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "src/base/mutex.h"
#include "src/pipeline/loss_report.h"

namespace pidigree {

// What one destination is still to be told of losses: each exactly once, and none of a cause and a
// destination more often than once in kInterval. Any thread.
class LossAccount {
 public:
  using Steady = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kInterval{10};

  // A `count` of 0 changes nothing.
  void Add(const LossReport& loss);
  // In words, what holds up a destination; the latest for each counts.
  void Add(const OutputFailure& failure);

  // Whether something is to be told at `now`.
  bool IsDue(Steady now) const;
  // The reports that are due at `now`, which are thereby done.
  std::vector<LossReport> TakeDue(Steady now);
  std::vector<OutputFailure> TakeFailures();
  // All that have not been told, due or not, which are thereby done.
  std::vector<LossReport> TakeAll();

  // `report` was taken and then could not be written: it is to be told again.
  void GiveBack(const LossReport& report) { Add(report); }

  // All that have not been told.
  std::vector<LossReport> pending() const;

 private:
  struct Entry {
    LossReport pending;  // its count may be 0
    bool reported = false;
    Steady reported_at;

    bool IsDue(Steady now) const {
      return pending.count > 0 && (!reported || now - reported_at >= kInterval);
    }
  };

  mutable Mutex mutex_;
  // One for each cause and destination that ever had a loss.
  std::vector<Entry> entries_ GUARDED_BY(mutex_);
  std::vector<OutputFailure> failures_ GUARDED_BY(mutex_);
};

// Everything the agent loses: counts it, and tells the accounts of all destinations. Any thread.
class LossLedger {
 public:
  // `account` hears of every loss from now on, and must outlive the ledger's use. To be called
  // before other threads start.
  void Subscribe(LossAccount& account) { accounts_.push_back(&account); }

  // What every destination lacks.
  void Add(const LossReport& loss) { AddBut(nullptr, loss); }
  // What one lacks, which tells it to `own` itself, where it is missing.
  void AddElsewhere(const LossAccount& own, const LossReport& loss) { AddBut(&own, loss); }
  void Add(const OutputFailure& failure);

  // Whether some destination has something to tell at `now`.
  bool IsDue(LossAccount::Steady now) const;

  // Losses since the start, by cause.
  std::array<uint64_t, kLossCauses> totals() const;

 private:
  void AddBut(const LossAccount* own, const LossReport& loss);

  std::vector<LossAccount*> accounts_;
  mutable Mutex mutex_;
  std::array<uint64_t, kLossCauses> totals_ GUARDED_BY(mutex_){};
};

}  // namespace pidigree
