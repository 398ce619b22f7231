#pragma once

#include <chrono>
#include <string>
#include <thread>

#include "src/base/mutex.h"

namespace pidigree {

// Ends the process with status 1 if it lives for longer than `patience`: what is to happen
// meanwhile may hang in the kernel, where nothing else ends it. `last_words` go to standard error,
// unless nobody takes them.
class LastResort {
 public:
  LastResort(std::chrono::seconds patience, std::string last_words);
  ~LastResort();

 private:
  void Wait(std::chrono::steady_clock::time_point deadline);

  const std::string last_words_;
  Mutex mutex_;
  ConditionVariable changed_;
  bool over_ GUARDED_BY(mutex_) = false;
  std::jthread thread_;
};

}  // namespace pidigree
