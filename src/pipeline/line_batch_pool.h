#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "src/base/mutex.h"
#include "src/pipeline/line_batch.h"

namespace pidigree {

// Batches of lines that are used again. Thread-safe.
class LineBatchPool {
 public:
  std::unique_ptr<LineBatch> Take() {
    const MutexLock lock(idle_->mutex);
    if (idle_->batches.empty()) return std::make_unique<LineBatch>();
    std::unique_ptr<LineBatch> batch = std::move(idle_->batches.back());
    idle_->batches.pop_back();
    return batch;
  }

  // The batch, which comes back with its last reference, also after the death of this object.
  std::shared_ptr<const LineBatch> Share(std::unique_ptr<LineBatch> batch) {
    return {batch.release(), [idle = idle_](LineBatch* returned) {
              std::unique_ptr<LineBatch> owner(returned);
              owner->Clear();
              const MutexLock lock(idle->mutex);
              if (idle->batches.size() < kMaxIdle) idle->batches.push_back(std::move(owner));
            }};
  }

 private:
  static constexpr size_t kMaxIdle = 4;

  struct Idle {
    Mutex mutex;
    std::vector<std::unique_ptr<LineBatch>> batches GUARDED_BY(mutex);
  };
  std::shared_ptr<Idle> idle_ = std::make_shared<Idle>();
};

}  // namespace pidigree
