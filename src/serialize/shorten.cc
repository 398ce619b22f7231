#include "src/serialize/shorten.h"

#include <functional>

namespace pidigree {

size_t LimitOfLongest(std::span<const size_t> sizes, size_t excess) {
  ValueSizes longest_first{};
  std::ranges::copy(sizes, longest_first.begin());
  std::ranges::sort(longest_first, std::greater{});

  size_t sum = 0;
  for (size_t cut = 1; cut <= longest_first.size(); ++cut) {
    sum += longest_first[cut - 1];
    if (sum < excess) continue;
    const size_t limit = (sum - excess) / cut;
    // Right if the next value need not be cut, too.
    if (cut == longest_first.size() || limit >= longest_first[cut])
      return std::max(limit, kEllipsis.size());
  }
  return kEllipsis.size();
}

}  // namespace pidigree
