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
  // EventFragment::kernel of the first that writes the process's number.
  static constexpr uint16_t kFirstWithProcess = 4 << 8 | 9;

  // Takes what `call`, of kind kFork, returned.
  void SawResult(const ParsedCall& call);
  // Makes `call` one of the thread's process.
  void Resolve(ParsedCall& call);
  // The process of `call`, resolved, has ended.
  void SawEnd(const ParsedCall& call);

 private:
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

  std::map<uint32_t, Thread> threads_;
  std::set<std::pair<uint32_t, uint32_t>> by_process_;  // the same: process and thread
};

}  // namespace pidigree
