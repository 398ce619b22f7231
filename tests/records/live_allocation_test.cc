#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string_view>

#include "src/records/live_engine.h"
#include "tests/support/live_host.h"

namespace {

std::atomic<uint64_t> allocations = 0;

void* Count(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

// The whole program's.
void* operator new(std::size_t size) { return Count(size); }
void* operator new[](std::size_t size) { return Count(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace pidigree {
namespace {

using namespace std::literals;

TEST(LiveLineageMemory, IsNotAllocatedForFactsOnceWarm) {
  FixedClock clock;
  clock.boot_ns = LiveHost::kStartNs;
  LiveEngine parts({.lineage = {.machine = 1, .boot = 2, .computer = "vm"}}, clock);
  EventBatch batch;
  parts.engine.BeginBatch(batch);
  uint64_t now = 1'000'000;
  const auto fork = [&](const ProcessKey& parent, uint32_t pid) {
    const ProcessKey child{pid, now += 1000};
    parts.engine.Apply(ForkFact{.subject = {.time_ns = now, .process = parent, .ids = {.uid = 0}},
                                .child = child,
                                .creator = {},
                                .place = {},
                                .comm = "shell",
                                .image = {}});
    return child;
  };
  const ProcessKey shell = fork({}, 1);
  uint32_t lives = 0;
  const auto live = [&](uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
      // A subshell, so that there are announcements, too.
      const ProcessKey subshell = fork(shell, 2 + lives++ % 32768);
      const ProcessKey process = fork(subshell, 2 + lives++ % 32768);
      parts.engine.Apply(
          ExecFact{.subject = {.time_ns = now += 1000, .process = process, .ids = {.uid = 0}},
                   .present_parent = {},
                   .place = {},
                   .image = {.text = "/bin/\xff"
                                     "true"},
                   .executable = {.links = 1},
                   .cwd = {.text = "/"},
                   .arguments = "true\0\x01\0"sv,
                   .comm = "true"});
      for (const ProcessKey& ended : {process, subshell})
        parts.engine.Apply(
            ExitFact{.subject = {.time_ns = now += 1000, .process = ended, .ids = {.uid = 0}},
                     .comm = "true"});
      if (i % 64 == 0) {
        parts.engine.Recycle(batch);
        parts.engine.BeginBatch(batch);
      }
    }
  };
  live(40'000);
  const uint64_t before = allocations;
  ASSERT_GT(before, 0u);
  live(40'000);
  EXPECT_EQ(allocations, before);
  parts.engine.Recycle(batch);
}

}  // namespace
}  // namespace pidigree
