// The configurations in config/: each does what its comments promise.

#include <gtest/gtest.h>

#include <map>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "schema/events.h"
#include "src/base/read_file.h"
#include "src/config/config.h"
#include "src/filter/rule_set.h"
#include "tests/support/plain_record.h"

namespace pidigree {
namespace {

const std::vector<std::string> kNames = {"default", "everything", "busy-server"};

std::string ReadShipped(const std::string& name) {
  return ReadFile(PIDIGREE_SOURCE_DIR "/config/" + name + ".xml", kMaxConfigBytes).value_or("");
}

// With the lines that exclude announcements no longer commented out.
std::string WithoutAnnouncements(std::string xml) {
  size_t lines = 0;
  const std::string start = "<!-- <Description";
  for (size_t at; (at = xml.find(start)) != xml.npos; ++lines) {
    xml.erase(at, std::string("<!-- ").size());
    const std::string end = " -->";
    xml.erase(xml.find(end, at), end.size());
  }
  EXPECT_EQ(lines, 2u);  // fork and running
  return xml;
}

RuleSet RulesOf(const std::string& xml) {
  LoadedConfig loaded = LoadConfig(xml);
  EXPECT_TRUE(loaded.ok()) << loaded.errors.front().line << ": " << loaded.errors.front().text;
  for (const ConfigMessage& warning : loaded.warnings)
    ADD_FAILURE() << warning.line << ": " << warning.text;
  return RuleSet(std::move(loaded.config));
}

bool Includes(const RuleSet& rules, const EventType& type,
              const std::map<std::string, std::string>& fields) {
  const PlainEvent event = EventWith(type, fields);
  const PlainRecord record(type, event);
  return rules.Decide(record.record()).included;
}

struct ShippedCase {
  std::string name;
  const EventType* type;
  std::map<std::string, std::string> fields;
  std::set<std::string> included_by;  // of default, everything and busy-server
  std::string rule_name = "-";        // that default, or else busy-server, gives
};

void PrintTo(const ShippedCase& c, std::ostream* out) { *out << c.name; }

class ShippedConfig : public testing::TestWithParam<ShippedCase> {};

TEST_P(ShippedConfig, Decides) {
  const ShippedCase& c = GetParam();
  const PlainEvent event = EventWith(*c.type, c.fields);
  const PlainRecord record(*c.type, event);
  for (const std::string& name : kNames) {
    const RuleSet rules = RulesOf(ReadShipped(name));
    const Decision decision = rules.Decide(record.record());
    EXPECT_EQ(decision.included, c.included_by.contains(name))
        << name << ": " << rules.Explain(record.record()).text;
    if (decision.included && name != "everything") {
      EXPECT_EQ(decision.rule_name, c.rule_name) << name;
    }
  }
}

const std::set<std::string> kAll = {"default", "everything", "busy-server"};
const std::set<std::string> kNotBusy = {"default", "everything"};
const std::set<std::string> kOnlyEverything = {"everything"};

INSTANTIATE_TEST_SUITE_P(
    Processes, ShippedConfig,
    testing::Values(
        ShippedCase{
            "Shell", &kProcessCreate, {{"Image", "/usr/bin/bash"}, {"User", "alice"}}, kAll},
        ShippedCase{"SubshellThatANameMakesKnown",
                    &kProcessCreate,
                    {{"Image", "/usr/bin/bash"}, {"Description", "fork"}},
                    kAll},
        ShippedCase{"ProcessThatWasThereBefore",
                    &kProcessCreate,
                    {{"Image", "/usr/sbin/sshd"}, {"Description", "running"}},
                    kAll},
        ShippedCase{"ToolOfRootsScripts",
                    &kProcessCreate,
                    {{"Image", "/usr/bin/cut"}, {"User", "root"}},
                    kNotBusy},
        ShippedCase{"ToolOfAnotherUser",
                    &kProcessCreate,
                    {{"Image", "/usr/bin/cut"}, {"User", "www-data"}},
                    kAll},
        ShippedCase{
            "ToolElsewhere", &kProcessCreate, {{"Image", "/tmp/cut"}, {"User", "root"}}, kAll},
        ShippedCase{"End", &kProcessTerminate, {{"Image", "/usr/bin/bash"}}, kNotBusy},
        ShippedCase{
            "CodeIntoAnother", &kCreateRemoteThread, {{"SourceImage", "/usr/bin/gdb"}}, kAll},
        ShippedCase{"MemoryRead", &kProcessAccess, {{"TargetImage", "/usr/sbin/sshd"}}, kAll},
        ShippedCase{"Memfd", &kProcessTampering, {{"Image", "memfd:x"}}, kAll}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Network, ShippedConfig,
    testing::Values(ShippedCase{"Loopback",
                                &kNetworkConnect,
                                {{"SourceIp", "127.0.0.1"},
                                 {"DestinationIp", "127.0.0.53"},
                                 {"Initiated", "true"}},
                                kOnlyEverything},
                    ShippedCase{"Loopback6",
                                &kNetworkConnect,
                                {{"SourceIp", "0:0:0:0:0:0:0:1"},
                                 {"DestinationIp", "0:0:0:0:0:0:0:1"},
                                 {"Initiated", "true"}},
                                kOnlyEverything},
                    ShippedCase{"Opened",
                                &kNetworkConnect,
                                {{"SourceIp", "192.0.2.7"},
                                 {"DestinationIp", "198.51.100.1"},
                                 {"DestinationPort", "4444"},
                                 {"Initiated", "true"}},
                                kAll},
                    ShippedCase{"Accepted",
                                &kNetworkConnect,
                                {{"SourceIp", "198.51.100.1"},
                                 {"DestinationIp", "192.0.2.7"},
                                 {"DestinationPort", "443"},
                                 {"Initiated", "false"}},
                                kNotBusy},
                    ShippedCase{"Dns",
                                &kNetworkConnect,
                                {{"SourceIp", "192.0.2.7"},
                                 {"DestinationIp", "198.51.100.1"},
                                 {"DestinationPort", "53"},
                                 {"Initiated", "true"}},
                                kNotBusy},
                    ShippedCase{"Name", &kDnsQuery, {{"QueryName", "example.com"}}, kNotBusy},
                    ShippedCase{"NameOfAnAddress",
                                &kDnsQuery,
                                {{"QueryName", "1.2.0.192.in-addr.arpa"}},
                                kOnlyEverything}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Files, ShippedConfig,
    testing::Values(
        ShippedCase{"Cron",
                    &kFileCreate,
                    {{"TargetFilename", "/etc/cron.d/x"}},
                    kAll,
                    "TechniqueID=T1053.003,TechniqueName=Cron"},
        ShippedCase{"KeyOfAUser",
                    &kFileCreate,
                    {{"TargetFilename", "/home/alice/.ssh/authorized_keys"}},
                    kAll,
                    "TechniqueID=T1098.004,TechniqueName=SSH Authorized Keys"},
        ShippedCase{"Passwd",
                    &kFileCreate,
                    {{"TargetFilename", "/etc/passwd"}},
                    kAll,
                    "TechniqueID=T1136.001,TechniqueName=Local Account"},
        ShippedCase{"WebShell",
                    &kFileCreate,
                    {{"TargetFilename", "/var/www/html/x.php"}},
                    kAll,
                    "TechniqueID=T1505.003,TechniqueName=Web Shell"},
        ShippedCase{
            "Picture", &kFileCreate, {{"TargetFilename", "/var/www/html/x.png"}}, kOnlyEverything},
        ShippedCase{"SharedMemory",
                    &kFileCreate,
                    {{"TargetFilename", "/dev/shm/x"}},
                    kNotBusy,
                    "TechniqueID=T1564,TechniqueName=Hide Artifacts"},
        ShippedCase{
            "Compiler", &kFileCreate, {{"TargetFilename", "/tmp/ccX2k4.s"}}, kOnlyEverything},
        ShippedCase{"History",
                    &kFileDelete,
                    {{"TargetFilename", "/root/.bash_history"}},
                    kAll,
                    "TechniqueID=T1070.003,TechniqueName=Clear Command History"},
        ShippedCase{"Program",
                    &kFileDelete,
                    {{"TargetFilename", "/var/tmp/x"}, {"IsExecutable", "true"}},
                    kNotBusy,
                    "TechniqueID=T1070.004,TechniqueName=File Deletion"},
        ShippedCase{"Scratch",
                    &kFileDelete,
                    {{"TargetFilename", "/var/tmp/x"}, {"IsExecutable", "false"}},
                    kOnlyEverything},
        ShippedCase{"DeletionAgain",
                    &kFileDeleteDetected,
                    {{"TargetFilename", "/root/.bash_history"}},
                    kOnlyEverything},
        ShippedCase{"Timestomp",
                    &kFileCreateTime,
                    {{"TargetFilename", "/etc/x"}, {"Image", "/usr/bin/touch"}, {"User", "root"}},
                    kNotBusy,
                    "TechniqueID=T1070.006,TechniqueName=Timestomp"},
        ShippedCase{"PackageTimes",
                    &kFileCreateTime,
                    {{"TargetFilename", "/etc/x"}, {"Image", "/usr/bin/dpkg"}, {"User", "root"}},
                    kOnlyEverything},
        ShippedCase{"NoPackageManager",
                    &kFileCreateTime,
                    {{"TargetFilename", "/etc/x"}, {"Image", "/usr/bin/dpkg"}, {"User", "eve"}},
                    kNotBusy,
                    "TechniqueID=T1070.006,TechniqueName=Timestomp"},
        ShippedCase{"Attribute",
                    &kFileCreateStreamHash,
                    {{"TargetFilename", "/home/alice/x.zip"}},
                    kNotBusy},
        ShippedCase{"Dropped",
                    &kFileExecutableDetected,
                    {{"TargetFilename", "/tmp/x"}, {"Image", "/usr/bin/curl"}, {"User", "eve"}},
                    kAll},
        ShippedCase{"Object",
                    &kFileExecutableDetected,
                    {{"TargetFilename", "/home/alice/x.o"}},
                    kOnlyEverything},
        ShippedCase{"Installed",
                    &kFileExecutableDetected,
                    {{"TargetFilename", "/usr/bin/x.dpkg-new"},
                     {"Image", "/usr/bin/dpkg"},
                     {"User", "root"}},
                    kOnlyEverything}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    System, ShippedConfig,
    testing::Values(
        ShippedCase{"Module", &kDriverLoad, {{"ImageLoaded", "/usr/lib/modules/6.1/x.ko"}}, kAll},
        ShippedCase{"Library",
                    &kImageLoad,
                    {{"ImageLoaded", "/usr/lib/x86_64-linux-gnu/libc.so.6"}},
                    kOnlyEverything},
        ShippedCase{"LibraryOfAnyone",
                    &kImageLoad,
                    {{"ImageLoaded", "/tmp/x.so"}},
                    kNotBusy,
                    "TechniqueID=T1574.006,TechniqueName=Dynamic Linker Hijacking"},
        ShippedCase{"Disk",
                    &kRawAccessRead,
                    {{"Device", "/dev/sda"}, {"Image", "/usr/bin/dd"}, {"User", "root"}},
                    kAll},
        ShippedCase{"Udev",
                    &kRawAccessRead,
                    {{"Device", "/dev/sda"}, {"Image", "/usr/bin/udevadm"}, {"User", "root"}},
                    kOnlyEverything},
        ShippedCase{"DockerSocket",
                    &kPipeConnected,
                    {{"PipeName", "/run/docker.sock"}},
                    kNotBusy,
                    "TechniqueID=T1610,TechniqueName=Deploy Container"},
        ShippedCase{"Fifo", &kPipeCreated, {{"PipeName", "/tmp/f"}}, kNotBusy},
        ShippedCase{"Journal",
                    &kPipeConnected,
                    {{"PipeName", "/run/systemd/journal/socket"}},
                    kOnlyEverything},
        ShippedCase{
            "Window", &kPipeConnected, {{"PipeName", "/tmp/.X11-unix/X0"}}, kOnlyEverything},
        ShippedCase{"Kprobe", &kEbpfEvent, {{"BpfProgramType", "KPROBE"}}, kAll},
        ShippedCase{"Cgroup", &kEbpfEvent, {{"BpfProgramType", "CGROUP_SKB"}}, kOnlyEverything}),
    [](const auto& test) { return test.param.name; });

TEST(ShippedConfigs, WriteNoAnnouncementsIfTheirLinesAreInForce) {
  for (const std::string& name : kNames) {
    const RuleSet rules = RulesOf(WithoutAnnouncements(ReadShipped(name)));
    EXPECT_FALSE(Includes(rules, kProcessCreate, {{"Description", "fork"}})) << name;
    EXPECT_FALSE(Includes(rules, kProcessCreate, {{"Description", "running"}})) << name;
    EXPECT_TRUE(Includes(rules, kProcessCreate, {{"Description", "-"}})) << name;
  }
}

// Everything that can happen on Linux, and each configuration says something about all of it.
TEST(ShippedConfigs, DecideAboutEveryEvent) {
  for (const std::string& name : kNames) {
    const RuleSet rules = RulesOf(ReadShipped(name));
    for (const int id : {1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 15, 17, 18, 22, 23, 25, 26, 29, 100}) {
      const EventType& event = *FindEvent(static_cast<uint32_t>(id));
      bool named = false;
      for (const RuleBlock& block : rules.config().blocks) named |= block.event == event.rule;
      EXPECT_TRUE(named) << name << " " << event.name;
      EXPECT_TRUE(name != "everything" || Includes(rules, event, {})) << event.name;
    }
  }
}

// What busy-server.xml calls free: no hook in the kernel.
TEST(ShippedConfigs, ABusyServerDoesNotLookForWhatItDoesNotWrite) {
  const RuleSet rules = RulesOf(ReadShipped("busy-server"));
  for (const EventType* event :
       {&kFileCreateTime, &kProcessTerminate, &kImageLoad, &kFileCreateStreamHash, &kPipeCreated,
        &kPipeConnected, &kDnsQuery, &kFileDeleteDetected})
    EXPECT_FALSE(rules.CanInclude(*event)) << event->name;
}

}  // namespace
}  // namespace pidigree
