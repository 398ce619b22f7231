#include "src/source/audit/record_header.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

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
             "vm", 1300},
        Case{"SyslogOfAuditd",
             "2026-11-23T16:59:04+00:00 vm audispd: node=vm type=SYSCALL "
             "msg=audit(1700000000.123:456): pid=1",
             "vm", 1300},
        Case{"TabBehindNode", "node=web1\ttype=SYSCALL msg=audit(1700000000.123:456): pid=1",
             "web1", 1300},
        Case{"NodeBehindATag", "tag:node=fe80::1 type=SYSCALL msg=audit(1700000000.123:456): pid=1",
             "fe80::1", 1300},
        Case{"GluedTag",
             "Nov 23 16:59:04 vm audit_logtype=SYSCALL msg=audit(1700000000.123:456): pid=1", "vm",
             1300},
        Case{"GluedTagWithColon", "tag:type=SYSCALL msg=audit(1700000000.123:456): pid=1", "",
             1300},
        Case{"DeviceMapper", "type=DM_CTRL msg=audit(1700000000.123:456): pid=1", "", 1338},
        Case{"DeviceMapperEvent", "type=DM_EVENT msg=audit(1700000000.123:456): pid=1", "", 1339},
        Case{"OldSyslog",
             "<13>Nov  3 16:59:04 vm audispd: type=SYSCALL msg=audit(1700000000.123:456): pid=1",
             "vm", 1300},
        Case{"OldSyslogWithoutHost",
             "Nov  3 16:59:04 audispd: type=SYSCALL msg=audit(1700000000.123:456): pid=1", "",
             1300},
        Case{"NewSyslog",
             "<13>1 2026-11-23T16:59:04.123456Z vm.example audispd 7 - - "
             "type=SYSCALL msg=audit(1700000000.123:456): pid=1",
             "vm.example", 1300},
        Case{
            "NewSyslogWithData",
            "<13>1 2026-11-23T16:59:04Z vm audispd - - "
            R"([a@1 x="type=1 \"\\] y"][b z="'"] type=SYSCALL msg=audit(1700000000.123:456): pid=1)",
            "vm", 1300},
        Case{"NewSyslogWithoutHost",
             "<13>1 - - audispd - - - type=SYSCALL msg=audit(1700000000.123:456): pid=1", "", 1300},
        Case{"Ossec",
             "2023 Nov 14 22:13:20 (web7) 203.0.113.7->/var/log/audit/audit.log type=SYSCALL "
             "msg=audit(1700000000.123:456): pid=1",
             "web7", 1300},
        Case{"OssecManager",
             "2023 Nov  4 22:13:20 web7->/var/log/audit/audit.log type=SYSCALL "
             "msg=audit(1700000000.123:456): pid=1",
             "web7", 1300},
        Case{"NodeBeatsTheHeader",
             "Nov  3 16:59:04 relay audispd: node=web1 type=SYSCALL "
             "msg=audit(1700000000.123:456): pid=1",
             "web1", 1300},
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
                    "x 'type=SYSCALL msg=audit(1700000000.123:456): pid=1",
                    "x \"type=SYSCALL msg=audit(1700000000.123:456): pid=1",
                    "Nov 23 16:59:04 vm audit[7]: USER_CMD pid=7 uid=0 auid=0 ses=1 "
                    "msg='cmd= type=SYSCALL msg=audit(1700000000.123:456): pid=1'",
                    "node=" + std::string(256, 'n') +
                        " type=SYSCALL msg=audit(1700000000.123:456): pid=1",
                    std::string("type=SYSCALL\0msg=audit(1700000000.123:456): pid=1", 50)));

using Types = std::vector<uint16_t>;

Types TypesOf(std::string_view line) {
  Types types;
  auto header = ParseRecordHeader(line);
  if (!header) return types;
  do types.push_back(header->type);
  while (NextRecordOfLine(*header));
  return types;
}

TEST(RecordsOfALine, BeginBehindEachOther) {
  const std::string stamp = " msg=audit(1700000000.123:456): ";
  const std::string line = "web1 type=EXECVE" + stamp + "argc=2 a0=\"ls\" a1=\" type=CWD\"" +
                           " type=CWD" + stamp + " cwd=\"/\" type=EOE" + stamp;
  auto header = ParseRecordHeader(line);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->fields, "argc=2 a0=\"ls\" a1=\" type=CWD\"");
  ASSERT_TRUE(NextRecordOfLine(*header));
  EXPECT_EQ(header->type, 1307);
  EXPECT_EQ(header->fields, "cwd=\"/\"");
  ASSERT_TRUE(NextRecordOfLine(*header));
  EXPECT_EQ(header->type, 1320);
  EXPECT_FALSE(NextRecordOfLine(*header));
}

TEST(RecordsOfALine, AreNotWhatAProgramSays) {
  const std::string forged = " type=SYSCALL msg=audit(1700000000.123:456): pid=9";
  const std::string user = "web1 type=USER_CMD msg=audit(1700000000.123:456): pid=7 ";
  EXPECT_EQ(TypesOf(user + "msg='cmd=x" + forged + "'"), Types{1123});
  EXPECT_EQ(TypesOf(user + "msg='cmd=x'" + forged + "'"), Types{1123});
  EXPECT_EQ(TypesOf(user + "msg='cmd=\"x'" + forged + "'"), Types{1123});
  EXPECT_EQ(TypesOf(user + "exe=\"/x" + forged + "\""), Types{1123});
  EXPECT_EQ(TypesOf(user + "exe=\"/x" + forged), Types{1123});
}

TEST(RecordsOfALine, AreOfOneEvent) {
  EXPECT_EQ(TypesOf("web1 type=CWD msg=audit(1700000000.123:456): cwd=x type=EOE "
                    "msg=audit(1700000000.123:457): "),
            Types{1307});
}

TEST(RecordsOfALine, NeedACollector) {
  EXPECT_EQ(TypesOf("node=a type=CWD msg=audit(1700000000.123:456): cwd=x type=EOE "
                    "msg=audit(1700000000.123:456): "),
            Types{1307});
}

}  // namespace
}  // namespace pidigree
