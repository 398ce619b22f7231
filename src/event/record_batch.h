#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "src/base/shared_text.h"
#include "src/event/record.h"

namespace pidigree {

// Records on their way from the lineage to a serializer, with everything they point to. Belongs to
// one thread at a time: whose it is may change its records. Reused: Clear() keeps the memory.
class RecordBatch {
 public:
  // A record of `type` with all values absent; they belong to the batch whether it is appended or
  // not.
  Record Make(const EventType& type);
  void Append(const Record& record) { records_.push_back(record); }

  // Where the memory that Make(), Copy() and Allocate() gave out ends now. DropSince() takes back
  // what they gave out since then, of records that were not appended.
  struct Mark {
    size_t block;
    size_t used;
  };
  Mark mark() const { return arena_.mark(); }
  void DropSince(const Mark& mark) { arena_.DropSince(mark); }

  // A copy of `text` that lives until Clear().
  std::string_view Copy(std::string_view text);
  // Room for `bytes` that lives until Clear().
  char* Allocate(size_t bytes);

  // Makes the caller's reference to `text` the batch's, until Clear().
  void Hold(SharedText* text) { held_.push_back(text); }
  // The references the batch holds; the caller releases them to the pool they came from before it
  // calls Clear().
  std::span<SharedText* const> held() const { return held_; }

  std::span<Record> records() { return records_; }
  std::span<const Record> records() const { return records_; }

  // Memory that it keeps from others: its own, and what it holds of texts (all of a text that it
  // shares).
  size_t bytes() const;

  void Clear();

 private:
  // Bump allocation from blocks that are kept for reuse.
  class Arena {
   public:
    void* Allocate(size_t bytes);
    void Reset();
    Mark mark() const { return {block_, used_}; }
    void DropSince(const Mark& mark) {
      block_ = mark.block;
      used_ = mark.used;
    }
    size_t bytes() const { return bytes_; }

   private:
    static constexpr size_t kBlockBytes = 256 * 1024;
    struct Block {
      std::unique_ptr<std::byte[]> bytes;
      size_t size;
    };
    std::vector<Block> blocks_;
    size_t block_ = 0;
    size_t used_ = 0;
    size_t bytes_ = 0;  // of all blocks
  };

  std::vector<Record> records_;
  std::vector<SharedText*> held_;
  Arena arena_;
};

}  // namespace pidigree
