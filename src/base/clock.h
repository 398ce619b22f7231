#pragma once

#include <time.h>

#include <cstdint>

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
  int64_t BootToUtcNs() const override {
    // Between two readings of the boot time, so that being interrupted matters half.
    const int64_t before = Read(CLOCK_BOOTTIME);
    const int64_t utc = Read(CLOCK_REALTIME);
    const int64_t after = Read(CLOCK_BOOTTIME);
    return utc - (before + (after - before) / 2);
  }

 private:
  static int64_t Read(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  }
};

}  // namespace pidigree
