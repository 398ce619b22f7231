#include "src/base/clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

namespace pidigree {
namespace {

// Who reads several clocks one after the other on a busy machine has to wait in between, now and
// then.
TEST(SystemClock, OffsetHoldsOnABusyMachine) {
  constexpr uint64_t kDurationNs = 500'000'000;
  constexpr int64_t kMillisecond = 1'000'000;
  std::atomic<bool> done = false;
  std::vector<std::thread> busy(2 * std::thread::hardware_concurrency());
  for (std::thread& thread : busy) {
    thread = std::thread([&] {
      while (!done.load(std::memory_order_relaxed)) {
      }
    });
  }
  const SystemClock clock;
  int64_t least = std::numeric_limits<int64_t>::max();
  int64_t most = std::numeric_limits<int64_t>::min();
  for (const uint64_t begin = clock.BootNs(); clock.BootNs() - begin < kDurationNs;) {
    const int64_t offset = clock.BootToUtcNs();
    least = std::min(least, offset);
    most = std::max(most, offset);
  }
  done = true;
  for (std::thread& thread : busy) thread.join();
  EXPECT_LT(most - least, kMillisecond);
}

}  // namespace
}  // namespace pidigree
