#pragma once

#include <cstdint>
#include <string_view>

namespace pidigree {

// A type of audit record: what the kernel numbers and auditd names.
// Source: linux/audit.h; libaudit.h and lib/msg_typetab.h of audit-userspace for what user space
// sends.
struct RecordType {
  uint16_t number;
  std::string_view name;
};

namespace record_type {
constexpr uint16_t kLogin = 1006;
constexpr uint16_t kFirstUser = 1100;  // sent by privileged programs, through the kernel
constexpr uint16_t kSystemBoot = 1127;
constexpr uint16_t kLastUser = 1199;
constexpr uint16_t kFirstDaemon = 1200;  // made by auditd, which numbers them itself
constexpr uint16_t kDaemonStart = 1200;
constexpr uint16_t kLastDaemon = 1299;
constexpr uint16_t kSyscall = 1300;
constexpr uint16_t kPath = 1302;
constexpr uint16_t kCwd = 1307;
constexpr uint16_t kExecve = 1309;
constexpr uint16_t kObjPid = 1318;
constexpr uint16_t kTty = 1319;
constexpr uint16_t kEoe = 1320;
constexpr uint16_t kSeccomp = 1326;
constexpr uint16_t kProctitle = 1327;
constexpr uint16_t kFeatureChange = 1328;
constexpr uint16_t kAnomAbend = 1701;
constexpr uint16_t kAnomLink = 1702;
constexpr uint16_t kAnomCreat = 1703;
constexpr uint16_t kFirstIntegrity = 1800;
constexpr uint16_t kLastIntegrity = 1899;
constexpr uint16_t kKernel = 2000;
constexpr uint16_t kFirstUser2 = 2100;  // more of kFirstUser's kind
constexpr uint16_t kLastUser2 = 2999;
}  // namespace record_type

// Null when there is no such type.
const RecordType* FindRecordType(uint32_t number);
const RecordType* FindRecordType(std::string_view name);

}  // namespace pidigree
