#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace pidigree {

// Random choices. A program makes the same ones each time it starts from the same seed.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  // 0 to `count` - 1.
  size_t Below(size_t count) { return static_cast<size_t>(engine_() % count); }
  // `low` to `high`, both included.
  size_t Between(size_t low, size_t high) { return low + Below(high - low + 1); }
  bool OneIn(size_t count) { return Below(count) == 0; }
  bool Percent(size_t percent) { return Below(100) < percent; }

  template <typename T>
  const T& Pick(const std::vector<T>& choices) {
    return choices[Below(choices.size())];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace pidigree
