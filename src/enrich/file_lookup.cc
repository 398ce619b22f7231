#include "src/enrich/file_lookup.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <utility>

namespace pidigree {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;

uint32_t NamespaceOf(const std::string& process) {
  struct stat status {};
  return stat((process + "/ns/mnt").c_str(), &status) == 0 ? static_cast<uint32_t>(status.st_ino)
                                                           : 0;
}

int64_t Nanoseconds(const statx_timestamp& time) {
  return int64_t{time.tv_sec} * kNsPerSecond + time.tv_nsec;
}

// Takes "." and ".." away as if no component were a link.
std::string WithoutDots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view component = path.substr(0, path.find('/'));
    path.remove_prefix(component.size());
    if (component == "..") {
      out.resize(out.empty() ? 0 : out.rfind('/'));
    } else if (!component.empty() && component != ".") {
      out.append("/").append(component);
    }
  }
  return out.empty() ? "/" : out;
}

}  // namespace

FileLookup::FileLookup(std::string proc_path)
    : proc_path_(std::move(proc_path)), own_namespace_(NamespaceOf(proc_path_ + "/self")) {}

UniqueFd FileLookup::Open(const FileFact& event, const std::string& path, bool follow_last) const {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC | (follow_last ? 0 : O_NOFOLLOW);
  how.resolve = RESOLVE_CACHED | RESOLVE_NO_MAGICLINKS;
  UniqueFd root;
  if (event.subject.mount_namespace != own_namespace_) {
    const std::string process = proc_path_ + "/" + std::to_string(event.subject.process.tgid);
    root = UniqueFd(open((process + "/root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root || NamespaceOf(process) != event.subject.mount_namespace) return UniqueFd();
    how.resolve |= RESOLVE_IN_ROOT;
  }
  return UniqueFd(static_cast<int>(
      syscall(SYS_openat2, root ? root.get() : AT_FDCWD, path.c_str(), &how, sizeof how)));
}

bool FileLookup::ReadPath(const UniqueFd& file, std::string& path) const {
  if (!file) return false;
  const std::string link = proc_path_ + "/self/fd/" + std::to_string(file.get());
  std::array<char, PATH_MAX> text;
  const ssize_t size = readlink(link.c_str(), text.data(), text.size());
  if (size <= 0 || static_cast<size_t>(size) == text.size() || text[0] != '/') return false;
  path.assign(text.data(), static_cast<size_t>(size));
  return true;
}

std::string_view FileLookup::Resolve(const FileFact& event) {
  const std::string_view given = event.path.text;
  if (event.links == PathLinks::kResolved || !given.starts_with('/')) return given;
  const size_t slash = given.rfind('/');
  const std::string_view last = given.substr(slash + 1);
  if (event.links == PathLinks::kAlsoLast || last == "..") {
    if (ReadPath(Open(event, std::string(given), true), path_)) return path_;
  } else {
    const std::string_view directory = given.substr(0, slash);
    if (directory != directory_ || event.subject.mount_namespace != directory_namespace_) {
      directory_ = directory;
      directory_namespace_ = event.subject.mount_namespace;
      if (!ReadPath(Open(event, directory_, true), resolved_directory_)) directory_.clear();
    }
    if (!directory_.empty()) {
      path_ = resolved_directory_ == "/" ? "" : resolved_directory_;
      return path_.append("/").append(last);
    }
  }
  ++unresolved_;
  return path_ = WithoutDots(given);
}

std::optional<FileLookup::File> FileLookup::Find(const FileFact& event, std::string_view resolved) {
  const UniqueFd file = Open(event, std::string(resolved), false);
  struct statx status {};
  if (!file || statx(file.get(), "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
                     STATX_BASIC_STATS | STATX_BTIME, &status) != 0)
    return std::nullopt;
  File found;
  found.mode = status.stx_mode;
  if ((status.stx_mask & STATX_BTIME) != 0) found.birth_ns = Nanoseconds(status.stx_btime);
  found.identity.inode = status.stx_ino;
  found.identity.size = status.stx_size;
  found.identity.mtime_ns = Nanoseconds(status.stx_mtime);
  found.identity.ctime_ns = Nanoseconds(status.stx_ctime);
  found.identity.links = status.stx_nlink;
  return found;
}

}  // namespace pidigree
