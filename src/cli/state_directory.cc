#include "src/cli/state_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "src/base/read_file.h"

namespace pidigree {
namespace {

constexpr size_t kMaxPid = 32;

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

}  // namespace pidigree
