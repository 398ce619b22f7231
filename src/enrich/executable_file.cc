#include "src/enrich/executable_file.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cctype>
#include <filesystem>
#include <system_error>

namespace pidigree {
namespace {

// Processes of one namespace whose root directories are tried: a few may have called chroot(2).
constexpr int kMaxRoots = 8;

int64_t Nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// Opens for reading what `path_only`, a descriptor of O_PATH, is: never a device or a FIFO, whose
// opening would do something.
UniqueFd OpenIfExecutable(const UniqueFd& path_only, const FileIdentity& executable,
                          const std::string& proc) {
  if (!path_only || !IsExecutable(path_only.get(), executable)) return UniqueFd();
  const std::string self = proc + "/self/fd/" + std::to_string(path_only.get());
  return UniqueFd(open(self.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
}

UniqueFd OpenBelow(const std::string& root, std::string_view path) {
  const UniqueFd directory(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return UniqueFd();
  // Symbolic links are those of the namespace, and lead nowhere outside.
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const std::string name(path);
  return UniqueFd(
      static_cast<int>(syscall(SYS_openat2, directory.get(), name.c_str(), &how, sizeof how)));
}

bool LivesIn(uint32_t mount_namespace, const std::string& process) {
  struct stat status {};
  return stat((process + "/ns/mnt").c_str(), &status) == 0 && status.st_ino == mount_namespace;
}

}  // namespace

bool IsExecutable(int fd, const FileIdentity& executable) {
  struct stat status {};
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_ino == executable.inode &&
         static_cast<uint64_t>(status.st_size) == executable.size &&
         Nanoseconds(status.st_mtim) == executable.mtime_ns &&
         Nanoseconds(status.st_ctim) == executable.ctime_ns;
}

Result<UniqueFd> OpenExecutable(const FileIdentity& executable, uint32_t pid,
                                uint32_t mount_namespace, std::string_view path,
                                const std::string& proc) {
  const std::string exe = proc + "/" + std::to_string(pid) + "/exe";
  UniqueFd file =
      OpenIfExecutable(UniqueFd(open(exe.c_str(), O_PATH | O_CLOEXEC)), executable, proc);
  if (file) return file;

  if (path.starts_with('/')) {
    // Most live where we do.
    if (LivesIn(mount_namespace, proc + "/self")) {
      file = OpenIfExecutable(OpenBelow(proc + "/self/root", path), executable, proc);
      if (file) return file;
    } else {
      std::error_code ignored;
      int roots = 0;
      for (std::filesystem::directory_iterator entry(proc, ignored), end;
           entry != end && roots < kMaxRoots; entry.increment(ignored)) {
        const std::string process = entry->path();
        if (std::isdigit(static_cast<unsigned char>(process[proc.size() + 1])) == 0) continue;
        if (!LivesIn(mount_namespace, process)) continue;
        ++roots;
        file = OpenIfExecutable(OpenBelow(process + "/root", path), executable, proc);
        if (file) return file;
      }
    }
  }
  return Fail(ErrorCode::kNotFound, "the file that process " + std::to_string(pid) +
                                        " ran is gone, or was changed since");
}

}  // namespace pidigree
