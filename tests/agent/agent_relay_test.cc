// Lines as long as they become reach the second rsyslogd of a row whole.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "src/base/read_file.h"
#include "src/base/unique_fd.h"
#include "tests/agent/agent_test.h"
#include "tests/agent/log_daemons.h"
#include "tests/support/child.h"

namespace pidigree {
namespace {

const std::string kLongName(64, 'h');  // HOST_NAME_MAX

// A port of 127.0.0.1 that nobody has, for UDP and TCP.
std::string FreePort() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  const UniqueFd tcp(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(bind(tcp.get(), any, size), 0);
  EXPECT_EQ(getsockname(tcp.get(), any, &size), 0);
  const UniqueFd udp(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(bind(udp.get(), any, size), 0);
  return std::to_string(ntohs(address.sin_port));
}

class AgentRelay : public AgentTest, public testing::WithParamInterface<const char*> {};

INSTANTIATE_TEST_SUITE_P(Over, AgentRelay, testing::Values("udp", "tcp"),
                         [](const auto& protocol) { return std::string(protocol.param); });

// With the templates and limits that rsyslogd has by default.
TEST_P(AgentRelay, PassesOnLongLinesWhole) {
  const std::string protocol = GetParam();
  const std::string port = FreePort();
  const std::string module = "im" + protocol;
  const std::string host = "global(localHostName=\"" + kLongName + "\")\n";
  Rsyslogd second(dir_, "second", "",
                  host + "module(load=\"" + module + "\")\ninput(type=\"" + module +
                      "\" address=\"127.0.0.1\" port=\"" + port + "\")\n" +
                      Rsyslogd::WriteTo(dir_.Path("received")));
  Rsyslogd first(dir_, "first", dir_.Path("log"),
                 host + "action(type=\"omfwd\" target=\"127.0.0.1\" port=\"" + port +
                     "\" protocol=\"" + protocol + "\" action.resumeRetryCount=\"-1\")\n");
  second.Start();
  first.Start();
  RunningAgent agent(dir_, {.more = {"--output", "syslog://" + dir_.Path("log")}, .in_child = [] {
                              Must(unshare(CLONE_NEWUTS) == 0);
                              Must(sethostname(kLongName.data(), kLongName.size()) == 0);
                            }});
  const auto arrived = [&] { return EventsWith(ReadEvents(dir_.Path("received")), 1, word_); };
  // Until one arrives: what is sent before the second one reads its port is nobody's.
  ASSERT_TRUE(Eventually([&] {
    RunProcess({"/bin/true", word_ + "first"});
    return !arrived().empty();
  }));
  // One at a time: twenty lines at once are more than a UDP socket holds (net.core.rmem_default),
  // and the kernel drops what does not fit while the second one is busy.
  constexpr size_t kLines = 20;
  for (size_t i = 0; i < kLines; ++i) {
    const std::string line = word_ + "long" + std::to_string(i) + "-";
    RunProcess({"/bin/true", line + std::string(7'000 + 10 * i, "<\xc3\xa4x "[i % 4])});
    ASSERT_TRUE(Eventually([&] {
      return !EventsWith(ReadEvents(dir_.Path("received")), 1, line).empty();
    })) << i;
  }
  size_t longest = 0;
  const std::string text = ReadFile(dir_.Path("received"), 1 << 30).value_or("");
  for (size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1)
    longest = std::max(longest, text.find("</Event>", begin) - begin);
  EXPECT_GT(longest, 7'800u);
}

}  // namespace
}  // namespace pidigree
