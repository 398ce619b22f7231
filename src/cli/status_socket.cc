#include "src/cli/status_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "src/base/read_file.h"

namespace pidigree {
namespace {

// The agent answers within a round of its main thread, but for a reload that is under way.
constexpr timeval kPatience{10, 0};

constexpr size_t kMaxStatus = 1 << 20;

Result<sockaddr_un> AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return Fail(ErrorCode::kLimit, "'" + path + "' cannot be the path of a socket");
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Result<UniqueFd> Connect(const std::string& path) {
  const Result<sockaddr_un> address = AddressOf(path);
  if (!address) return Fail(address.error());
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return FailErrno(errno, "make a socket");
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0)
    return fd;
  if (errno == ENOENT || errno == ECONNREFUSED)
    return Fail(ErrorCode::kNotFound, "no agent listens on " + path);
  return FailErrno(errno, "connect to " + path);
}

}  // namespace

Result<StatusSocket> StatusSocket::Listen(const std::string& path) {
  const Result<sockaddr_un> address = AddressOf(path);
  if (!address) return Fail(address.error());
  const Result<UniqueFd> other = Connect(path);
  if (other)
    return Fail(ErrorCode::kUnsupported, "another agent listens on " + path + ": give --socket");
  struct stat status {};
  if (lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) unlink(path.c_str());

  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return FailErrno(errno, "make a socket");
  const mode_t old_mask = umask(0177);
  const int bound = bind(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address);
  const int error_number = errno;
  umask(old_mask);
  if (bound != 0) return FailErrno(error_number, "listen on " + path);
  if (listen(fd.get(), 8) != 0) return FailErrno(errno, "listen on " + path);
  return StatusSocket(path, std::move(fd));
}

StatusSocket::~StatusSocket() {
  if (listening_) unlink(path_.c_str());
}

void StatusSocket::Answer(const std::function<std::string()>& text) {
  const UniqueFd peer(accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!peer) return;
  ucred who{};
  socklen_t size = sizeof who;
  if (getsockopt(peer.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return;
  if (who.uid != 0 && who.uid != geteuid()) return;
  const std::string answer = text();
  // An answer fits into the socket's buffer: who does not get it whole has closed already.
  static_cast<void>(send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL));
}

Result<std::string> AskForStatus(const std::string& path) {
  const Result<UniqueFd> agent = Connect(path);
  if (!agent) return Fail(agent.error());
  std::string answer;
  if (!ReadRest(agent->get(), kMaxStatus, answer))
    return FailErrno(errno, "read from the agent on " + path);
  if (answer.empty())
    return Fail(ErrorCode::kPermission, "the agent on " + path + " does not answer");
  return answer;
}

}  // namespace pidigree
