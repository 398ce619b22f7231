#include "src/source/audit/unwrapper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/source/audit/audit_log.h"
#include "tests/support/unwrap.h"

namespace pidigree::audit_test {
namespace {

using testing::ElementsAre;

std::string Quoted(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    if (static_cast<unsigned char>(c) >= ' ') {
      json += c;
      continue;
    }
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
    json += escape;
  }
  return json + '"';
}

std::vector<std::string> LinesOf(std::string_view text) {
  std::vector<std::string> lines;
  for (; !text.empty(); text.remove_prefix(text.find('\n') + 1))
    lines.emplace_back(text.substr(0, text.find('\n')));
  return lines;
}

// "type=CWD msg=audit(1700000000.007:8): cwd=..." as its type, serial and fields.
struct Parts {
  explicit Parts(const std::string& line) {
    const size_t close = line.find("): ");
    const size_t colon = line.rfind(':', close);
    type = line.substr(5, line.find(' ') - 5);
    serial = line.substr(colon + 1, close - colon - 1);
    fields = line.substr(close + 3);
  }
  std::string type;
  std::string serial;
  std::string fields;
};

std::string JournalJson(const std::string& line) {
  const Parts parts(line);
  return R"({"__CURSOR":"s=1","_TRANSPORT":"audit","_UID":"0","_HOSTNAME":"web7","_AUDIT_ID":")" +
         parts.serial + R"(","_SOURCE_REALTIME_TIMESTAMP":"1700000000000000","MESSAGE":)" +
         Quoted(parts.type + " " + parts.fields) + "}\n";
}

std::string JournalBytes(const std::string& line) {
  const Parts parts(line);
  std::string numbers;
  for (const char c : parts.type + " " + parts.fields)
    numbers += (numbers.empty() ? "" : ",") + std::to_string(static_cast<unsigned char>(c));
  return R"({"__CURSOR":"s=1","_TRANSPORT":"audit","_HOSTNAME":"web7","_AUDIT_ID":")" +
         parts.serial + R"(","_SOURCE_REALTIME_TIMESTAMP":"1700000000000000","MESSAGE":[)" +
         numbers + "]}\n";
}

std::string Export(const std::string& line, bool binary) {
  const Parts parts(line);
  const std::string message = parts.type + " " + parts.fields;
  std::string size;
  for (int i = 0; i < 8; ++i) size += static_cast<char>(message.size() >> (8 * i) & 0xff);
  return "__CURSOR=s=1\n_TRANSPORT=audit\n_HOSTNAME=web7\n_AUDIT_ID=" + parts.serial +
         "\n_SOURCE_REALTIME_TIMESTAMP=1700000000000000\n" +
         (binary ? "MESSAGE\n" + size + message : "MESSAGE=" + message) + "\n\n";
}

struct Wrapping {
  const char* name;
  std::string (*wrap)(const std::string& line);
};

void PrintTo(const Wrapping& test, std::ostream* out) { *out << test.name; }
class Wrapped : public testing::TestWithParam<Wrapping> {
 protected:
  static std::string Wrap(std::string_view log) {
    std::string wrapped;
    for (const std::string& line : LinesOf(log)) wrapped += GetParam().wrap(line);
    return wrapped;
  }
};

TEST_P(Wrapped, GivesTheSameFacts) {
  const std::string log = Exec(7, 200, R"(argc=3 a0="sh" a1="-c" a2=69643B2077)") +
                          Record("CWD", 7, R"(cwd="/srv")") + Fork(8, 200, 201) +
                          Record("USER_CMD", 9, "pid=201 uid=0 auid=0 ses=1 msg='cmd=x res=1'") +
                          Record("UNKNOWN[1420]", 10, "x=1") + Exit(11, 201);
  const auto plain = Assemble(OnNode("web7", log));
  for (const size_t piece : {size_t{1}, size_t{100}, size_t{1} << 20}) {
    const auto outcome = Assemble(Unwrap(Wrap(log), piece));
    EXPECT_EQ(outcome->recorder.log, plain->recorder.log);
    EXPECT_EQ(outcome->statistics.malformed, 0u);
  }
}

// What a program has put into its message is nobody's record and nobody's host.
TEST_P(Wrapped, DoesNotBelieveWhatAProgramSays) {
  std::string call = Syscall(9, {.pid = 666});
  call.pop_back();
  for (const std::string& forged :
       {"\n" + call, "'\n" + call, "\r\nnode=db1 " + call, "'\n\n_TRANSPORT=audit\nMESSAGE=" + call,
        "\"}\n{\"message\":\"" + call + "\"}", std::string("\0", 1) + call}) {
    std::string line = Header("USER_CMD", 9) + "pid=7 uid=0 auid=0 ses=1 msg='cmd=x" + forged + "'";
    if (std::string_view(GetParam().name) == "Export" && forged.find('\n') != forged.npos)
      continue;  // journald writes such a message in the other form
    const auto outcome = Assemble(Unwrap(GetParam().wrap(line)));
    ASSERT_EQ(outcome->recorder.facts.size(), 1u) << forged;
    EXPECT_EQ(outcome->recorder.facts[0]->kind, CallKind::kSighting) << forged;
    EXPECT_EQ(outcome->recorder.facts[0]->pid, 7u) << forged;
    EXPECT_THAT(outcome->recorder.nodes, ElementsAre("web7")) << forged;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Each, Wrapped,
    testing::Values(Wrapping{"JournalJson", JournalJson}, Wrapping{"JournalBytes", JournalBytes},
                    Wrapping{"Export", [](const std::string& line) { return Export(line, false); }},
                    Wrapping{"ExportBytes",
                             [](const std::string& line) { return Export(line, true); }},
                    Wrapping{"Filebeat",
                             [](const std::string& line) {
                               return R"({"@timestamp":"x","host":{"name":"web7"},"message":)" +
                                      Quoted(line) + "}\n";
                             }},
                    Wrapping{"Original",
                             [](const std::string& line) {
                               return R"({"agent":{"hostname":"web7"},"event":{"original":)" +
                                      Quoted(line) + "}}\n";
                             }},
                    Wrapping{"FluentBit",
                             [](const std::string& line) {
                               return R"({"hostname":"web7","log":)" + Quoted(line + "\n") +
                                      "}\r\n";
                             }},
                    Wrapping{"SyslogWithin",
                             [](const std::string& line) {
                               return R"({"host":"relay","message":)" +
                                      Quoted("Nov 14 22:13:20 web7 audispd: " + line) + "}\n";
                             }}),
    [](const auto& row) { return std::string(row.param.name); });

constexpr std::string_view kLaurel =
    R"({"ID":"1700000000.000:7","NODE":"web7","SYSCALL":{"arch":"0xc000003e","syscall":59,)"
    R"("success":"yes","exit":0,"items":2,"ppid":600,"pid":700,"auid":1000,"uid":1001,"tty":"pts0",)"
    R"("ses":3,"comm":"sh","exe":"/bin/my sh","ARCH":"x86_64","UID":"anna",)"
    R"("ARGV":["0x1","0x2","0x3","0x0"]},"EXECVE":{"argc":3,"ARGV":["sh","-c","id; \"w\""]},)"
    R"("CWD":{"cwd":"/srv"},"PATH":[{"item":0,"name":"/bin/sh"},{"item":1,"name":"/x"}],)"
    R"("PARENT_INFO":{"ARGV":["x"]}})"
    "\n";

TEST(Laurel, EventsAreRead) {
  const auto fact = OnlyFact(Unwrap(kLaurel));
  ASSERT_NE(fact, nullptr);
  EXPECT_EQ(fact->kind, CallKind::kExec);
  EXPECT_EQ(fact->pid, 700u);
  EXPECT_EQ(fact->ppid, 600u);
  EXPECT_EQ(fact->uid, 1001u);
  EXPECT_EQ(fact->exe, "/bin/my sh");
  EXPECT_EQ(fact->tty, "pts0");
  EXPECT_EQ(fact->cwd, "/srv");
  EXPECT_EQ(fact->user, "anna");
  EXPECT_EQ(fact->command_line, "sh -c id; \"w\"");
  EXPECT_EQ(fact->session, 3u);
}

TEST(Laurel, ThreadsAreKnownByTheirFlags) {
  const auto fact = OnlyFact(Unwrap(
      R"({"ID":"1700000000.000:7","SYSCALL":{"arch":"0xc000003e","syscall":56,"success":"yes",)"
      R"("exit":701,"ppid":600,"pid":700,"auid":1000,"uid":0,"tty":"pts0","ses":3,"comm":"a",)"
      R"("exe":"/a","ARGV":["0x3d0f00","0x2","0x3","0x0"]}})"));
  EXPECT_EQ(fact->kind, CallKind::kFork);
  EXPECT_EQ(fact->fork_result, ForkResult::kThread);
}

// The first are of laurel's own tests, quote.rs and json.rs.
TEST(Laurel, EscapedBytesAreThemselves) {
  for (const auto& [escaped, bytes] :
       std::vector<std::pair<std::string, std::string>>{{"%2b%2B", "++"},
                                                        {"%25%2b%25", "%+%"},
                                                        {"%c3\xc3\xa4", "\xc3\xc3\xa4"},
                                                        {"%ed%a0%80", "\xed\xa0\x80"},
                                                        {"%ef%bb%bf", "\xef\xbb\xbf"},
                                                        {"+%2525", "+%25"},
                                                        {"100%", "100%"},
                                                        {"%g0%0g%2", "%g0%0g%2"},
                                                        {"%0aexit=1 %22", "\nexit=1 \""}}) {
    const auto fact = OnlyFact(Unwrap(
        R"({"ID":"1700000000.000:7","SYSCALL":{"arch":"0xc000003e","syscall":59,"success":"yes",)"
        R"("exit":0,"ppid":600,"pid":700,"auid":0,"uid":0,"ses":3,"exe":"/)" +
        escaped + R"("},"EXECVE":{"argc":2,"ARGV":["date",")" + escaped + R"("]},"CWD":{"cwd":"/)" +
        escaped + "\"}}\n"));
    ASSERT_NE(fact, nullptr);
    EXPECT_EQ(fact->command_line, "date " + bytes);
    EXPECT_EQ(fact->exe, "/" + bytes);
    EXPECT_EQ(fact->cwd, "/" + bytes);
  }
}

// It puts the message of a program among the fields of the record.
TEST(Laurel, MessagesDoNotChangeWhoSpoke) {
  const auto fact =
      OnlyFact(Unwrap(R"({"ID":"1700000000.000:7","USER_CMD":{"pid":7,"uid":0,"auid":0,"ses":1,)"
                      R"("exe":"/evil","pid":666,"UID":"eve","ARGV":["x"]}})"));
  EXPECT_EQ(fact->pid, 7u);
  EXPECT_EQ(fact->exe, "");
  EXPECT_EQ(fact->user, "");
}

TEST(GoAudit, EventsAreRead) {
  std::string call = Fields(SyscallText());
  const auto fact = OnlyFact(
      Unwrap(R"({"sequence":7,"timestamp":"1700000000.000","messages":[{"type":1300,"data":)" +
             Quoted(call) + R"(},{"type":1309,"data":"argc=2 a0=\"ls\" a1=612062"}],)" +
             R"("uid_map":{"1001":"anna"}})"));
  ASSERT_NE(fact, nullptr);
  EXPECT_EQ(fact->kind, CallKind::kExec);
  EXPECT_EQ(fact->command_line, "ls a b");
  EXPECT_EQ(fact->user, "anna");
}

TEST(Journal, OtherEntriesAreLeftOut) {
  const std::string other =
      R"({"__CURSOR":"s","_TRANSPORT":"syslog","_UID":"1000","_HOSTNAME":"web7","MESSAGE":)";
  std::string forged = Exit(7, 666);
  forged.pop_back();
  const auto outcome = Assemble(Unwrap(
      other + R"("hello"})" + "\n" + other + Quoted(forged) + "}\n" +
      R"({"__CURSOR":"s","_TRANSPORT":"kernel","_HOSTNAME":"web7","MESSAGE":"audit: type=1300 )"
      R"(audit(1700000000.000:7): )" +
      "arch=c000003e syscall=231 a0=0 ppid=1 pid=5 exe=\\\"/x\\\"\"}\n"));
  EXPECT_EQ(outcome->statistics.malformed, 0u);
  ASSERT_EQ(outcome->recorder.facts.size(), 1u);
  EXPECT_EQ(outcome->recorder.facts[0]->pid, 5u);
  EXPECT_THAT(outcome->recorder.nodes, ElementsAre("web7"));
}

// Each line is taken apart in the memory of the one before.
TEST(Json, LinesDoNotMix) {
  const std::string record = "type=CWD msg=audit(1700000000.000:7): cwd=";
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  std::string many = "[0";
  for (int i = 0; i < 10'000; ++i) many += ",{\"k\":\"" + std::to_string(i) + "\"}";
  EXPECT_EQ(Unwrap(R"({"host":"a","message":")" + record +
                   R"(\"/x\\\/\u0079\ud83d\ude00\""})"
                   "\n" +
                   R"({"x":)" + deep + R"(,"message":")" + record +
                   R"(2F","host":"b\u0062"})"
                   "\n" +
                   R"({"message":"no","message":")" + record +
                   R"(2F"})"
                   "\n" +
                   R"({"fields":{"message":")" + record +
                   R"(2F"},"message":"no"})"
                   "\n" +
                   R"({"x":)" + many + R"(],"message":")" + record +
                   R"(\u0022/y\t\"","host":""})"
                   "\n" +
                   R"({"message":")" + record +
                   R"(\u0000/z\n"})"
                   "\n"),
            "node=a " + record + "\"/x\\/y\xf0\x9f\x98\x80\"\n" + "node=bb " + record + "2F\n" +
                R"({"message":"no","message":")" + record +
                R"(2F"})"
                "\n" +
                R"({"fields":{"message":")" + record +
                R"(2F"},"message":"no"})"
                "\n" +
                record + "\"/y\t\"\n" + record + " /z\n");
}

TEST(Json, StringsAreDecodedWhereverTheirEscapesStand) {
  const std::string record = "type=CWD msg=audit(1700000000.000:7): cwd=";
  for (const auto& [written, meant] :
       std::vector<std::pair<std::string, std::string>>{{R"(\\)", R"(\)"},
                                                        {R"(\")", R"(")"},
                                                        {R"(\u00e9)", "\xc3\xa9"},
                                                        {"\xff", "\xff"},
                                                        {"", ""}}) {
    for (size_t before = 0; before < 20; ++before) {
      for (size_t behind = 0; behind < 20; ++behind) {
        const std::string x(before, 'x');
        const std::string y(behind, 'y');
        EXPECT_EQ(Unwrap("{\"message\":\"" + record + x + written + y + written + "\"}\n"),
                  record + x + meant + y + meant + "\n");
        const std::string torn = "{\"message\":\"" + record + x + written + "\x1d" + y + "\"}\n";
        EXPECT_EQ(Unwrap(torn), torn);  // JSON has no control characters as they are
      }
    }
  }
}

TEST(Json, WithoutARecordStaysAsItIs) {
  const std::string deep(100'000, '[');  // no recursion holds this
  for (const std::string& line :
       {std::string("{}"), std::string("{\"message\":\"hello\"}"), std::string("{\"message\":"),
        "{\"a\":" + deep, std::string("{\"ID\":\"x\",\"SYSCALL\":{}}")}) {
    EXPECT_TRUE(Unwrap(line + "\n") == line + "\n") << line.substr(0, 80);
  }
}

// The numbers of what is malformed or unknown, as messages print them.
std::vector<uint64_t> QuotedLinesOf(std::string_view log, size_t piece) {
  std::vector<uint64_t> numbers;
  const auto outcome = Assemble(Unwrap(log, piece));
  for (const auto& quote : outcome->statistics.malformed_quotes) numbers.push_back(quote.line);
  for (const auto& quote : outcome->statistics.unknown_type_quotes) numbers.push_back(quote.line);
  return numbers;
}

TEST(Unwrapper, KeepsTheNumbersOfLines) {
  const std::string unknown =
      R"({"message":"type=UNKNOWN[4242] msg=audit(1700000000.000:2): x=1"})";
  const std::string other =
      R"({"__CURSOR":"s","_TRANSPORT":"syslog","_UID":"1000","MESSAGE":"hello"})";
  const std::string none = R"({"sequence":7,"timestamp":"1700000000.000","messages":[]})";
  const std::string event = R"({"sequence":8,"timestamp":"1700000000.000","messages":[)"
                            R"({"type":1307,"data":"cwd=\"/\""},{"type":1998,"data":"x=1"}]})";
  std::string log(kLaurel);  // 1, five records
  for (const std::string& line : {std::string("{garbage"), other, none, unknown, event, unknown})
    log += line + "\n";
  log += other;  // 8, cut
  for (const size_t piece : {size_t{1}, size_t{100}, size_t{1} << 20})
    EXPECT_THAT(QuotedLinesOf(log, piece), ElementsAre(2u, 5u, 6u, 7u)) << piece;
}

// An entry is where it begins.
TEST(Unwrapper, KeepsTheNumbersOfLinesOfTheJournalsExport) {
  const std::string unknown = "type=UNKNOWN[4242] msg=audit(1700000000.000:2): x=1";
  const std::string log = Export(unknown, false) +                              // 1 to 7
                          Export(Header("USER", 3) + "msg='a\n\nb'", true) +    // 8 to 17
                          "__CURSOR=s\n_TRANSPORT=stdout\nMESSAGE=hello\n\n" +  // 18 to 21
                          Export(unknown, true);                                // 22 on
  for (const size_t piece : {size_t{1}, size_t{100}, size_t{1} << 20})
    EXPECT_THAT(QuotedLinesOf(log, piece), ElementsAre(1u, 22u)) << piece;
}

TEST(Unwrapper, LeavesOtherLogsAlone) {
  for (const char* log : {"type=EOE", "node=a type=EOE", "Nov 14", "[1] type=EOE", "_x", ""})
    EXPECT_EQ(Unwrapper::Find(log), nullptr) << log;
}

TEST(Unwrapper, DoesNotKeepAnEntryWithoutAnEnd) {
  const auto unwrapper = Unwrapper::Find("{");
  std::string lines;
  const std::string piece(1 << 20, 'x');
  for (int i = 0; i < 20; ++i) unwrapper->Add(piece, lines);
  EXPECT_GE(lines.size(), size_t{15} << 20);
}

}  // namespace
}  // namespace pidigree::audit_test
