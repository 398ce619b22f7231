#include "src/enrich/name_service.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

namespace pidigree {

std::string AskSystemForUserName(uint32_t uid) {
  // Enough for any entry but one with an absurd home directory or comment, which has no name then.
  std::array<char, 16384> buffer;
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return {};
  return found->pw_name;
}

std::string AskSystemForHostName(const IpAddress& address) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  std::memcpy(&v4.sin_addr, &address.bytes[12], sizeof v4.sin_addr);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  std::memcpy(&v6.sin6_addr, address.bytes.data(), sizeof v6.sin6_addr);
  const bool is_v4 = address.IsV4();
  const auto* const socket_address =
      is_v4 ? reinterpret_cast<const sockaddr*>(&v4) : reinterpret_cast<const sockaddr*>(&v6);
  const socklen_t size = is_v4 ? sizeof v4 : sizeof v6;
  std::array<char, NI_MAXHOST> name;
  if (getnameinfo(socket_address, size, name.data(), name.size(), nullptr, 0, NI_NAMEREQD) != 0)
    return {};
  return name.data();
}

}  // namespace pidigree
