#include "src/base/ip_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <string>

namespace pidigree {
namespace {

IpAddress Parse(const std::string& text) {
  IpAddress address;
  EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), address.bytes.data()), 1) << text;
  return address;
}

std::string Plain(const IpAddress& address) {
  char buffer[kIpAddressTextSize];
  return {buffer, FormatIpAddress(address, buffer)};
}

std::string Short(const IpAddress& address) {
  char buffer[kIpAddressTextSize];
  return {buffer, FormatShortIpAddress(address, buffer)};
}

TEST(IpAddress, MappedIsV4) {
  EXPECT_TRUE(Parse("::ffff:192.0.2.1").IsV4());
  EXPECT_EQ(Parse("::ffff:192.0.2.1"), IpAddress::V4(192, 0, 2, 1));
  EXPECT_FALSE(Parse("::192.0.2.1").IsV4());
  EXPECT_FALSE(Parse("64:ff9b::192.0.2.1").IsV4());
}

// As genuine Sysmon for Linux writes them.
TEST(IpAddress, FormOfEvent3) {
  EXPECT_EQ(Plain(IpAddress::V4(104, 46, 127, 225)), "104.46.127.225");
  EXPECT_EQ(Plain(IpAddress::V4(0, 0, 0, 0)), "0.0.0.0");
  EXPECT_EQ(Plain(Parse("fe80::a00:27ff:fee3:816e")), "fe80:0:0:0:a00:27ff:fee3:816e");
  EXPECT_EQ(Plain(Parse("::1")), "0:0:0:0:0:0:0:1");
  EXPECT_EQ(Plain(Parse("2001:db8:ffff:ffff:ffff:ffff:255.255.255.255")),
            "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
}

TEST(IpAddress, FormOfEvent22) {
  EXPECT_EQ(Short(IpAddress::V4(192, 0, 2, 1)), "::ffff:192.0.2.1");
  EXPECT_EQ(Short(IpAddress::V4(255, 255, 255, 255)), "::ffff:255.255.255.255");
  EXPECT_EQ(Short(Parse("2001:db8:0:0:1:0:0:1")), "2001:db8::1:0:0:1");
  EXPECT_EQ(Short(Parse("::")), "::");
}

}  // namespace
}  // namespace pidigree
