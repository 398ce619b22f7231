#include "src/source/audit/unreadable_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/source/audit/audit_log.h"

namespace pidigree::audit_test {
namespace {

using testing::HasSubstr;

TEST(UnreadableForm, IsNamedWithWhatCanBeRead) {
  for (const char* head : {
           "----\ntype=CWD msg=audit(11/14/23 22:13:20.000:100) :  cwd=/home/anna \n",
           "type=CWD msg=audit(14.11.2023 22:13:20.000:100) :  cwd=/home/anna \n",
           "node=web1 type=CWD msg=audit(11/14/23 22:13:20.000:100) : cwd=/ \n",
           "NODE,EVENT,DATE,TIME,SERIAL_NUM\n",
       })
    EXPECT_THAT(std::string(UnreadableForm(head)), HasSubstr("ausearch --raw prints what")) << head;
  for (const char* head : {
           "-- Journal begins at Mon --\nNov 14 22:13:20 web7 audit[700]: SYSCALL arch=c000003e\n",
           "Nov 14 22:13:20 web7 audit: CONFIG_CHANGE op=set\n",
           "2023-11-14T22:13:20+0000 web7 audit[1]: SERVICE_START pid=1 uid=0\n",
           "{\n  \"__CURSOR\" : \"s=1\",\n",
       })
    EXPECT_THAT(std::string(UnreadableForm(head)), HasSubstr("journalctl -o json prints what"))
        << head;
}

TEST(UnreadableForm, IsNoLogWithRecords) {
  for (const std::string& head : {
           std::string("hello\n"),
           std::string(),
           std::string("{\"a\":1}\n"),
           Exit(7, 1) + "type=CWD msg=audit(11/14/23 22:13:20.000:100) : cwd=/\n",
           "Nov 14 22:13:20 web7 audit: " + Exit(7, 1),
           "Nov 14 22:13:20 web7 sshd: x audit: hello\n" + Exit(7, 1),
           // What a program says.
           Record("USER_CMD", 7, "pid=1 msg='msg=audit(11/14/23 22:13:20.000:100) : '"),
           std::string("Nov 14 22:13:20 web7 su: 'msg=audit(1/1/1 '\n"),
       })
    EXPECT_EQ(UnreadableForm(head), "") << head;
}

}  // namespace
}  // namespace pidigree::audit_test
