#pragma once

#include <cstddef>
#include <ctime>
#include <string_view>

namespace pidigree {

// What stands before an event on its way to a log daemon, as syslog(3) writes it for the ident
// "sysmon", facility user, severity info: "<14>Nov 23 16:59:04 sysmon: ". Month names are English
// whatever the locale. Source: RFC 3164, section 4.1.2.
class SyslogHeader {
 public:
  // The header for that second, in local time; valid until the next call.
  std::string_view At(std::time_t second);

 private:
  static constexpr size_t kSize = 28;  // "<14>Mmm dd hh:mm:ss sysmon: "

  std::time_t second_ = -1;
  char text_[kSize + 1] = {};
};

}  // namespace pidigree
