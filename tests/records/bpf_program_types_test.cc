#include "src/records/bpf_program_types.h"

#include <gtest/gtest.h>
#include <linux/bpf.h>

namespace pidigree {
namespace {

TEST(BpfProgramTypes, AreNamedAsInTheHeaderOfTheKernel) {
#define EXPECT_NAMED(name) EXPECT_EQ(NameOfBpfProgramType(BPF_PROG_TYPE_##name), #name)
  EXPECT_NAMED(UNSPEC);
  EXPECT_NAMED(SOCKET_FILTER);
  EXPECT_NAMED(KPROBE);
  EXPECT_NAMED(XDP);
  EXPECT_NAMED(CGROUP_SOCK_ADDR);
  EXPECT_NAMED(RAW_TRACEPOINT_WRITABLE);
  EXPECT_NAMED(TRACING);
  EXPECT_NAMED(LSM);
  EXPECT_NAMED(SYSCALL);
#undef EXPECT_NAMED
}

TEST(BpfProgramTypes, NewerOnesHaveNoName) {
  EXPECT_EQ(NameOfBpfProgramType(32), "NETFILTER");
  EXPECT_EQ(NameOfBpfProgramType(33), "");
}

}  // namespace
}  // namespace pidigree
