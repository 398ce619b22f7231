// Which hook sees each event on this kernel. Where it has none, or one that sees less, the status
// says which is missing.
#include <gmock/gmock.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "tests/source/bpf/kernel/live_test.h"

namespace pidigree {
namespace {

using testing::Contains;
using testing::HasSubstr;

// An event, and each thing that makes one: what the status calls it, and the hooks of which one is
// enough (docs/file-events.md, network-events.md, process-access.md), those of system calls last.
struct Offer {
  struct Thing {
    std::string what;
    std::vector<std::string> hooks;
  };
  size_t event;
  std::vector<Thing> things;
};

const Offer::Thing kOpened{"files opened", {"security_file_open", "sys_exit_openat"}};
const Offer::Thing kUnlinked{"files unlinked", {"security_path_unlink", "sys_exit_unlink"}};
const Offer::Thing kRenamed{"files renamed", {"security_path_rename", "sys_exit_rename"}};
const Offer::Thing kMade{"files made by mknod", {"security_path_mknod", "sys_exit_mknod"}};
const Offer::Thing kBound{"Unix sockets bound", {"unix_bind", "sys_exit_bind"}};
const Offer::Thing kTraced{"processes traced with ptrace", {"sys_ptrace", "sys_exit_ptrace"}};
const Offer::Thing kMemoryWritten{"memory of processes written with process_vm_writev",
                                  {"sys_process_vm_writev", "sys_exit_process_vm_writev"}};
const Offer::Thing kMemoryOpened{"/proc/PID/mem opened", {"mem_open", "sys_exit_openat"}};

const std::vector<Offer>& Offers() {
  static const std::vector<Offer> offers = {
      {2, {{"times set", {"vfs_utimes", "sys_exit_utimensat"}}}},
      {3,
       {{"TCP connections opened", {"inet_sock_set_state"}},
        {"TCP connections accepted", {"security_sock_graft", "sys_exit_accept"}},
        {"UDP datagrams", {"ip_send_skb", "cgroup_skb/egress"}}}},
      {6, {{"kernel modules", {"module_load"}}}},
      {7, {{"files mapped executable", {"vm_mmap_pgoff", "sys_exit_mmap"}}}},
      {8, {kTraced, kMemoryWritten, kMemoryOpened}},
      {9, {kOpened}},
      {10,
       {kTraced,
        {"memory of processes read with process_vm_readv",
         {"sys_process_vm_readv", "sys_exit_process_vm_readv"}},
        kMemoryWritten,
        {"descriptors taken with pidfd_getfd", {"sys_pidfd_getfd", "sys_exit_pidfd_getfd"}},
        kMemoryOpened}},
      {11, {kOpened, kRenamed, {"files linked", {"security_path_link", "sys_exit_link"}}, kMade}},
      {15, {{"extended attributes set", {"security_inode_post_setxattr", "sys_exit_setxattr"}}}},
      {17, {kMade, kBound}},
      {18, {kOpened, {"Unix sockets connected", {"unix_stream_connect", "sys_exit_connect"}}}},
      {22, {{"replies of DNS servers", {"cgroup_skb"}}}},
      {23, {kUnlinked, kRenamed}},
      {25, {{"executables replaced with prctl", {"sys_prctl", "sys_exit_prctl"}}}},
      {26, {kUnlinked, kRenamed}},
      {29,
       {{"executables written", {"security_file_open", "sys_enter_close"}},
        {"files made executable", {"security_path_chmod", "sys_exit_chmod"}}}},
      {100, {{"BPF programs", {"perf_event_bpf_event", "bpf_prog_kallsyms_add", "sys_exit_bpf"}}}},
  };
  return offers;
}

class HookOffer : public LiveTest {
 protected:
  EventSet Wanted() const override {
    EventSet events;
    for (const Offer& offer : Offers()) events.set(offer.event);
    return events;
  }
};

TEST_F(HookOffer, IsTakenOrItsLackIsSaid) {
  const SourceStatus status = source_->Status();
  for (const Offer& offer : Offers()) {
    for (const auto& [what, hooks] : offer.things) {
      SCOPED_TRACE("event " + std::to_string(offer.event) + ": " + what);
      const auto taken = std::ranges::find_if(hooks, [&](const std::string& name) {
        return std::ranges::any_of(
            status.hooks, [&](const std::string& hook) { return hook.find(name) != hook.npos; });
      });
      if (taken != hooks.end()) {
        std::cout << offer.event << " " << what << ": " << *taken << "\n";
        if (taken->starts_with("sys_e")) {
          EXPECT_THAT(status.unseen, Contains(HasSubstr(what)));
        }
        continue;
      }
      EXPECT_THAT(status.unseen, Contains(HasSubstr(what)));
      for (const std::string& line : status.unseen)
        if (line.starts_with(what)) std::cout << offer.event << " none: " << line << "\n";
    }
  }
}

}  // namespace
}  // namespace pidigree
