#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace pidigree {

// One line on standard error, a terminal, that says how far the work is. It is written anew at most
// five times a second and erased at the end.
class ProgressLine {
 public:
  // `total_bytes`: of the input, if known. `wanted`: false for a line that is never shown.
  ProgressLine(std::optional<uint64_t> total_bytes, bool wanted);
  ~ProgressLine() { Erase(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void Update(uint64_t bytes, uint64_t events);
  void Erase();

 private:
  using Clock = std::chrono::steady_clock;

  const std::optional<uint64_t> total_bytes_;
  const bool wanted_;
  bool shown_ = false;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
};

}  // namespace pidigree
