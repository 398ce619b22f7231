#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "src/base/mutex.h"

namespace pidigree {

// Buffers of one size, used again and again. Memory that nobody wrote to is not resident, so a
// large size costs nothing by itself. Thread-safe.
class LogBuffers {
 public:
  explicit LogBuffers(size_t buffer_bytes) : shared_(std::make_shared<Shared>(buffer_bytes)) {}

  // A buffer with any content. It comes back with its last reference, also after the death of this
  // object.
  std::shared_ptr<char> Get() {
    std::unique_ptr<char[]> buffer;
    {
      const MutexLock lock(shared_->mutex);
      if (!shared_->free.empty()) {
        buffer = std::move(shared_->free.back());
        shared_->free.pop_back();
      }
    }
    if (!buffer) buffer = std::make_unique_for_overwrite<char[]>(shared_->buffer_bytes);
    return {buffer.release(), [shared = shared_](char* returned) {
              std::unique_ptr<char[]> owner(returned);
              const MutexLock lock(shared->mutex);
              shared->free.push_back(std::move(owner));
            }};
  }

 private:
  struct Shared {
    explicit Shared(size_t bytes) : buffer_bytes(bytes) {}
    const size_t buffer_bytes;
    Mutex mutex;
    std::vector<std::unique_ptr<char[]>> free GUARDED_BY(mutex);
  };
  std::shared_ptr<Shared> shared_;
};

}  // namespace pidigree
