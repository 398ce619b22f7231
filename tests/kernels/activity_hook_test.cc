// On the kernels of distributions nothing of what processes do goes unseen, and what happens to
// files is seen in functions of the kernel.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/source/bpf/bpf_source.h"
#include "tests/kernels/guest_fixture.h"

namespace pidigree {
namespace {

using testing::AnyOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ActivityHook : public GuestTest {};

TEST_F(ActivityHook, FunctionsOfTheKernelSeeEverything) {
  auto source = BpfSource::Open({});
  ASSERT_TRUE(source) << source.error().message;
  ASSERT_TRUE((*source)->Attach(EventSet{}.set(6).set(7).set(8).set(10).set(25).set(100)));
  const SourceStatus status = (*source)->Status();
  EXPECT_THAT(status.unseen, IsEmpty());
  for (const char* hook :
       {"fexit/__x64_sys_ptrace", "fexit/__ia32_compat_sys_ptrace", "fexit/mem_open",
        "fexit/vm_mmap_pgoff", "fentry/security_kernel_read_file"})
    EXPECT_THAT(status.hooks, Contains(hook));
  EXPECT_THAT(status.hooks, Contains(AnyOf("fentry/perf_event_bpf_event",
                                           "fentry/bpf_prog_kallsyms_add")));  // of 5.10
}

TEST_F(ActivityHook, FunctionsOfTheKernelSeeFiles) {
  auto source = BpfSource::Open({});
  ASSERT_TRUE(source) << source.error().message;
  ASSERT_TRUE((*source)->Attach(
      EventSet{}.set(2).set(9).set(11).set(15).set(17).set(18).set(23).set(26).set(29)));
  const SourceStatus status = (*source)->Status();
  EXPECT_THAT(status.unseen, IsEmpty());
  EXPECT_THAT(status.hooks, Each(Not(HasSubstr("syscalls"))));
}

}  // namespace
}  // namespace pidigree
