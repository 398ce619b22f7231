#pragma once

#include <cstddef>
#include <cstdint>
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
  // Keeps no more than `most`.
  explicit FreeList(size_t most = SIZE_MAX) : idle_(std::make_shared<Idle>(most)) {}

  std::unique_ptr<T> Take() {
    {
      const MutexLock lock(idle_->mutex);
      if (!idle_->objects.empty()) {
        std::unique_ptr<T> object = std::move(idle_->objects.back());
        idle_->objects.pop_back();
        return object;
      }
    }
    return std::make_unique<T>();
  }

  void Give(std::unique_ptr<T> object) { idle_->Give(std::move(object)); }

  // The object, which comes back, cleared, with its last reference, also after the death of this
  // list.
  std::shared_ptr<T> Share(std::unique_ptr<T> object) {
    return {object.release(), [idle = idle_](T* returned) {
              std::unique_ptr<T> owner(returned);
              if constexpr (requires { owner->Clear(); }) owner->Clear();
              idle->Give(std::move(owner));
            }};
  }

 private:
  struct Idle {
    explicit Idle(size_t most_objects) : most(most_objects) {}

    void Give(std::unique_ptr<T> object) {
      const MutexLock lock(mutex);
      if (objects.size() < most) objects.push_back(std::move(object));
    }

    const size_t most;
    Mutex mutex;
    std::vector<std::unique_ptr<T>> objects GUARDED_BY(mutex);
  };

  std::shared_ptr<Idle> idle_;
};

}  // namespace pidigree
