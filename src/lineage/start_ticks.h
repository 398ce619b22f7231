#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

#include "src/base/flat_index.h"

namespace pidigree {

// Gives each process of a log the start part of its GUID: the stamp, in 1/100 s, of the record that
// names it first, moved up where that PID already had it. Memory: 5 bytes for each PID ever seen on
// a node, in pages; dropped pages are remembered by their highest tick.
class StartTicks {
 public:
  explicit StartTicks(size_t max_bytes) : max_pages_(max_bytes / kBytesPerPage) {}

  // `stamp_ms` is UTC since 1970. `moved` is set to whether the tick had to differ from the stamp.
  uint64_t Take(uint32_t node, uint32_t pid, int64_t stamp_ms, bool& moved);

 private:
  // So few that PIDs which are strewn about do not take much more time and room than others.
  static constexpr uint32_t kPidsPerPage = 16;
  struct Page {
    uint32_t node = 0;
    std::array<uint8_t, kPidsPerPage * 5> ticks{};
  };
  static constexpr size_t kBytesPerPage = 128;  // with its place in the index

  Page& PageOf(uint32_t node, uint32_t pid);

  size_t max_pages_;
  std::deque<Page> pages_;
  FlatIndex page_of_;                                       // by node and PID / kPidsPerPage
  std::unordered_map<uint32_t, uint64_t> highest_dropped_;  // by node
};

}  // namespace pidigree
