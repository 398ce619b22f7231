#pragma once

#include <array>
#include <cstdint>

#include "src/base/recent_table.h"
#include "src/event/process_key.h"
#include "src/event/record.h"

namespace pidigree {

// How many events of a kind one process may write within a second, by event id; 0: any number.
using EventRates = std::array<uint32_t, 256>;

// Keeps processes that do something very often from filling the output: what is beyond the bound of
// its kind is dropped until the second that began with the first event is over.
class RateBound {
 public:
  explicit RateBound(const EventRates& rates) : rates_(rates) {}

  // Whether the event `id` of what `process` did at `time` is within the bound.
  bool Admits(const ProcessKey& process, uint16_t id, UtcTime time);

 private:
  // A process that has to be forgotten for want of room begins another second.
  static constexpr size_t kWindows = 4096;

  struct Key {
    uint64_t start_ns;
    uint32_t tgid;
    uint32_t id;
    bool operator==(const Key&) const = default;
  };
  struct Window {
    UtcTime begin{};
    uint32_t events = 0;
  };

  const EventRates rates_;
  RecentTable<Key, Window> windows_{kWindows};
};

}  // namespace pidigree
