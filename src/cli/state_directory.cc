#include "src/cli/state_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <functional>

#include "src/base/ascii.h"
#include "src/base/hex.h"
#include "src/base/read_file.h"

namespace pidigree {
namespace {

constexpr size_t kMaxPid = 32;

// A file's name for the output `name`: with %XX for all but letters, digits and a few signs. Names
// that are too long for a file have their hash in place of their end.
std::string FileNameOf(const std::string& name) {
  constexpr size_t kMaxSize = 200;
  std::string text;
  for (const char c : name) {
    const auto byte = static_cast<uint8_t>(c);
    if ((ToLower(c) >= 'a' && ToLower(c) <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
        c == '-' || c == '_')
      text += c;
    else
      text.append("%").append(kHexPairs[byte].data(), 2);
  }
  if (text.size() <= kMaxSize) return text;
  return text.substr(0, kMaxSize) + "-" + std::to_string(std::hash<std::string>()(name));
}

}  // namespace

Result<StateDirectory> StateDirectory::Lock(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return FailErrno(errno, "make the state directory " + path);
  const std::string name = path + "/lock";
  UniqueFd lock(open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return FailErrno(errno, "open " + name);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return FailErrno(errno, "lock " + name);
    const std::string holder = ReadFile(name, kMaxPid).value_or("");
    return Fail(ErrorCode::kUnsupported,
                "another agent, process " + holder.substr(0, holder.find('\n')) +
                    ", uses the state directory " + path + ": stop it, or give --state-dir");
  }
  // For the message above: nothing depends on it.
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(lock.get(), 0) != 0 || pwrite(lock.get(), pid.data(), pid.size(), 0) < 0)
    return FailErrno(errno, "write to " + name);
  return StateDirectory(path, std::move(lock));
}

std::string StateDirectory::record_ids(const std::string& name) const {
  return path_ + "/record-ids-" + FileNameOf(name);
}

std::string StateDirectory::untold_losses(const std::string& name) const {
  return path_ + "/untold-losses-" + FileNameOf(name);
}

}  // namespace pidigree
