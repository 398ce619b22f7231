// The unit that `make install` installs, started by systemd: in a guest of its own whose process 1
// that is, with journald behind /dev/log.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <linux/capability.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/read_file.h"
#include "src/base/unique_fd.h"
#include "tests/agent/name_server.h"
#include "tests/agent/running_agent.h"
#include "tests/kernels/guest_fixture.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

// capabilities(7); older headers of the C library do not have them.
constexpr int kCapPerfmon = 38;
constexpr int kCapBpf = 39;

constexpr char kConfig[] = "/usr/local/share/pidigree/config/default.xml";

// What a shell command prints.
std::string OutputOf(const std::string& command) {
  std::string text;
  std::array<char, 4096> part{};
  FILE* const pipe = popen(command.c_str(), "r");
  while (const size_t size = fread(part.data(), 1, part.size(), pipe))
    text.append(part.data(), size);
  pclose(pipe);
  return text;
}

// Of the unit.
std::string PropertyOf(const std::string& name) {
  const std::string line = OutputOf("systemctl show --value --property " + name + " pidigree");
  return line.substr(0, line.find('\n'));
}

// "Name:\tvalue" of /proc/PID/status.
std::string StatusField(const std::string& process, std::string_view name) {
  std::ifstream file(process + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name) && line[name.size()] == ':') return line.substr(name.size() + 2);
  return "";
}

// The lines that begin with `key`.
std::vector<std::string> LinesOf(const std::string& text, std::string_view key) {
  std::vector<std::string> found;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    if (line.starts_with(key)) found.push_back(line);
  return found;
}

ino_t NamespaceOf(const std::string& process, const char* kind) {
  struct stat status {};
  EXPECT_EQ(stat((process + "/ns/" + kind).c_str(), &status), 0);
  return status.st_ino;
}

// The tests share one run of the unit, which the last one ends.
class ServiceUnit : public GuestTest {
 protected:
  void SetUp() override {
    GuestTest::SetUp();
    if (IsSkipped()) return;
    Systemctl("start");
    ASSERT_EQ(PropertyOf("ActiveState"), "active") << AboutIt();
    process_ = "/proc/" + PropertyOf("MainPID");
  }

  static void Systemctl(const std::string& verb, const std::string& unit = "pidigree") {
    RunProcess({"systemctl", verb, unit});
  }
  static std::string AboutIt() {
    return OutputOf(
        "systemctl status --no-pager --full --lines 0 pidigree;"
        "journalctl --no-pager --lines 50 _TRANSPORT=stdout + _TRANSPORT=kernel + _PID=1");
  }
  // What the agent said on its standard error.
  static std::string Said() { return OutputOf("journalctl -u pidigree -o cat _TRANSPORT=stdout"); }

  // The events that have come to the journal.
  const std::vector<LoggedEvent>& Journal() {
    std::istringstream lines(
        OutputOf("journalctl -t sysmon -o cat --cursor-file " + dir_.Path("cursor")));
    for (std::string line; std::getline(lines, line);)
      if (const auto event = ParseLoggedEvent(line)) events_.push_back(*event);
    return events_;
  }

  // The configurations that were loaded.
  std::vector<std::string> Loads() {
    std::vector<std::string> files;
    for (const LoggedEvent& event : Journal())
      if (event.id == 16) files.emplace_back(event.Get("Configuration"));
    return files;
  }
  // Of a configuration that has changed.
  void Reload() {
    const size_t loads_before = Loads().size();
    Systemctl("reload");
    ASSERT_TRUE(Eventually([&] { return Loads().size() == loads_before + 1; })) << AboutIt();
  }

  const TempDir dir_;
  const std::string word_ = UniqueWord();
  std::string process_;
  std::vector<LoggedEvent> events_;
};

// Running under the options of the unit it can do all that it can do for root at a shell.
TEST_F(ServiceUnit, IsNotHinderedByItsConfinement) {
  // An answer of the worker that hashes, and of the name service, may come too late for the first
  // event.
  const std::string hash = "SHA256=" + OutputOf("sha256sum /bin/true").substr(0, 64);
  EXPECT_TRUE(Eventually([&] {
    RunProcess({"/bin/true", word_});
    const auto runs = EventsWith(Journal(), 1, word_);
    return !runs.empty() && runs.back().Get("Hashes") == hash;
  })) << AboutIt();
  Systemctl("start", "dynamic-user");
  EXPECT_TRUE(Eventually([&] {
    const auto sleeps = EventsWith(Journal(), 1, "/bin/sleep 0.5");
    return !sleeps.empty() && sleeps.back().Get("User") == "guestuser";
  })) << AboutIt();
  Systemctl("stop", "dynamic-user");

  const std::string status = RunPidigree({"status"}).out;
  RunningAgent by_hand(dir_, {.more = {"--config", kConfig}});
  const std::string status_by_hand = by_hand.Status();
  EXPECT_THAT(status, HasSubstr("hook: cgroup"));
  EXPECT_EQ(LinesOf(status, "hook: "), LinesOf(status_by_hand, "hook: "));
  EXPECT_EQ(LinesOf(status, "unseen: "), LinesOf(status_by_hand, "unseen: "));
  EXPECT_EQ(by_hand.Stop().err, "");
}

TEST_F(ServiceUnit, WarnsOfTheLimitOfJournald) {
  EXPECT_THAT(Said(), HasSubstr("journald drops what is beyond 10000 events in 30s"));
}

// With DnsLookup, as docs/run.md says; the test is the name server.
TEST_F(ServiceUnit, AsksANameServer) {
  const auto place = [](const char* text, uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    EXPECT_EQ(inet_pton(AF_INET, text, &address.sin_addr), 1);
    return address;
  };
  const UniqueFd socket_here(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_in here = place("127.0.0.1", 53);
  ASSERT_EQ(bind(socket_here.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here), 0);
  NameServer server(socket_here.get());
  std::ofstream("/etc/resolv.conf") << "nameserver 127.0.0.1\n";
  const std::string before = ReadFile(kConfig, 1 << 20).value();
  std::ofstream(kConfig) << "<Sysmon schemaversion=\"4.90\"><DnsLookup>True</DnsLookup>"
                            "<EventFiltering><NetworkConnect onmatch=\"exclude\"/>"
                            "</EventFiltering></Sysmon>\n";
  Reload();
  // An answer may come too late for the first event.
  EXPECT_TRUE(Eventually([&] {
    const UniqueFd sender(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_in peer = place("127.0.0.77", 9);
    sendto(sender.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&peer), sizeof peer);
    return std::ranges::any_of(Journal(), [](const LoggedEvent& event) {
      return event.id == 3 && event.Get("DestinationHostname") == NameServer::kPeerName;
    });
  })) << AboutIt();
  EXPECT_EQ(server.AskedForPeer(), 1u);
  std::ofstream(kConfig) << before;
  Reload();
}

// docs/run.md lists them.
TEST_F(ServiceUnit, HoldsTheDocumentedPrivilegesAndNoOthers) {
  uint64_t documented = 0;
  for (const int capability :
       {kCapBpf, kCapPerfmon, CAP_NET_ADMIN, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_SYSLOG})
    documented |= uint64_t{1} << capability;
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(documented));
  for (const auto& thread : std::filesystem::directory_iterator(process_ + "/task")) {
    for (const char* set : {"CapPrm", "CapEff", "CapBnd"})
      EXPECT_EQ(StatusField(thread.path(), set), text.data()) << set;
    for (const char* set : {"CapInh", "CapAmb"})
      EXPECT_EQ(StatusField(thread.path(), set), "0000000000000000") << set;
    EXPECT_EQ(StatusField(thread.path(), "NoNewPrivs"), "1");
    EXPECT_EQ(StatusField(thread.path(), "Seccomp"), "2");  // proc(5): a filter
  }
  // It sees what everybody sees.
  for (const char* kind : {"mnt", "pid", "user", "net"})
    EXPECT_EQ(NamespaceOf(process_, kind), NamespaceOf("/proc/1", kind)) << kind;
}

TEST_F(ServiceUnit, ReloadsAndStops) {
  std::ofstream(kConfig, std::ios::app) << "<!-- changed -->\n";
  Reload();
  EXPECT_EQ(Loads().back(), kConfig);

  Systemctl("stop");
  EXPECT_EQ(PropertyOf("ActiveState"), "inactive");
  EXPECT_EQ(PropertyOf("Result"), "success") << AboutIt();
  ASSERT_TRUE(Eventually([&] { return Journal().back().id == 4; }));
  EXPECT_EQ(events_.back().Get("State"), "Stopped");
  EXPECT_EQ(PropertyOf("NRestarts"), "0");
}

}  // namespace
}  // namespace pidigree
