#include "src/enrich/proc_program.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <string_view>

#include "src/base/kernel_path.h"
#include "src/base/read_file.h"
#include "src/base/unique_fd.h"
#include "src/enrich/proc_stat.h"

namespace pidigree {
namespace {

constexpr size_t kMaxStat = 4096;
constexpr uint32_t kKernelThread = 0x00200000;  // PF_KTHREAD
constexpr uint64_t kNsPerSecond = 1'000'000'000;

// At most `max` bytes of a file in `directory`; true in `cut` if there are more.
std::string ReadAt(int directory, const char* name, size_t max, bool& cut) {
  std::string content;
  const UniqueFd file(openat(directory, name, O_RDONLY | O_CLOEXEC));
  if (!file) return content;
  static_cast<void>(ReadRest(file.get(), max, content));  // what can be read is all there is
  cut = content.size() > max;
  if (cut) content.resize(max);
  return content;
}

std::string ReadLinkAt(int directory, const char* name) {
  char target[PATH_MAX + kDeletedSuffix.size()];
  const ssize_t size = readlinkat(directory, name, target, sizeof target);
  return size < 0 ? std::string() : std::string(target, static_cast<size_t>(size));
}

int64_t Nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * static_cast<int64_t>(kNsPerSecond) + time.tv_nsec;
}

FileIdentity StatExecutable(const struct stat& status) {
  // The kernel's own encoding of a device number: include/linux/kdev_t.h.
  constexpr int kMinorBits = 20;
  return {.device = uint64_t{major(status.st_dev)} << kMinorBits | minor(status.st_dev),
          .inode = status.st_ino,
          .size = static_cast<uint64_t>(status.st_size),
          .mtime_ns = Nanoseconds(status.st_mtim),
          .ctime_ns = Nanoseconds(status.st_ctim),
          .links = static_cast<uint32_t>(status.st_nlink)};
}

// What the thread or process whose directory it is runs. False: it has ended.
bool ReadThread(int directory, size_t max_arguments, ProcProgram& program) {
  program.image = ReadLinkAt(directory, "exe");
  if (program.image.empty()) return false;
  struct stat status {};
  if (fstatat(directory, "exe", &status, 0) == 0) {
    program.executable = StatExecutable(status);
    if (status.st_nlink == 0 && program.image.ends_with(kDeletedSuffix))
      program.image.resize(program.image.size() - kDeletedSuffix.size());
    if (status.st_nlink == 0 && program.image.starts_with(kMemfdPath)) program.image.erase(0, 1);
  }
  program.arguments = ReadAt(directory, "cmdline", max_arguments, program.arguments_cut);
  while (program.arguments.ends_with('\0')) program.arguments.pop_back();
  program.cwd = ReadLinkAt(directory, "cwd");
  return true;
}

void ReadOtherThread(int directory, size_t max_arguments, ProcProgram& program) {
  const int file = openat(directory, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const threads = file < 0 ? nullptr : fdopendir(file);
  if (threads == nullptr) return;
  while (const dirent* thread = readdir(threads)) {
    if (thread->d_name[0] == '.') continue;
    const UniqueFd other(openat(file, thread->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (other && ReadThread(other.get(), max_arguments, program)) break;
  }
  closedir(threads);
}

}  // namespace

bool ReadProcProgram(const std::string& proc_path, const ProcessKey& process, size_t max_arguments,
                     ProcProgram& program) {
  program = {};
  const std::string path = proc_path + "/" + std::to_string(process.tgid);
  // From here on it is this process, or nothing: the directory does not follow the number.
  const UniqueFd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return false;
  bool cut = false;
  const std::string line = ReadAt(directory.get(), "stat", kMaxStat, cut);
  const Result<ProcStat> stat = ParseProcStat(line);
  if (!stat) return false;
  const auto ticks_per_second = static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
  if (stat->start_ticks != process.start_ns / (kNsPerSecond / ticks_per_second)) return false;
  program.ppid = stat->ppid;
  program.comm = stat->comm;
  program.kernel_thread = (stat->flags & kKernelThread) != 0;
  if (!program.kernel_thread && !ReadThread(directory.get(), max_arguments, program))
    ReadOtherThread(directory.get(), max_arguments, program);
  return true;
}

}  // namespace pidigree
