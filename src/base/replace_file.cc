#include "src/base/replace_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "src/base/unique_fd.h"

namespace pidigree {
namespace {

Result<> WriteAndSync(const std::string& path, std::string_view bytes) {
  const UniqueFd file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return FailErrno(errno, "open " + path + " for writing");
  while (!bytes.empty()) {
    const ssize_t written = write(file.get(), bytes.data(), bytes.size());
    if (written >= 0)
      bytes.remove_prefix(static_cast<size_t>(written));
    else if (errno != EINTR)
      return FailErrno(errno, "write to " + path);
  }
  if (fdatasync(file.get()) != 0) return FailErrno(errno, "sync " + path);
  return {};
}

}  // namespace

Result<> ReplaceFile(const std::string& path, std::string_view bytes) {
  const std::string draft = path + ".new";
  if (Result<> written = WriteAndSync(draft, bytes); !written) {
    unlink(draft.c_str());
    return written;
  }
  if (std::rename(draft.c_str(), path.c_str()) != 0)
    return FailErrno(errno, "rename " + draft + " to " + path);

  const size_t slash = path.rfind('/');
  const std::string directory = slash == path.npos ? "." : path.substr(0, slash + 1);
  const UniqueFd parent(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent || fsync(parent.get()) != 0) return FailErrno(errno, "sync " + directory);
  return {};
}

}  // namespace pidigree
