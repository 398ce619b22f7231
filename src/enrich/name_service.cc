#include "src/enrich/name_service.h"

#include <pwd.h>

#include <array>

namespace pidigree {

std::optional<std::string> AskSystemForUserName(uint32_t uid) {
  // Enough for any entry but one with an absurd home directory or comment, which has no name then.
  std::array<char, 16384> buffer;
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return std::nullopt;
  return std::string(found->pw_name);
}

}  // namespace pidigree
