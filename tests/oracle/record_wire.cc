// usage: record_wire OUTPUT PROGRAM [ARGUMENT]...
//
// Runs PROGRAM and writes to OUTPUT what the BPF programs say of it and its descendants: records of
// bpf/wire.h, one behind the other, the task of this process first. What others do is left out.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bpf/wire.h"
#include "src/source/bpf/attached_group.h"
#include "src/source/bpf/hook_group.h"
#include "src/source/bpf/kernel_mounts.h"
#include "src/source/bpf/life_programs.h"
#include "src/source/bpf/ring_mapping.h"

namespace pidigree {
namespace {

// Nobody reads while PROGRAM runs: all has to have room.
constexpr size_t kRingBytes = size_t{64} << 20;
constexpr size_t kMaxRecord = size_t{1} << 20;

template <typename T>
T Must(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "record_wire: %s\n", result.error().message.c_str());
  std::exit(1);
}

template <typename T>
T ReadAs(std::span<const std::byte> record) {
  T value{};
  std::memcpy(&value, record.data(), std::min(sizeof value, record.size()));
  return value;
}

// Which records are about this process's descendants.
class Family {
 public:
  bool Has(std::span<const std::byte> record) {
    switch (ReadAs<wire_header>(record).kind) {
      case WIRE_FORK: {
        const wire_subject child = ReadAs<wire_fork>(record).subject;
        if (members_.contains(child.parent.tgid)) members_.insert(child.process.tgid);
        return members_.contains(child.process.tgid);
      }
      case WIRE_EXEC:
      case WIRE_TASK:
        return members_.contains(ReadAs<wire_task>(record).subject.process.tgid);
      case WIRE_EXIT:
        return members_.contains(ReadAs<wire_exit>(record).process.tgid);
      default:
        return members_.contains(ReadAs<wire_pipe>(record).actor.process.tgid);
    }
  }

 private:
  std::set<uint64_t> members_ = {static_cast<uint64_t>(getpid())};
};

void RunProgram(char** argv) {
  const pid_t child = fork();
  if (child == 0) {
    execv(argv[0], argv);
    std::perror(argv[0]);
    _exit(127);
  }
  int status = -1;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
    std::fprintf(stderr, "record_wire: %s: status %d\n", argv[0], status);
    std::exit(1);
  }
}

int Record(const char* output, char** program) {
  TraceFs traces;
  LifePrograms programs = Must(LifePrograms::Load(kRingBytes, traces));
  const RingMapping ring = Must(RingMapping::Map(programs.ring_fd(), kRingBytes, kMaxRecord));
  programs.SetForkImages(true);
  for (const LifePrograms::Hook hook :
       {LifePrograms::kExit, LifePrograms::kExec, LifePrograms::kFork})
    if (const Result<> attached = programs.Attach(hook); !attached) return 1;
  const UniqueFd cgroup = OpenCgroupRoot();
  std::vector<AttachedGroup> groups;
  for (const HookGroup& group : HookGroups()) {
    groups.emplace_back(group, programs.shared_maps(), traces, cgroup.get(), false);
    groups.back().Attach(EventSet().set());
  }

  std::ofstream file(output, std::ios::binary);
  Family family;
  const auto keep = [&](std::span<const std::byte> record) {
    if (!family.Has(record)) return;
    file.write(reinterpret_cast<const char*>(record.data()),
               static_cast<std::streamsize>(record.size()));
  };
  const UniqueFd tasks = Must(programs.OpenTasks());
  std::string bytes;
  char buffer[16 * sizeof(wire_task)];
  for (ssize_t got; (got = read(tasks.get(), buffer, sizeof buffer)) > 0;)
    bytes.append(buffer, static_cast<size_t>(got));
  for (size_t at = 0; at + sizeof(wire_task) <= bytes.size(); at += sizeof(wire_task))
    keep(std::as_bytes(std::span(bytes).subspan(at, sizeof(wire_task))));
  programs.SetForkImages(false);

  RunProgram(program);
  RingReader reader(ring.memory());
  while (const auto record = reader.Next()) keep(*record);
  const wire_losses losses = programs.ReadLosses();
  if (losses.ring_full + losses.scratch_busy + programs.recursion_misses() != 0) {
    std::fprintf(stderr, "record_wire: records were lost\n");
    return 1;
  }
  return file.flush() ? 0 : 1;
}

}  // namespace
}  // namespace pidigree

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: record_wire OUTPUT PROGRAM [ARGUMENT]...\n");
    return 2;
  }
  return pidigree::Record(argv[1], argv + 2);
}
