#include "src/lineage/start_ticks.h"

#include <algorithm>

#include "src/event/guid.h"

namespace pidigree {
namespace {

uint64_t Load(const uint8_t* tick) {
  uint64_t value = 0;
  for (int i = 4; i >= 0; --i) value = value << 8 | tick[i];
  return value;
}

void Store(uint64_t value, uint8_t* tick) {
  for (int i = 0; i < 5; ++i, value >>= 8) tick[i] = static_cast<uint8_t>(value);
}

}  // namespace

StartTicks::Page& StartTicks::PageOf(uint32_t node, uint32_t pid) {
  const uint64_t key = uint64_t{node} << 32 | pid / kPidsPerPage;
  if (const uint32_t found = page_of_.Find(key); found != FlatIndex::kNone) return pages_[found];
  if (pages_.size() >= max_pages_) {
    for (const Page& page : pages_) {
      uint64_t& highest = highest_dropped_[page.node];
      for (size_t i = 0; i < page.ticks.size(); i += 5)
        highest = std::max(highest, Load(&page.ticks[i]));
    }
    pages_.clear();
    page_of_ = FlatIndex();
  }
  page_of_.Set(key, static_cast<uint32_t>(pages_.size()));
  return pages_.emplace_back(Page{.node = node});
}

uint64_t StartTicks::Take(uint32_t node, uint32_t pid, int64_t stamp_ms, bool& moved) {
  uint8_t* tick = &PageOf(node, pid).ticks[pid % kPidsPerPage * 5];
  const uint64_t wanted = static_cast<uint64_t>(std::max<int64_t>(stamp_ms, 0)) / 10;
  const auto dropped = highest_dropped_.find(node);
  const uint64_t last =
      std::max(Load(tick), dropped == highest_dropped_.end() ? 0 : dropped->second);
  const uint64_t given = Guid::NextStart(wanted, last);
  moved = given != wanted;
  Store(given, tick);
  return given;
}

}  // namespace pidigree
