#include "tests/witness/packet_capture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <vector>

#include "src/base/read_file.h"
#include "tests/agent/running_agent.h"

namespace pidigree {
namespace {

using testing::HasSubstr;

constexpr size_t kMaxCapture = size_t{1} << 30;

// tshark's names for what it reads in a packet. Two addresses of one packet are those of the packet
// that an ICMP message is about, too.
constexpr const char* kFields[] = {"tcp.stream",
                                   "tcp.completeness",
                                   "udp.stream",
                                   "ip.src",
                                   "ip.dst",
                                   "ipv6.src",
                                   "ipv6.dst",
                                   "tcp.srcport",
                                   "tcp.dstport",
                                   "udp.srcport",
                                   "udp.dstport",
                                   "icmp.type",
                                   "icmpv6.type",
                                   "dns.flags.response",
                                   "dns.flags.truncated",
                                   "dns.flags.rcode",
                                   "dns.qry.name",
                                   "dns.cname",
                                   "dns.a",
                                   "dns.aaaa",
                                   "dns.txt"};

using Packet = std::map<std::string, std::string>;

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// Newer versions write True.
bool IsSet(const std::string& flag) { return flag == "1" || flag == "True"; }

// As in events 3: no zeros are left out.
std::string AddressOf(const Packet& packet, const std::string& side) {
  const std::string ipv4 = packet.at("ip." + side);
  if (!ipv4.empty()) return Split(ipv4, ',').back();
  const std::string ipv6 = Split(packet.at("ipv6." + side), ',').back();
  std::array<uint8_t, 16> bytes{};
  EXPECT_EQ(inet_pton(AF_INET6, ipv6.c_str(), bytes.data()), 1) << ipv6;
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 2) {
    std::array<char, 8> group{};
    std::snprintf(group.data(), group.size(), "%x",
                  static_cast<unsigned>(bytes[i] << 8 | bytes[i + 1]));
    text += (i > 0 ? ":" : "") + std::string(group.data());
  }
  return text;
}

// " 127.0.0.1 40000 127.0.0.1 53"
std::string EndsOf(const Packet& packet, const std::string& protocol) {
  return " " + AddressOf(packet, "src") + " " + packet.at(protocol + ".srcport") + " " +
         AddressOf(packet, "dst") + " " + packet.at(protocol + ".dstport");
}

// Aliases come first in a chain of answers.
std::string ResultsOf(const Packet& packet) {
  std::string results;
  const auto add = [&](const char* field, const std::string& before) {
    if (packet.at(field).empty()) return;
    for (const std::string& value : Split(packet.at(field), ',')) results += before + value + ";";
  };
  add("dns.cname", "type:  5 ");
  add("dns.a", "::ffff:");
  add("dns.aaaa", "");
  if (!packet.at("dns.txt").empty()) results += "type:  16 " + packet.at("dns.txt") + ";";
  return results;
}

// Windows' numbers, docs/network-events.md.
std::string StatusOf(const std::string& code, bool answered) {
  if (code != "0") return std::to_string(9000 + std::stoi(code));
  return answered ? "0" : "9501";
}

}  // namespace

PacketCapture::PacketCapture(const TempDir& dir)
    : packets_(dir.Path("packets")),
      messages_(dir.Path("dumpcap")),
      dissection_(dir.Path("dissection")),
      complaints_(dir.Path("tshark")) {
  dumpcap_ = fork();
  if (dumpcap_ == 0) {
    dup2(open(messages_.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600), STDERR_FILENO);
    execlp("dumpcap", "dumpcap", "-q", "-i", "lo", "-B", "64", "-w", packets_.c_str(), nullptr);
    std::perror("dumpcap");  // packaging/packages.txt has it
    _exit(127);
  }
  // It names its file when it has opened the interface.
  const auto messages = [&] { return ReadFile(messages_, kMaxCapture).value_or(""); };
  EXPECT_TRUE(Eventually([&] {
    if (waitpid(dumpcap_, nullptr, WNOHANG) == dumpcap_) dumpcap_ = -1;
    return dumpcap_ < 0 || messages().find("File: ") != std::string::npos;
  }));
  EXPECT_GT(dumpcap_, 0) << messages();
}

PacketCapture::~PacketCapture() {
  if (dumpcap_ < 0) return;
  kill(dumpcap_, SIGKILL);
  waitpid(dumpcap_, nullptr, 0);
}

void PacketCapture::EndWith(std::string_view bytes) {
  if (dumpcap_ < 0) return;
  EXPECT_TRUE(Eventually([&] {
    return ReadFile(packets_, kMaxCapture).value_or("").find(bytes) != std::string::npos;
  }));
  kill(dumpcap_, SIGINT);
  int status = -1;
  EXPECT_EQ(waitpid(dumpcap_, &status, 0), dumpcap_);
  EXPECT_EQ(status, 0);
  dumpcap_ = -1;
  EXPECT_THAT(ReadFile(messages_, kMaxCapture).value_or(""),
              HasSubstr("/0 (pcap:0/dumpcap:0/flushed:0/ps_ifdrop:0)"))
      << "packets were dropped";
}

std::multiset<std::string> PacketCapture::Events() const {
  // Twice over the packets: what a connection was is known at its end.
  std::string command = "tshark -2 -n -r " + packets_ + " -T fields";
  for (const char* const field : kFields) command += std::string(" -e ") + field;
  EXPECT_EQ(std::system((command + " >" + dissection_ + " 2>" + complaints_).c_str()), 0)
      << ReadFile(complaints_, kMaxCapture).value_or("");

  std::map<std::string, std::string> connections, flows;  // their ends
  std::set<std::string> unreachable;
  std::multiset<std::string> events;
  std::ifstream lines(dissection_);
  for (std::string line; std::getline(lines, line);) {
    const std::vector<std::string> values = Split(line, '\t');
    EXPECT_EQ(values.size(), std::size(kFields)) << line;
    if (values.size() != std::size(kFields)) break;
    Packet packet;
    for (size_t i = 0; i < values.size(); ++i) packet[kFields[i]] = values[i];

    if (!packet["icmp.type"].empty() || !packet["icmpv6.type"].empty()) {
      if (!packet["udp.srcport"].empty()) unreachable.insert(EndsOf(packet, "udp"));
      continue;
    }
    constexpr int kHandshake = 1 | 2 | 4;  // SYN, SYN-ACK, ACK
    if (!packet["tcp.stream"].empty() &&
        (std::stoi(packet["tcp.completeness"]) & kHandshake) == kHandshake)
      connections.emplace(packet["tcp.stream"], EndsOf(packet, "tcp"));
    if (!packet["udp.stream"].empty()) flows.emplace(packet["udp.stream"], EndsOf(packet, "udp"));
    if (IsSet(packet["dns.flags.response"]) && !IsSet(packet["dns.flags.truncated"])) {
      const std::string results = ResultsOf(packet);
      events.insert("client 22 " + packet["dns.qry.name"] + " " +
                    StatusOf(packet["dns.flags.rcode"], !results.empty()) + " " +
                    (results.empty() ? "-" : results));
    }
  }
  for (const auto& [stream, ends] : connections) {
    events.insert("client 3 tcp true" + ends);
    events.insert("server 3 tcp false" + ends);
  }
  for (const auto& [stream, ends] : flows) {
    events.insert("client 3 udp true" + ends);
    if (!unreachable.contains(ends)) events.insert("server 3 udp false" + ends);
  }
  return events;
}

}  // namespace pidigree
