#include "src/source/audit/record_type.h"

#include <gtest/gtest.h>
#include <linux/audit.h>

#include <ostream>

namespace pidigree {
namespace {

struct Case {
  const char* name;
  uint32_t number;
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

class KernelRecordType : public testing::TestWithParam<Case> {};

TEST_P(KernelRecordType, HasTheKernelsNumber) {
  const RecordType* type = FindRecordType(GetParam().name);
  ASSERT_NE(type, nullptr);
  EXPECT_EQ(type->number, GetParam().number);
  EXPECT_EQ(FindRecordType(GetParam().number)->name, GetParam().name);
}

#define TYPE(name) \
  Case { #name, AUDIT_##name }
INSTANTIATE_TEST_SUITE_P(
    LinuxAuditH, KernelRecordType,
    testing::Values(TYPE(LOGIN), TYPE(USER_AVC), TYPE(USER_TTY), TYPE(DAEMON_START),
                    TYPE(DAEMON_END), TYPE(SYSCALL), TYPE(PATH), TYPE(IPC), TYPE(SOCKETCALL),
                    TYPE(CONFIG_CHANGE), TYPE(SOCKADDR), TYPE(CWD), TYPE(EXECVE), TYPE(FD_PAIR),
                    TYPE(OBJ_PID), TYPE(TTY), TYPE(EOE), TYPE(BPRM_FCAPS), TYPE(CAPSET), TYPE(MMAP),
                    TYPE(NETFILTER_PKT), TYPE(NETFILTER_CFG), TYPE(SECCOMP), TYPE(PROCTITLE),
                    TYPE(FEATURE_CHANGE), TYPE(KERN_MODULE), TYPE(FANOTIFY), TYPE(AVC),
                    TYPE(SELINUX_ERR), TYPE(MAC_POLICY_LOAD), TYPE(MAC_IPSEC_EVENT),
                    TYPE(ANOM_PROMISCUOUS), TYPE(ANOM_ABEND), TYPE(ANOM_LINK), TYPE(INTEGRITY_DATA),
                    TYPE(INTEGRITY_RULE), TYPE(KERNEL)),
    [](const auto& row) { return std::string(row.param.name); });
#undef TYPE

TEST(RecordType, ConstantsAreTheKernelsNumbers) {
  EXPECT_EQ(record_type::kLogin, AUDIT_LOGIN);
  EXPECT_EQ(record_type::kFirstUser, AUDIT_FIRST_USER_MSG);
  EXPECT_EQ(record_type::kLastUser, AUDIT_LAST_USER_MSG);
  EXPECT_EQ(record_type::kFirstUser2, AUDIT_FIRST_USER_MSG2);
  EXPECT_EQ(record_type::kLastUser2, AUDIT_LAST_USER_MSG2);
  EXPECT_EQ(record_type::kDaemonStart, AUDIT_DAEMON_START);
  EXPECT_EQ(record_type::kSyscall, AUDIT_SYSCALL);
  EXPECT_EQ(record_type::kPath, AUDIT_PATH);
  EXPECT_EQ(record_type::kCwd, AUDIT_CWD);
  EXPECT_EQ(record_type::kExecve, AUDIT_EXECVE);
  EXPECT_EQ(record_type::kObjPid, AUDIT_OBJ_PID);
  EXPECT_EQ(record_type::kTty, AUDIT_TTY);
  EXPECT_EQ(record_type::kEoe, AUDIT_EOE);
  EXPECT_EQ(record_type::kSeccomp, AUDIT_SECCOMP);
  EXPECT_EQ(record_type::kProctitle, AUDIT_PROCTITLE);
  EXPECT_EQ(record_type::kAnomAbend, AUDIT_ANOM_ABEND);
  EXPECT_EQ(record_type::kKernel, AUDIT_KERNEL);
}

TEST(RecordType, UnknownNamesAndNumbersAreNotFound) {
  EXPECT_EQ(FindRecordType("SYSCAL"), nullptr);
  EXPECT_EQ(FindRecordType("SYSCALLS"), nullptr);
  EXPECT_EQ(FindRecordType(""), nullptr);
  EXPECT_EQ(FindRecordType(0u), nullptr);
  EXPECT_EQ(FindRecordType(4294967295u), nullptr);
}

}  // namespace
}  // namespace pidigree
