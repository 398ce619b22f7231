#include "src/enrich/service_names.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using enum ServiceNames::Protocol;

// services(5): name, port/protocol, aliases; the rest behind '#' is a comment.
constexpr char kServices[] =
    "# Network services, Internet style\n"
    "\n"
    "http\t\t80/tcp\t\twww\t\t# WorldWideWeb HTTP\n"
    "  domain 53/tcp\r\n"
    "dns-udp 53/udp\n"
    "http-alt 80/tcp\n"
    "sctp-only 36412/sctp\n"
    "too-large 65536/tcp\n"
    "negative -1/tcp\n"
    "no-protocol 99\n"
    "no-port\n"
    "b\xc3\xa4"
    "d 98/tcp\n"
    "#commented 97/tcp\n"
    "last 96/udp";

TEST(ServiceNames, FromTheFile) {
  const TempDir dir;
  ServiceNames names(dir.Write("services", kServices));
  EXPECT_EQ(names.Find(kTcp, 80), "");
  names.Refresh();
  EXPECT_EQ(names.Find(kTcp, 80), "http");
  EXPECT_EQ(names.Find(kUdp, 80), "");
  EXPECT_EQ(names.Find(kTcp, 53), "domain");
  EXPECT_EQ(names.Find(kUdp, 53), "dns-udp");
  EXPECT_EQ(names.Find(kUdp, 96), "last");
  for (const int port : {0, 1, 97, 98, 99, 36412, 65535})
    EXPECT_EQ(names.Find(kTcp, static_cast<uint16_t>(port)), "") << port;
}

TEST(ServiceNames, ReadAgainWhenChanged) {
  const TempDir dir;
  const std::string path = dir.Write("services", "first 7/tcp\n");
  ServiceNames names(path);
  names.Refresh();
  dir.Write("services", "another-one 7/tcp\n");
  EXPECT_EQ(names.Find(kTcp, 7), "first");
  names.Refresh();
  EXPECT_EQ(names.Find(kTcp, 7), "another-one");
}

TEST(ServiceNames, KeptWhileTheFileIsMissing) {
  const TempDir dir;
  const std::string path = dir.Write("services", "first 7/tcp\n");
  ServiceNames names(path);
  names.Refresh();
  std::filesystem::remove(path);
  names.Refresh();
  EXPECT_EQ(names.Find(kTcp, 7), "first");
}

}  // namespace
}  // namespace pidigree
