#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "src/base/mutex.h"
#include "src/source/audit/parsed_chunk.h"

namespace pidigree {

// Parsed chunks that are used again and again. Each is only used for texts of about the size that
// its memory is for: a pipe also gives short chunks, and thousands of those may be held at a time.
// Thread-safe.
class ParsedChunkPool {
 public:
  // A cleared chunk for a text of `text_bytes`. It comes back with its last reference, also after
  // the death of this object.
  std::shared_ptr<ParsedChunk> Get(size_t text_bytes) {
    const auto size = static_cast<size_t>(std::bit_width(text_bytes));
    std::unique_ptr<ParsedChunk> chunk;
    {
      const MutexLock lock(shared_->mutex);
      Chunks& idle = shared_->idle[size];
      if (!idle.empty()) {
        chunk = std::move(idle.back());
        idle.pop_back();
        shared_->idle_bytes -= chunk->bytes();
      }
    }
    if (!chunk) chunk = std::make_unique<ParsedChunk>();
    return {chunk.release(), [shared = shared_, size](ParsedChunk* returned) {
              std::unique_ptr<ParsedChunk> owner(returned);
              owner->Clear();
              const MutexLock lock(shared->mutex);
              if (shared->idle_bytes + owner->bytes() > kMaxIdleBytes) return;
              shared->idle_bytes += owner->bytes();
              shared->idle[size].push_back(std::move(owner));
            }};
  }

 private:
  static constexpr size_t kMaxIdleBytes = size_t{16} << 20;
  using Chunks = std::vector<std::unique_ptr<ParsedChunk>>;

  struct Shared {
    Mutex mutex;
    // By the number of bits in the size of the text.
    std::array<Chunks, std::numeric_limits<size_t>::digits + 1> idle GUARDED_BY(mutex);
    size_t idle_bytes GUARDED_BY(mutex) = 0;
  };
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace pidigree
