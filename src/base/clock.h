#pragma once

#include <time.h>

#include <cstdint>
#include <limits>

namespace pidigree {

// Time that tests can fix.
class Clock {
 public:
  virtual ~Clock() = default;

  // Nanoseconds of CLOCK_BOOTTIME.
  virtual uint64_t BootNs() const = 0;
  // What has to be added to CLOCK_BOOTTIME for nanoseconds since 1970-01-01 UTC, as the clocks
  // stand now. It changes when the system's time is stepped or slewed.
  virtual int64_t BootToUtcNs() const = 0;
};

class SystemClock final : public Clock {
 public:
  uint64_t BootNs() const override { return static_cast<uint64_t>(Read(CLOCK_BOOTTIME)); }
  // Read between two readings of the boot time, and again if it was interrupted there: a busy
  // machine can put milliseconds between them.
  int64_t BootToUtcNs() const override {
    constexpr int64_t kCloseNs = 10'000;
    constexpr int kTries = 5;
    int64_t offset = 0;
    int64_t closest = std::numeric_limits<int64_t>::max();
    for (int i = 0; i < kTries && closest > kCloseNs; ++i) {
      const int64_t before = Read(CLOCK_BOOTTIME);
      const int64_t utc = Read(CLOCK_REALTIME);
      const int64_t width = Read(CLOCK_BOOTTIME) - before;
      if (width >= closest) continue;
      closest = width;
      offset = utc - (before + width / 2);
    }
    return offset;
  }

 private:
  static int64_t Read(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  }
};

}  // namespace pidigree
