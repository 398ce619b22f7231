#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/enrich/name_service.h"
#include "tests/support/live_host.h"

namespace pidigree {

// Answers after a fixed time, or never. Waiting for it moves the clock instead.
template <typename Key>
class SlowNameService final : public NameService<Key> {
 public:
  using typename NameService<Key>::Answer;

  static constexpr uint64_t kNever = UINT64_MAX;

  std::optional<std::string> Ask(const Key& key, std::chrono::nanoseconds patience) override {
    if (question_ && clock->boot_ns < answered_ns_) return std::nullopt;
    asked.push_back(key);
    const auto patience_ns = static_cast<uint64_t>(patience.count());
    if (takes_ns <= patience_ns) {
      Wait(takes_ns);
      question_.reset();
      return names[key];
    }
    question_ = key;
    answered_ns_ = takes_ns == kNever ? kNever : clock->boot_ns + takes_ns;
    Wait(patience_ns);
    return std::nullopt;
  }

  std::optional<Answer> TakeLate() override {
    if (!question_ || clock->boot_ns < answered_ns_) return std::nullopt;
    const Key key = *std::exchange(question_, std::nullopt);
    return Answer{key, names[key]};
  }

  FixedClock* clock = nullptr;  // to be set
  std::map<Key, std::string> names;
  uint64_t takes_ns = 0;
  std::vector<Key> asked;
  uint64_t waited_ns = 0;  // by all calls

 private:
  void Wait(uint64_t ns) {
    clock->boot_ns += ns;
    waited_ns += ns;
  }

  std::optional<Key> question_;  // not waited for to the end
  uint64_t answered_ns_ = 0;
};

}  // namespace pidigree
