#include "src/cli/event_lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "src/base/printable.h"
#include "src/base/unique_fd.h"
#include "src/serialize/event_reader.h"

namespace pidigree {

Result<> ForEachLine(const std::string& path,
                     const std::function<void(std::string_view line, size_t number)>& take) {
  constexpr size_t kBufferBytes = 256 * 1024;
  constexpr size_t kKept = kMaxEventLine + 1;  // enough to be seen to be too long
  const bool is_stdin = path == "-";
  const std::string name = is_stdin ? "standard input" : Printable(path);
  UniqueFd file;
  if (!is_stdin) {
    file = UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return FailErrno(errno, "open " + name);
  }

  std::vector<char> buffer(kBufferBytes);
  std::string begun;  // the line that no newline has ended yet
  size_t number = 0;
  for (;;) {
    const ssize_t got = read(is_stdin ? STDIN_FILENO : file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno(errno, "read " + name);
    if (got == 0) break;
    std::string_view rest(buffer.data(), static_cast<size_t>(got));
    for (size_t end; (end = rest.find('\n')) != rest.npos; rest.remove_prefix(end + 1)) {
      std::string_view line = rest.substr(0, end);
      if (!begun.empty()) {
        begun.append(line.substr(0, kKept - begun.size()));
        line = begun;
      }
      take(line, ++number);
      begun.clear();
    }
    begun.append(rest.substr(0, kKept - begun.size()));
  }
  if (!begun.empty()) take(begun, ++number);
  return {};
}

}  // namespace pidigree
