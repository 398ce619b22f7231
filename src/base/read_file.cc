#include "src/base/read_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "src/base/unique_fd.h"

namespace pidigree {

bool ReadRest(int fd, size_t max_bytes, std::string& content) {
  char buffer[16384];
  while (content.size() <= max_bytes) {
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    content.append(buffer, static_cast<size_t>(got));
  }
  return true;
}

Result<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return FailErrno(errno, "open " + path);
  std::string content;
  if (!ReadRest(fd.get(), max_bytes, content)) return FailErrno(errno, "read " + path);
  if (content.size() > max_bytes)
    return Fail(ErrorCode::kLimit, path + " has more than " + std::to_string(max_bytes) + " bytes");
  return content;
}

}  // namespace pidigree
