#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

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
      const std::lock_guard lock(shared_->mutex);
      if (!shared_->free.empty()) {
        buffer = std::move(shared_->free.back());
        shared_->free.pop_back();
      }
    }
    if (!buffer) buffer = std::make_unique_for_overwrite<char[]>(shared_->buffer_bytes);
    return {buffer.release(), [shared = shared_](char* returned) {
              std::unique_ptr<char[]> owner(returned);
              const std::lock_guard lock(shared->mutex);
              shared->free.push_back(std::move(owner));
            }};
  }

 private:
  struct Shared {
    explicit Shared(size_t bytes) : buffer_bytes(bytes) {}
    const size_t buffer_bytes;
    std::mutex mutex;
    std::vector<std::unique_ptr<char[]>> free;  // guarded by mutex
  };
  std::shared_ptr<Shared> shared_;
};

}  // namespace pidigree
