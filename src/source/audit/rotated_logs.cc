#include "src/source/audit/rotated_logs.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <tuple>

#include "src/base/parse_number.h"

namespace pidigree {
namespace {

struct RotatedName {
  std::string_view base;
  uint32_t number = 0;  // 0: the file that is being written
};

// auditd keeps no more (num_logs of auditd.conf); what is larger is a date.
constexpr uint32_t kMaxNumber = 999;

std::string_view WithoutCompression(std::string_view path) {
  for (const std::string_view compressed : {".gz", ".xz", ".zst", ".bz2"}) {
    if (path.ends_with(compressed)) path.remove_suffix(compressed.size());
  }
  return path;
}

// Whether something is left of a name without its suffix; all of an address is numbers.
bool IsName(std::string_view base) {
  const std::string_view file = base.substr(base.rfind('/') + 1);
  return std::any_of(file.begin(), file.end(), [](char c) { return c >= 'A'; });
}

RotatedName SplitName(std::string_view path) {
  path = WithoutCompression(path);
  const size_t dot = path.rfind('.');
  if (dot == path.npos || !IsName(path.substr(0, dot))) return {path};
  RotatedName name{path.substr(0, dot)};
  if (!ParseNumber(path.substr(dot + 1), name.number) || name.number > kMaxNumber) return {path};
  return name;
}

}  // namespace

std::string_view LogSetOf(std::string_view path) {
  path = WithoutCompression(path);
  const size_t suffix = path.find_last_not_of("0123456789-");
  if (suffix == path.npos) return path;
  // "audit.log.20231114", "audit.log-2023-11-14"
  const std::string_view base = path.substr(0, path[suffix] == '.' ? suffix : suffix + 1);
  return IsName(base) ? base : path;
}

std::vector<size_t> OrderLogs(std::span<const LogPlace> logs) {
  constexpr int64_t kNoStamp = std::numeric_limits<int64_t>::max();
  struct Set {
    std::vector<size_t> members;
    int64_t first_stamp = kNoStamp;
  };
  std::map<std::string_view, size_t> set_of_base;
  std::vector<Set> sets;  // in the order of their first members
  std::vector<size_t> live;
  for (size_t i = 0; i < logs.size(); ++i) {
    if (logs[i].live) {
      live.push_back(i);
      continue;
    }
    const auto [found, is_new] = set_of_base.emplace(SplitName(logs[i].path).base, sets.size());
    if (is_new) sets.emplace_back();
    sets[found->second].members.push_back(i);
  }
  for (Set& set : sets) {
    std::stable_sort(set.members.begin(), set.members.end(), [&](size_t a, size_t b) {
      const auto key = [&](size_t i) {
        return std::tuple(~SplitName(logs[i].path).number,
                          logs[i].first_stamp_ms.value_or(kNoStamp),
                          std::string_view(logs[i].path));
      };
      return key(a) < key(b);
    });
    for (const size_t i : set.members) {
      if (!logs[i].first_stamp_ms) continue;
      set.first_stamp = *logs[i].first_stamp_ms;
      break;
    }
  }
  std::stable_sort(sets.begin(), sets.end(), [&](const Set& a, const Set& b) {
    const auto key = [&](const Set& set) {
      return std::tuple(set.first_stamp, std::string_view(logs[set.members.front()].path));
    };
    return key(a) < key(b);
  });
  std::vector<size_t> order;
  for (const Set& set : sets) order.insert(order.end(), set.members.begin(), set.members.end());
  order.insert(order.end(), live.begin(), live.end());
  return order;
}

std::optional<int64_t> FirstStampMs(std::string_view text) {
  constexpr std::string_view kOpen = "audit(";
  for (size_t at = text.find(kOpen); at != text.npos; at = text.find(kOpen, at)) {
    at += kOpen.size();
    const char* end = text.data() + text.size();
    int64_t seconds = 0;
    const auto [dot, error] = std::from_chars(text.data() + at, end, seconds);
    constexpr int64_t kMaxSeconds = std::numeric_limits<int64_t>::max() / 1000 - 1;
    if (error != std::errc() || seconds < 0 || seconds > kMaxSeconds) continue;
    if (end - dot < 5 || dot[0] != '.' || dot[4] != ':') continue;
    int64_t milliseconds = 0;
    if (std::from_chars(dot + 1, dot + 4, milliseconds).ptr != dot + 4 || milliseconds < 0)
      continue;
    return seconds * 1000 + milliseconds;
  }
  return std::nullopt;
}

}  // namespace pidigree
