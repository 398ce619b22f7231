#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "src/source/audit/parsed_chunk.h"

namespace pidigree {

// The numbers of threads of one host. Kernels before 4.9 write a thread's own number as pid=, later
// ones that of its process; then the same number may be a process that came after the thread.
//
// A record is a thread's if clone(2) with CLONE_THREAD returned its pid=, it is not older than that
// call, agrees with it in exe, ppid, login uid and session, and no later call returned the number
// anew. (An exec is always its process's: the other threads are gone by then.)
class ThreadIds {
 public:
  // auditd tells which kernel it found: 256 times its first number and its second.
  void SetKernel(uint16_t version) { unknown_ = version < kFirstWithProcess; }

  // Takes what `call`, of kind kFork, returned.
  void SawResult(const ParsedCall& call);
  // Makes `call` one of the thread's process.
  void Resolve(ParsedCall& call) {
    if (!threads_.empty()) ResolveThread(call);
  }
  // The process of `call`, resolved, has ended.
  void SawEnd(const ParsedCall& call);

 private:
  static constexpr uint16_t kFirstWithProcess = 4 << 8 | 9;
  static constexpr size_t kMaxThreads = 65536;

  struct Thread {
    uint32_t process;
    uint32_t ppid;
    uint32_t auid;
    uint32_t session;
    int64_t clock_ms;  // of the call that made it
    std::string exe;
  };

  void Forget(std::map<uint32_t, Thread>::iterator thread);
  void ResolveThread(ParsedCall& call);

  bool unknown_ = true;  // whether pid= may be a thread's
  std::map<uint32_t, Thread> threads_;
  std::set<std::pair<uint32_t, uint32_t>> by_process_;  // the same: process and thread
};

}  // namespace pidigree
