// What tshark(1) sees on the wire, beside the events of the network that the agent tells: nothing
// may be missing, nothing invented, and addresses, ports, names and results must be the wire's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "tests/agent/agent_test.h"
#include "tests/agent/same_events.h"
#include "tests/support/property_scale.h"
#include "tests/witness/network_talk.h"
#include "tests/witness/packet_capture.h"

namespace pidigree {
namespace {

std::string EventKey(const LoggedEvent& event, const std::string& who) {
  std::string key = who + " " + std::to_string(event.id);
  const auto add = [&](std::initializer_list<const char*> names) {
    for (const char* const name : names) key.append(" ").append(event.Get(name));
  };
  if (event.id == 3)
    add({"Protocol", "Initiated", "SourceIp", "SourcePort", "DestinationIp", "DestinationPort"});
  else
    add({"QueryName", "QueryStatus", "QueryResults"});
  return key;
}

class PacketWitness : public AgentTest {
 protected:
  std::string Config() const {
    const std::string filter = " onmatch=\"include\"><Image>" +
                               std::filesystem::read_symlink("/proc/self/exe").string() +
                               "</Image></";
    return dir_.Write("config",
                      "<Sysmon schemaversion=\"4.90\"><EventFiltering>"
                      "<NetworkConnect" +
                          filter + "NetworkConnect><DnsQuery" + filter +
                          "DnsQuery></EventFiltering></Sysmon>\n");
  }
};

pid_t StartServer() {
  int ready[2];
  EXPECT_EQ(pipe(ready), 0);
  const pid_t server = fork();
  if (server == 0) RunServer(ready[1]);
  close(ready[1]);
  char byte = 0;
  EXPECT_EQ(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  return server;
}

TEST_F(PacketWitness, TsharkSawTheSameConnectionsFlowsAndReplies) {
  RunningAgent agent(dir_, {.more = {"--config", Config()}});
  EnterNetwork();
  PacketCapture capture(dir_);
  const pid_t server = StartServer();
  const pid_t client = fork();
  if (client == 0) RunClient(4, ScaledCount(1000));
  int status = -1;
  ASSERT_EQ(waitpid(client, &status, 0), client);
  EXPECT_EQ(status, 0);
  capture.EndWith(kLastDatagram);
  kill(server, SIGKILL);
  ASSERT_EQ(waitpid(server, nullptr, 0), server);

  EventKeys told;
  for (const LoggedEvent& event : agent.Events()) {
    if (event.id != 3 && event.id != 22) continue;
    const std::string process(event.Get("ProcessId"));
    if (process == std::to_string(server)) told.insert(EventKey(event, "server"));
    if (process == std::to_string(client)) told.insert(EventKey(event, "client"));
  }
  const EventKeys seen = capture.Events();
  ExpectSame(told, seen);
  for (const char* const kind : {"client 3 tcp true", "server 3 tcp false", "client 3 udp true",
                                 "server 3 udp false", "client 22 "}) {
    const auto count = std::ranges::count_if(
        seen, [&](const std::string& event) { return event.starts_with(kind); });
    EXPECT_GT(count, 0) << kind;
    std::printf("%s: %td\n", kind, count);
  }
}

}  // namespace
}  // namespace pidigree
