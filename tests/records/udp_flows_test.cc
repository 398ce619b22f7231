#include "src/records/udp_flows.h"

#include <gtest/gtest.h>

namespace pidigree {
namespace {

constexpr uint64_t kMinute = uint64_t{60} * 1'000'000'000;
constexpr uint64_t kNow = 1000 * kMinute;
constexpr ProcessKey kProcess{100, 5};
constexpr NetworkEnd kLocal{IpAddress::V4(192, 0, 2, 1), 40000};
constexpr NetworkEnd kRemote{IpAddress::V4(198, 51, 100, 7), 123};

TEST(UdpFlows, OnceForAProcessAndTheTwoEnds) {
  UdpFlows flows;
  EXPECT_TRUE(flows.IsNew(kProcess, kLocal, kRemote, kNow, 0));
  EXPECT_FALSE(flows.IsNew(kProcess, kLocal, kRemote, kNow + 1, kNow));
  EXPECT_TRUE(flows.IsNew({101, 5}, kLocal, kRemote, kNow + 2, 0));
  EXPECT_TRUE(flows.IsNew({100, 6}, kLocal, kRemote, kNow + 2, 0)) << "the number came round";
  EXPECT_TRUE(flows.IsNew(kProcess, {kLocal.address, 40001}, kRemote, kNow + 2, 0));
  EXPECT_TRUE(flows.IsNew(kProcess, kLocal, {kRemote.address, 124}, kNow + 2, 0));
  EXPECT_TRUE(flows.IsNew(kProcess, {kRemote.address, 40000}, kRemote, kNow + 2, 0));
  EXPECT_FALSE(flows.IsNew(kProcess, kLocal, kRemote, kNow + 3, 0));
  EXPECT_EQ(flows.forgotten(), 0u);
}

TEST(UdpFlows, AgainAfterThirtyIdleMinutes) {
  UdpFlows flows;
  EXPECT_TRUE(flows.IsNew(kProcess, kLocal, kRemote, kNow, 0));
  EXPECT_FALSE(flows.IsNew(kProcess, kLocal, kRemote, kNow + 30 * kMinute - 1, 0));
  EXPECT_TRUE(flows.IsNew(kProcess, kLocal, kRemote, kNow + 60 * kMinute - 1, 0));
}

// The kernel does not send every datagram, but tells of the last one that it did not send.
TEST(UdpFlows, NotIdleIfTheKernelSawMore) {
  UdpFlows flows;
  EXPECT_TRUE(flows.IsNew(kProcess, kLocal, kRemote, kNow, 0));
  EXPECT_FALSE(flows.IsNew(kProcess, kLocal, kRemote, kNow + 45 * kMinute, kNow + 20 * kMinute));
}

TEST(UdpFlows, ForgottenForWantOfRoomIsCounted) {
  UdpFlows flows;
  for (uint32_t tgid = 0; tgid < 100'000; ++tgid)
    EXPECT_TRUE(flows.IsNew({tgid, 1}, kLocal, kRemote, kNow, 0));
  EXPECT_EQ(flows.forgotten(), 100'000u - 16'384u);
}

}  // namespace
}  // namespace pidigree
