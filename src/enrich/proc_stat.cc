#include "src/enrich/proc_stat.h"

#include <algorithm>

#include "src/base/parse_number.h"

namespace pidigree {
namespace {

constexpr int kPpid = 4;
constexpr int kFlags = 9;
constexpr int kStartTime = 22;

// Takes the field at the front of `rest` and the blank behind it.
std::string_view NextField(std::string_view& rest) {
  const size_t size = std::min(rest.find_first_of(" \n"), rest.size());
  const std::string_view field = rest.substr(0, size);
  rest.remove_prefix(std::min(size + 1, rest.size()));
  return field;
}

}  // namespace

Result<ProcStat> ParseProcStat(std::string_view line) {
  const size_t open = line.find(" (");
  const size_t close = line.rfind(") ");
  if (open == line.npos || close == line.npos || close < open + 2)
    return Fail(ErrorCode::kCorrupt, "stat: no (comm)");

  ProcStat stat;
  stat.comm = line.substr(open + 2, close - open - 2);
  std::string_view rest = line.substr(close + 2);
  NextField(rest);  // 3: state
  bool ok = ParseNumber(line.substr(0, open), stat.pid) && ParseNumber(NextField(rest), stat.ppid);
  for (int field = kPpid + 1; field < kFlags; ++field) NextField(rest);
  ok = ok && ParseNumber(NextField(rest), stat.flags);
  for (int field = kFlags + 1; field < kStartTime; ++field) NextField(rest);
  ok = ok && ParseNumber(NextField(rest), stat.start_ticks);
  if (!ok) return Fail(ErrorCode::kCorrupt, "stat: pid, ppid, flags or starttime is not a number");
  return stat;
}

}  // namespace pidigree
