#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "src/enrich/proc_stat.h"

// What was read, written again with nothing else in the line, is read as the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto stat = pidigree::ParseProcStat(line);
  if (!stat) return 0;
  std::string plain = std::to_string(stat->pid) + " (" + std::string(stat->comm) + ") S " +
                      std::to_string(stat->ppid);
  for (int field = 5; field < 22; ++field)
    plain += field == 9 ? ' ' + std::to_string(stat->flags) : " 0";
  plain += " " + std::to_string(stat->start_ticks);
  const auto again = pidigree::ParseProcStat(plain);
  if (!again || again->pid != stat->pid || again->ppid != stat->ppid ||
      again->flags != stat->flags || again->start_ticks != stat->start_ticks ||
      again->comm != stat->comm)
    std::abort();
  return 0;
}
