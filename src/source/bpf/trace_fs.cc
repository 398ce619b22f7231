#include "src/source/bpf/trace_fs.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "src/source/bpf/kernel_mounts.h"

namespace pidigree {
namespace {

int Open(const char* path) { return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC); }

bool IsTraceFs(const UniqueFd& root) {
  return root && faccessat(root.get(), "events", F_OK, AT_EACCESS) == 0;
}

}  // namespace

TraceFs::TraceFs() {
  for (const char* path : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    root_ = UniqueFd(Open(path));
    if (IsTraceFs(root_)) return;
  }
  root_ = MountDetached("tracefs");
}

bool TraceFs::Has(const std::string& path) const {
  return !root_ || faccessat(root_.get(), path.c_str(), F_OK, AT_EACCESS) == 0;
}

Result<UniqueFd> TraceFs::OpenEvent(std::string_view tracepoint) const {
  const std::string what = "cannot attach to the tracepoint " + std::string(tracepoint);
  if (!root_) return Fail(ErrorCode::kSystem, what + ": tracefs cannot be mounted");
  const std::string path = "events/" + std::string(tracepoint) + "/id";
  const UniqueFd file(openat(root_.get(), path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return FailErrno(errno, what);
  std::array<char, 32> text{};
  const ssize_t size = read(file.get(), text.data(), text.size());
  perf_event_attr attributes{};
  if (size <= 0 ||
      std::from_chars(text.data(), text.data() + size, attributes.config).ec != std::errc())
    return Fail(ErrorCode::kSystem, what + ": " + path + " holds no number");
  attributes.type = PERF_TYPE_TRACEPOINT;
  attributes.size = sizeof attributes;
  // Programs run for every process and on every processor wherever the event itself is.
  UniqueFd event(
      static_cast<int>(syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC)));
  if (!event && errno == EACCES)
    return FailErrno(errno, what + ", which kernel.perf_event_paranoid leaves to a starting agent");
  if (!event) return FailErrno(errno, what);
  return event;
}

}  // namespace pidigree
