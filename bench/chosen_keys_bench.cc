// What keys that somebody chose cost: the lives of 50,000 processes of 80 hosts in an audit log,
// whose numbers are those of ordinary hosts, or are strewn about, or were chosen so that (host,
// PID) times a fixed factor, which a table could take for a hash, always leads to one place.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "src/records/log_engine.h"
#include "src/source/audit/event_assembler.h"

namespace pidigree {
namespace {

constexpr uint32_t kHosts = 80;
constexpr uint32_t kProcesses = 50'000;
constexpr uint32_t kFirstPid = 1000;
constexpr uint32_t kMaxPid = 4'194'304;
constexpr size_t kChunkBytes = 256 * 1024;

struct Owner {
  uint32_t host;
  uint32_t pid;
};
using Owners = std::vector<Owner>;

Owners Ordinary() {
  Owners found;
  for (uint32_t i = 0; i < kProcesses; ++i) found.push_back({i % kHosts, kFirstPid + i / kHosts});
  return found;
}

Owners Strewn() {
  Owners found = Ordinary();
  std::mt19937 random(1);
  for (Owner& owner : found)
    owner.pid = kFirstPid + static_cast<uint32_t>(random() % (kMaxPid - kFirstPid));
  return found;
}

// All in the first places of a table with 2^17 of them.
Owners Chosen() {
  constexpr uint64_t kPlaces = 1 << 17;
  constexpr uint64_t kWanted = 24;
  Owners found;
  for (uint32_t pid = kFirstPid; pid < kMaxPid; ++pid)
    for (uint32_t host = 0; host < kHosts; ++host)
      if (((uint64_t{host} << 32 | pid) * 0x9e3779b97f4a7c15 >> 32) % kPlaces < kWanted)
        found.push_back({host, pid});
  found.resize(kProcesses);
  return found;
}

// An exec, a record in between and the exit of each.
std::string LogOf(const Owners& processes) {
  Owners owners;
  for (uint32_t host = 0; host < kHosts; ++host) owners.push_back({host, 1});  // their order counts
  owners.insert(owners.end(), processes.begin(), processes.end());
  constexpr std::string_view kCalls[] = {"syscall=59 success=yes exit=0 a0=55d0c1a3f2a0",
                                         "syscall=257 success=yes exit=3 a0=ffffff9c",
                                         "syscall=231 a0=0"};
  std::string log;
  uint32_t serial = 0;
  for (const std::string_view call : kCalls) {
    for (const Owner& owner : owners) {
      ++serial;
      const std::string stamp = "msg=audit(" + std::to_string(1'700'000'000 + serial / 10'000) +
                                ".000:" + std::to_string(serial) + "): ";
      const std::string node = "node=host" + std::to_string(owner.host) + " ";
      log += node + "type=SYSCALL " + stamp + "arch=c000003e ";
      log.append(call);
      log += " a1=0 a2=0 a3=8 items=0 ppid=1 pid=" + std::to_string(owner.pid) +
             " auid=0 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts1 ses=1 "
             "comm=\"make\" exe=\"/usr/bin/make\" subj=unconfined key=\"all\"\n";
      if (call == kCalls[0])
        log += node + "type=EXECVE " + stamp + "argc=2 a0=\"make\" a1=\"all\"\n";
    }
  }
  return log;
}

void BM_Lives(benchmark::State& state, Owners (*owners)()) {
  const std::string log = LogOf(owners());
  const auto file = std::make_shared<const LogFile>(LogFile{.name = "audit.log"});
  uint64_t told = 0;
  for (auto _ : state) {
    LogEngine parts;
    EventAssembler assembler(parts.engine);
    EventBatch batch;
    for (size_t at = 0; at < log.size();) {
      const size_t end = log.find('\n', std::min(at + kChunkBytes, log.size() - 1)) + 1;
      parts.engine.BeginBatch(batch);
      auto chunk = std::make_shared<ParsedChunk>();
      const std::string_view text = std::string_view(log).substr(at, end - at);
      ParseChunk({.buffer = nullptr, .file = file, .text = text, .offset = at}, *chunk);
      assembler.Add(std::move(chunk));
      told += batch.records.records().size();
      parts.engine.Recycle(batch);
      at = end;
    }
    parts.engine.BeginBatch(batch);
    assembler.Finish();
    told += batch.records.records().size();
    parts.engine.Recycle(batch);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(log.size()));
  state.counters["records"] =
      benchmark::Counter(static_cast<double>(told), benchmark::Counter::kAvgIterations);
}
BENCHMARK_CAPTURE(BM_Lives, ordinary, Ordinary)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Lives, strewn, Strewn)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Lives, chosen, Chosen)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pidigree
