#include "src/event/record_batch.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>

namespace pidigree {

void* RecordBatch::Arena::Allocate(size_t bytes) {
  bytes = (bytes + alignof(std::max_align_t) - 1) & ~(alignof(std::max_align_t) - 1);
  while (block_ < blocks_.size() && blocks_[block_].size - used_ < bytes) {
    ++block_;
    used_ = 0;
  }
  if (block_ == blocks_.size()) {
    const size_t size = std::max(bytes, kBlockBytes);
    blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(size), size});
    bytes_ += size;
  }
  void* result = blocks_[block_].bytes.get() + used_;
  used_ += bytes;
  return result;
}

void RecordBatch::Arena::Reset() {
  // A batch that once carried a huge command line gives that memory back.
  std::erase_if(blocks_, [](const Block& block) { return block.size > kBlockBytes; });
  bytes_ = blocks_.size() * kBlockBytes;
  block_ = 0;
  used_ = 0;
}

Record RecordBatch::Make(const EventType& type) {
  const size_t count = type.fields.size();
  auto* values = static_cast<Value*>(arena_.Allocate(count * sizeof(Value)));
  std::uninitialized_value_construct_n(values, count);
  Record record;
  record.type = &type;
  record.values = {values, count};
  return record;
}

char* RecordBatch::Allocate(size_t bytes) { return static_cast<char*>(arena_.Allocate(bytes)); }

std::string_view RecordBatch::Copy(std::string_view text) {
  char* copy = Allocate(text.size());
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

size_t RecordBatch::bytes() const {
  size_t bytes = arena_.bytes() + records_.size() * sizeof(Record);
  for (const SharedText* text : held_) bytes += text->size();
  return bytes;
}

void RecordBatch::Clear() {
  records_.clear();
  held_.clear();
  arena_.Reset();
}

}  // namespace pidigree
