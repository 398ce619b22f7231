#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "src/base/seeded_hash.h"

namespace pidigree {

// Remembers values by key in memory of a fixed size: what was not used for longest makes room,
// among a few entries that share a place: which these are depends on the seed of the process.
// Equal keys must have equal bytes.
template <typename Key, typename Value>
class RecentTable {
  static_assert(std::is_trivially_copyable_v<Key> && std::has_unique_object_representations_v<Key>);

 public:
  // For at least so many entries; the memory is taken with the first one.
  explicit RecentTable(size_t entries) : places_(std::bit_ceil(entries) / kWays) {}

  // Null if the key is not known, or not any more.
  Value* Find(const Key& key) {
    if (entries_.empty()) return nullptr;
    for (Entry *entry = Place(key), *end = entry + kWays; entry != end; ++entry) {
      if (entry->used == 0 || entry->key != key) continue;
      entry->used = ++clock_;
      return &entry->value;
    }
    return nullptr;
  }

  // The value of the key, and whether it is a new one, equal to Value().
  std::pair<Value*, bool> FindOrAdd(const Key& key) {
    if (Value* value = Find(key)) return {value, false};
    if (entries_.empty()) entries_.resize(places_ * kWays);
    Entry* oldest = Place(key);
    for (Entry *entry = oldest, *end = entry + kWays; entry != end; ++entry)
      if (entry->used < oldest->used) oldest = entry;
    evicted_ += oldest->used != 0;
    *oldest = {key, Value(), ++clock_};
    return {&oldest->value, true};
  }

  // Entries that made room for others.
  uint64_t evicted() const { return evicted_; }

 private:
  static constexpr size_t kWays = 8;

  struct Entry {
    Key key{};
    Value value{};
    uint64_t used = 0;  // when, by clock_; 0: free
  };

  Entry* Place(const Key& key) {
    const std::string_view bytes(reinterpret_cast<const char*>(&key), sizeof(Key));
    return &entries_[SeededHash(bytes) % places_ * kWays];
  }

  const size_t places_;
  std::vector<Entry> entries_;
  uint64_t clock_ = 0;
  uint64_t evicted_ = 0;
};

}  // namespace pidigree
