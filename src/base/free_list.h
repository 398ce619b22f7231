#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "src/base/mutex.h"

namespace pidigree {

// Objects to be used again: the one that came back last goes out first, since it is the likeliest
// to be in a cache. Thread-safe.
template <typename T>
class FreeList {
 public:
  std::unique_ptr<T> Take() {
    {
      const MutexLock lock(mutex_);
      if (!free_.empty()) {
        std::unique_ptr<T> object = std::move(free_.back());
        free_.pop_back();
        return object;
      }
    }
    return std::make_unique<T>();
  }

  void Give(std::unique_ptr<T> object) {
    const MutexLock lock(mutex_);
    free_.push_back(std::move(object));
  }

 private:
  Mutex mutex_;
  std::vector<std::unique_ptr<T>> free_ GUARDED_BY(mutex_);
};

}  // namespace pidigree
