#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace pidigree {

// Asks the system's user databases (nsswitch.conf(5)) for the name of `uid`; they may be on the
// network, so this can block for long. nullopt: no such user, or no answer. Any thread may call.
std::optional<std::string> AskSystemForUserName(uint32_t uid);

// The same on another thread.
class NameService {
 public:
  enum class Outcome : uint8_t {
    kAnswered,
    kLate,  // no answer within the time that the caller can wait
  };

  virtual ~NameService() = default;

  // Waits for at most 100 ms; not at all while an earlier question is still unanswered. `name` is
  // empty if there is no such user.
  virtual Outcome Ask(uint32_t uid, std::string& name) = 0;
};

}  // namespace pidigree
