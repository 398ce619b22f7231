#include "src/sink/syslog_header.h"

#include <cstdio>

namespace pidigree {

std::string_view SyslogHeader::At(std::time_t second) {
  if (second != second_ || text_[0] == '\0') {
    static constexpr char kMonths[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm local{};
    localtime_r(&second, &local);
    // The remainders are for the compiler, which cannot know the ranges.
    std::snprintf(
        text_, sizeof text_, "<14>%s %2u %02u:%02u:%02u sysmon: ", kMonths[local.tm_mon % 12],
        static_cast<unsigned>(local.tm_mday) % 100, static_cast<unsigned>(local.tm_hour) % 100,
        static_cast<unsigned>(local.tm_min) % 100, static_cast<unsigned>(local.tm_sec) % 100);
    second_ = second;
  }
  return {text_, kSize};
}

}  // namespace pidigree
