#pragma once

#include <cstdint>
#include <ctime>
#include <string_view>

#include "src/base/utc_text.h"

namespace pidigree {

// From its making to End(): when something happens that events are to tell.
class Period {
 public:
  void End() { end_ns_ = Now(); }

  // Whether UtcTime says that it was then. Two clocks are compared, and digits are cut.
  bool Holds(std::string_view utc_time) const {
    constexpr int64_t kMillisecond = 1'000'000;
    const auto ns = ParseUtcTime(utc_time);
    return ns && *ns >= begin_ns_ - 2 * kMillisecond && *ns <= end_ns_ + kMillisecond;
  }

 private:
  static int64_t Now() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1'000'000'000 + now.tv_nsec;
  }

  int64_t begin_ns_ = Now();
  int64_t end_ns_ = 0;
};

}  // namespace pidigree
