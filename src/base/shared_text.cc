#include "src/base/shared_text.h"

#include <cstdlib>
#include <new>

namespace pidigree {

SharedTextPool::~SharedTextPool() = default;

SharedText* SharedTextPool::Create(const Parts& parts) {
  size_t size = 0;
  for (std::string_view part : parts) size += part.size();
  const size_t block_bytes =
      (sizeof(SharedText) + size + kClassBytes - 1) / kClassBytes * kClassBytes;

  auto* text = new (Allocate(block_bytes)) SharedText;
  text->references_ = 1;
  text->block_bytes_ = static_cast<uint32_t>(block_bytes);
  size_t end = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].empty()) std::memcpy(text->bytes() + end, parts[i].data(), parts[i].size());
    end += parts[i].size();
    text->ends_[i] = static_cast<uint32_t>(end);
  }
  return text;
}

void* SharedTextPool::Allocate(size_t block_bytes) {
  bytes_in_use_ += block_bytes;
  if (block_bytes > kMaxPooled) {
    bytes_held_ += block_bytes;
    void* block = std::malloc(block_bytes);
    if (block == nullptr) throw std::bad_alloc();
    return block;
  }
  FreeBlock*& head = free_[block_bytes / kClassBytes];
  if (head != nullptr) {
    FreeBlock* block = head;
    head = block->next;
    return block;
  }
  if (slab_used_ + block_bytes > kSlabBytes) {
    slabs_.push_back(std::make_unique_for_overwrite<char[]>(kSlabBytes));
    slab_used_ = 0;
    bytes_held_ += kSlabBytes;
  }
  void* block = slabs_.back().get() + slab_used_;
  slab_used_ += block_bytes;
  return block;
}

void SharedTextPool::Free(SharedText* text) {
  const size_t block_bytes = text->block_bytes_;
  bytes_in_use_ -= block_bytes;
  if (block_bytes > kMaxPooled) {
    bytes_held_ -= block_bytes;
    std::free(text);
    return;
  }
  FreeBlock*& head = free_[block_bytes / kClassBytes];
  head = new (text) FreeBlock{head};
}

}  // namespace pidigree
