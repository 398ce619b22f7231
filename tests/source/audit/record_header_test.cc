#include "src/source/audit/record_header.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace pidigree {
namespace {

struct Case {
  const char* name;
  std::string line;
  std::string node;
  uint16_t type;
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

class RecordHeaderForm : public testing::TestWithParam<Case> {};

TEST_P(RecordHeaderForm, IsRead) {
  const auto header = ParseRecordHeader(GetParam().line);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->node, GetParam().node);
  EXPECT_EQ(header->type, GetParam().type);
  EXPECT_EQ(header->time_ms, 1700000000123);
  EXPECT_EQ(header->serial, 456u);
  EXPECT_EQ(header->fields, "pid=1");
}

INSTANTIATE_TEST_SUITE_P(
    Lines, RecordHeaderForm,
    testing::Values(
        Case{"Raw", "type=SYSCALL msg=audit(1700000000.123:456): pid=1", "", 1300},
        Case{"Node", "node=web1.example type=SYSCALL msg=audit(1700000000.123:456): pid=1",
             "web1.example", 1300},
        Case{"TwoBlanks", "type=EXECVE msg=audit(1700000000.123:456):  pid=1", "", 1309},
        Case{"UnknownToAuditd", "type=UNKNOWN[1420] msg=audit(1700000000.123:456): pid=1", "",
             1420},
        Case{"UnknownName", "type=NEWS msg=audit(1700000000.123:456): pid=1", "", 0},
        Case{"BareKernel", "audit: type=1300 audit(1700000000.123:456): pid=1", "", 1300},
        Case{"KernelLog",
             "Nov 23 16:59:04 vm kernel: [   12.345678] audit: type=1300 "
             "audit(1700000000.123:456): pid=1",
             "", 1300},
        Case{"SyslogOfAuditd",
             "2026-11-23T16:59:04+00:00 vm audispd: node=vm type=SYSCALL "
             "msg=audit(1700000000.123:456): pid=1",
             "vm", 1300},
        Case{"PrefixWithType", "x type=1 type=1300 audit(1700000000.123:456): pid=1", "", 1300}),
    [](const auto& row) { return std::string(row.param.name); });

class NotARecord : public testing::TestWithParam<std::string> {};

TEST_P(NotARecord, IsRefused) { EXPECT_FALSE(ParseRecordHeader(GetParam()).has_value()); }

INSTANTIATE_TEST_SUITE_P(
    Lines, NotARecord,
    testing::Values("", "hello", "type=", "type=SYSCALL", "type=SYSCALL msg=",
                    "audit(1700000000.123:456): pid=1", "type=SYSCALL msg=audit(1700000000.123:456",
                    "type=SYSCALL msg=audit(1700000000:456): pid=1",
                    "type=SYSCALL msg=audit(1700000000.1234:456): pid=1",
                    "type=SYSCALL msg=audit(1700000000.123:4294967296): pid=1",
                    "type=SYSCALL msg=audit(-1.123:456): pid=1",
                    "type=SYSCALL msg=audit(99999999999999999999.123:4): pid=1",
                    "type=sys call msg=audit(1700000000.123:456): pid=1",
                    "type=UNKNOWN[12 msg=audit(1700000000.123:456): pid=1",
                    "node=" + std::string(256, 'n') +
                        " type=SYSCALL msg=audit(1700000000.123:456): pid=1",
                    std::string("type=SYSCALL\0msg=audit(1700000000.123:456): pid=1", 50)));

}  // namespace
}  // namespace pidigree
