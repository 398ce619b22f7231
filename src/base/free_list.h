#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace pidigree {

// Objects to be used again: the one that came back last goes out first, since it is the likeliest
// to be in a cache. Thread-safe.
template <typename T>
class FreeList {
 public:
  std::unique_ptr<T> Take() {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        std::unique_ptr<T> object = std::move(free_.back());
        free_.pop_back();
        return object;
      }
    }
    return std::make_unique<T>();
  }

  void Give(std::unique_ptr<T> object) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(object));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> free_;  // guarded by mutex_
};

}  // namespace pidigree
