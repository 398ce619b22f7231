#include "src/pipeline/name_service_worker.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "src/base/mutex.h"

namespace pidigree {
namespace {

using namespace std::chrono_literals;

// Answers "late" once it is let.
class Gate {
 public:
  void Open() {
    const MutexLock lock(mutex_);
    open_ = true;
    changed_.NotifyAll();
  }
  void Pass() {
    MutexLock lock(mutex_);
    while (!open_) changed_.Wait(lock);
  }

 private:
  Mutex mutex_;
  ConditionVariable changed_;
  bool open_ GUARDED_BY(mutex_) = false;
};

TEST(NameServiceWorker, GivesTheAnswer) {
  NameServiceWorker<uint32_t> worker("test", [](uint32_t uid) { return uid == 7 ? "seven" : ""; });
  EXPECT_EQ(worker.Ask(7, 1min), "seven");
  EXPECT_EQ(worker.Ask(8, 1min), "");
  EXPECT_FALSE(worker.TakeLate().has_value());
}

TEST(NameServiceWorker, DoesNotWaitWhileAQuestionIsUnanswered) {
  const auto gate = std::make_shared<Gate>();
  NameServiceWorker<uint32_t> worker("test", [gate](uint32_t) {
    gate->Pass();
    return "late";
  });
  EXPECT_EQ(worker.Ask(1, 1ms), std::nullopt);
  EXPECT_EQ(worker.Ask(1, 24h), std::nullopt);
  EXPECT_EQ(worker.Ask(2, 24h), std::nullopt);
  EXPECT_FALSE(worker.TakeLate().has_value());
  gate->Open();
}

TEST(NameServiceWorker, KeepsALateAnswerForOnce) {
  const auto gate = std::make_shared<Gate>();
  NameServiceWorker<IpAddress> worker("test", [gate](const IpAddress&) {
    gate->Pass();
    return "late";
  });
  const IpAddress address = IpAddress::V4(192, 0, 2, 1);
  EXPECT_EQ(worker.Ask(address, 0ns), std::nullopt);
  gate->Open();
  std::optional<NameServiceWorker<IpAddress>::Answer> answer;
  while (!answer) answer = worker.TakeLate();
  EXPECT_EQ(answer->key, address);
  EXPECT_EQ(answer->name, "late");
  EXPECT_FALSE(worker.TakeLate().has_value());
  EXPECT_EQ(worker.Ask(address, 1min), "late");
}

// As at the end of a program whose name server is dead.
TEST(NameServiceWorker, EndsWithoutTheAnswer) {
  const auto gate = std::make_shared<Gate>();
  {
    NameServiceWorker<uint32_t> worker("test", [gate](uint32_t) {
      gate->Pass();
      return "";
    });
    EXPECT_EQ(worker.Ask(1, 0ns), std::nullopt);
  }
  gate->Open();
}

}  // namespace
}  // namespace pidigree
