#include "src/source/bpf/huge_heap.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/support/property_scale.h"

namespace pidigree {
namespace {

constexpr size_t kBytes = size_t{5} << 20;

// What madvise(2) can do: the chosen word of "always [madvise] never".
bool KernelHasHugePages() {
  std::string enabled;
  std::getline(std::ifstream("/sys/kernel/mm/transparent_hugepage/enabled"), enabled);
  return !enabled.empty() && enabled.find("[never]") == enabled.npos;
}

long PageFaults() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_minflt;
}

long PageFaultsOfTouching(size_t bytes) {
  const long before = PageFaults();
  auto* const block = static_cast<volatile char*>(std::malloc(bytes));
  for (size_t i = 0; i < bytes; i += 1024) block[i] = 1;
  const long faults = PageFaults() - before;
  std::free(const_cast<char*>(block));
  return faults;
}

// In bytes. proc_pid_status(5).
size_t AnonymousMemory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (size_t kib = 0; word == "RssAnon:" && status >> kib) return kib << 10;
  return 0;
}

class HugeHeapTest : public testing::Test {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "sanitizers have an allocator of their own";
  }
};

TEST_F(HugeHeapTest, TakesLargeBlocksWithFewPageFaults) {
  if (!KernelHasHugePages()) GTEST_SKIP() << "huge pages are switched off";
  const auto pages = static_cast<long>(kBytes) / sysconf(_SC_PAGESIZE);
  const HugeHeap heap;
  // Both ends of the block may lie in pages of the usual size.
  EXPECT_LT(PageFaultsOfTouching(kBytes), pages / 2);
}

TEST_F(HugeHeapTest, GivesTheMemoryBack) {
  const size_t before = AnonymousMemory();
  {
    const HugeHeap heap;
    PageFaultsOfTouching(2 * kBytes);
    EXPECT_GT(AnonymousMemory(), before + kBytes);
  }
  EXPECT_LT(AnonymousMemory(), before + kBytes / 10);
}

}  // namespace
}  // namespace pidigree
