// The two halves of reading an audit log, on the records of an exec-heavy host: fork, exec with its
// arguments, working directory and paths, exit, reap.

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "src/source/audit/event_assembler.h"
#include "src/source/audit/parsed_chunk.h"

namespace pidigree {
namespace {

constexpr size_t kChunkBytes = 512 << 10;
constexpr size_t kChunks = 32;  // more than a core's own caches hold

class LogWriter {
 public:
  explicit LogWriter(bool enriched) : enriched_(enriched) {}

  void AddProcess(std::string& out) {
    const uint32_t pid = 1000 + 37 * count_ % 4'000'000;
    const std::string child = std::to_string(pid + 1);
    Begin();
    Syscall(out, "56 success=yes exit=" + child, pid, "bash", "/usr/bin/bash", "pidigree_fork");
    Begin();
    Syscall(out, "59 success=yes exit=0", pid + 1, "sed", "/usr/bin/sed", "pidigree_exec");
    Record(out, "EXECVE",
           "argc=5 a0=\"sed\" a1=\"-n\" a2=\"-e\" a3=732F5B5E2061D32F782F70 "
           "a4=\"/var/lib/dpkg/info/libc6:amd64.list\"");
    Record(out, "CWD", "cwd=\"/home/user/src/project\"");
    Record(out, "PATH",
           "item=0 name=\"/usr/bin/sed\" inode=1052 dev=08:01 mode=0100755 ouid=0 ogid=0 "
           "rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0",
           true);
    Record(out, "PATH",
           "item=1 name=\"/lib64/ld-linux-x86-64.so.2\" inode=3187 dev=08:01 mode=0100755 ouid=0 "
           "ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0",
           true);
    Record(out, "PROCTITLE",
           "proctitle="
           "736564002D6E002D6500732F5B5E2061D32F782F70002F7661722F6C69622F64706B672F696E666F2F6C696"
           "263363A616D6436342E6C697374");
    Begin();
    Syscall(out, "231", pid + 1, "sed", "/usr/bin/sed", "pidigree_exit");
    Begin();
    Syscall(out, "61 success=yes exit=" + child, pid, "bash", "/usr/bin/bash", "pidigree_reap");
    ++count_;
  }

 private:
  void Begin() {
    ++serial_;
    const uint64_t ms = 1'700'000'000'000 + serial_ / 4;
    std::string millis = std::to_string(ms % 1000);
    millis.insert(0, 3 - millis.size(), '0');
    stamp_ = " msg=audit(" + std::to_string(ms / 1000) + "." + millis + ":" +
             std::to_string(serial_) + "): ";
  }
  void Record(std::string& out, const char* type, const std::string& fields, bool ids = false) {
    out += "type=";
    out += type + stamp_ + fields;
    if (enriched_ && ids) out += "\x1dOUID=\"root\" OGID=\"root\"";
    out += '\n';
  }
  void Syscall(std::string& out, const std::string& call, uint32_t pid, const std::string& comm,
               const std::string& exe, const std::string& key) {
    Record(
        out, "SYSCALL",
        "arch=c000003e syscall=" + call +
            " a0=55d0c1b2e3f0 a1=55d0c1b2e4a0 a2=55d0c1b2f000 a3=8 items=2 ppid=" +
            std::to_string(pid - 1) + " pid=" + std::to_string(pid) +
            " auid=1000 uid=1000 gid=1000 euid=1000 suid=1000 fsuid=1000 egid=1000 sgid=1000 "
            "fsgid=1000 tty=pts0 ses=3 comm=\"" +
            comm + "\" exe=\"" + exe + "\" subj=unconfined key=\"" + key + "\"" +
            (enriched_ ? "\x1d"
                         "ARCH=x86_64 SYSCALL=execve AUID=\"user\" UID=\"user\" GID=\"user\" "
                         "EUID=\"user\" SUID=\"user\" FSUID=\"user\" EGID=\"user\" SGID=\"user\" "
                         "FSGID=\"user\""
                       : ""));
  }

  const bool enriched_;
  uint32_t count_ = 0;
  uint32_t serial_ = 0;
  std::string stamp_;
};

std::vector<LogChunk> MakeLog(bool enriched) {
  const auto file = std::make_shared<LogFile>(LogFile{"audit.log"});
  LogWriter writer(enriched);
  std::vector<LogChunk> chunks;
  for (size_t i = 0; i < kChunks; ++i) {
    auto text = std::make_shared<std::string>();
    while (text->size() < kChunkBytes) writer.AddProcess(*text);
    chunks.push_back({text, file, *text, 0});
  }
  return chunks;
}

// Argument: 1 for a log in ENRICHED format.
void BM_ParseChunk(benchmark::State& state) {
  const std::vector<LogChunk> log = MakeLog(state.range(0) != 0);
  ParsedChunk parsed;
  size_t next = 0;
  int64_t bytes = 0;
  for (auto _ : state) {
    const LogChunk& chunk = log[next++ % log.size()];
    ParseChunk(chunk, parsed);
    benchmark::DoNotOptimize(parsed.fragments.data());
    bytes += static_cast<int64_t>(chunk.text.size());
  }
  state.SetBytesProcessed(bytes);
}
BENCHMARK(BM_ParseChunk)->Arg(0)->Arg(1);

class NullConsumer : public FactConsumer {
 public:
  void Apply(const ForkFact& fork) override { benchmark::DoNotOptimize(fork.child); }
  void Apply(const ExecFact& exec) override { benchmark::DoNotOptimize(exec.command_line); }
  void Apply(const ExitFact& exit) override { benchmark::DoNotOptimize(exit.subject.process); }
};

// Parsing included: the difference to BM_ParseChunk is the assembler's.
void BM_ParseAndAssemble(benchmark::State& state) {
  const std::vector<LogChunk> log = MakeLog(false);
  std::vector<std::shared_ptr<ParsedChunk>> parsed;
  for (size_t i = 0; i < log.size(); ++i) parsed.push_back(std::make_shared<ParsedChunk>());
  NullConsumer consumer;
  int64_t bytes = 0;
  for (auto _ : state) {
    EventAssembler assembler(consumer);
    for (size_t i = 0; i < log.size(); ++i) {
      ParseChunk(log[i], *parsed[i]);
      assembler.Add(parsed[i]);
      bytes += static_cast<int64_t>(log[i].text.size());
    }
    assembler.Finish();
  }
  state.SetBytesProcessed(bytes);
}
BENCHMARK(BM_ParseAndAssemble);

}  // namespace
}  // namespace pidigree
