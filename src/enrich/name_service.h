#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "src/base/ip_address.h"

namespace pidigree {

// Ask the system's databases (nsswitch.conf(5)); they may be on the network, so this can block for
// long. Any bytes; empty: there is no name, or nobody answers. Any thread may call.
std::string AskSystemForUserName(uint32_t uid);
std::string AskSystemForHostName(const IpAddress& address);

// The same on another thread, which answers one question after the other.
template <typename Key>
class NameService {
 public:
  struct Answer {
    Key key;
    std::string name;  // empty: there is none
  };

  virtual ~NameService() = default;

  // Waits for at most `patience`; not at all while an earlier question is still unanswered, and
  // then `key` is not asked for. nullopt: no answer within that time.
  virtual std::optional<std::string> Ask(const Key& key, std::chrono::nanoseconds patience) = 0;

  // The answer that came too late for the last Ask(), once; if there is one before the next Ask().
  virtual std::optional<Answer> TakeLate() = 0;
};

using UserNameService = NameService<uint32_t>;
using HostNameService = NameService<IpAddress>;

}  // namespace pidigree
