#include "src/config/spelling.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "src/base/ascii.h"

namespace pidigree {
namespace {

constexpr size_t kMaxNameSize = 40;  // longer ones are no misspelt names

// Optimal string alignment distance, letter case ignored; both at most kMaxNameSize long.
size_t Distance(std::string_view a, std::string_view b) {
  std::array<std::array<size_t, kMaxNameSize + 1>, 3> rows{};
  for (size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& two_above = rows[(i + 1) % 3];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = ToLower(a[i - 1]) == ToLower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && ToLower(a[i - 1]) == ToLower(b[j - 2]) &&
          ToLower(a[i - 2]) == ToLower(b[j - 1]))
        row[j] = std::min(row[j], two_above[j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

std::string_view NearestName(std::string_view name, const std::vector<std::string_view>& known) {
  if (name.size() > kMaxNameSize) return {};
  std::string_view nearest;
  size_t smallest = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    if (candidate.size() > kMaxNameSize) continue;
    const size_t distance = Distance(name, candidate);
    if (distance < smallest && distance < candidate.size()) {
      smallest = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string Suggestion(std::string_view name, const std::vector<std::string_view>& known) {
  const std::string_view nearest = NearestName(name, known);
  return nearest.empty() ? std::string() : "; did you mean " + std::string(nearest) + "?";
}

}  // namespace pidigree
