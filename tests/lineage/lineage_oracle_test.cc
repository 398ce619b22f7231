#include "tests/support/lineage_oracle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <ostream>

#include "tests/support/perfect_translation.h"

namespace pidigree {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

struct Host {
  History history;
  LogStyle style;
  AuditLog log;
  std::vector<LoggedEvent> events;  // as they should be
};

const Host& SomeHost() {
  static const Host host = [] {
    Host made;
    HistoryOptions options;
    options.processes = 1500;
    options.pid_max = 800;
    made.history = SimulateHistory(options);
    made.style.form = LogForm::kEnriched;
    made.log = WriteAuditLog(made.history, made.style);
    made.events = TranslatePerfectly(made.history, made.log, made.style);
    return made;
  }();
  return host;
}

std::string& FieldText(LoggedEvent& event, std::string_view name) {
  const auto field = std::find_if(event.fields.begin(), event.fields.end(),
                                  [&](const auto& pair) { return pair.first == name; });
  EXPECT_NE(field, event.fields.end()) << name;
  return field->second;
}

// Position of an exec in the middle of the output that suits the test.
size_t FindExec(const std::vector<LoggedEvent>& events,
                const std::function<bool(const LoggedEvent&)>& suits) {
  for (size_t i = events.size() / 2; i < events.size(); ++i)
    if (events[i].id == 1 && events[i].Get("Description") == "-" && suits(events[i])) return i;
  ADD_FAILURE() << "no such exec";
  return 0;
}
size_t FindExec(const std::vector<LoggedEvent>& events) {
  return FindExec(events, [](const LoggedEvent&) { return true; });
}

bool IsCreate(const LoggedEvent& event, std::string_view guid) {
  return event.id == 1 && event.Get("ProcessGuid") == guid;
}

TEST(LineageOracle, AcceptsTheTruth) {
  const Host& host = SomeHost();
  const LineageVerdict verdict = CheckLineage(host.history, host.log, host.style, host.events);
  EXPECT_THAT(verdict.errors, IsEmpty());
  EXPECT_GT(verdict.execs, 500u);
  EXPECT_EQ(verdict.told_apart, verdict.execs);
  EXPECT_EQ(verdict.right_parents, verdict.execs);
}

TEST(LineageOracle, AcceptsTheTruthOfExecsAlone) {
  const Host& host = SomeHost();
  LogStyle style;
  style.rules = AuditRules::kExecOnly;
  const AuditLog log = WriteAuditLog(host.history, style);
  const LineageVerdict verdict =
      CheckLineage(host.history, log, style, TranslatePerfectly(host.history, log, style));
  EXPECT_THAT(verdict.errors, IsEmpty());
  EXPECT_EQ(verdict.told_apart, verdict.execs);
  EXPECT_EQ(verdict.right_parents, verdict.execs);
}

struct Damage {
  const char* name;
  std::function<void(std::vector<LoggedEvent>&)> apply;
  const char* told;
};

void PrintTo(const Damage& test, std::ostream* out) { *out << test.name; }

class LineageOracleFinds : public testing::TestWithParam<Damage> {};

TEST_P(LineageOracleFinds, InPerfectOutput) {
  const Host& host = SomeHost();
  std::vector<LoggedEvent> events = host.events;
  GetParam().apply(events);
  const LineageVerdict verdict = CheckLineage(host.history, host.log, host.style, events);
  ASSERT_FALSE(verdict.errors.empty());
  EXPECT_THAT(verdict.errors, testing::Contains(HasSubstr(GetParam().told)));
}

// A GUID for the same number that nobody has.
std::string OtherGuid(std::string guid) {
  guid[20] = guid[20] == 'f' ? 'e' : 'f';
  return guid;
}

const Damage kDamages[] = {
    {"ASharedGuid",
     [](auto& events) {
       const size_t later = FindExec(events);
       std::string& guid = FieldText(events[later], "ProcessGuid");
       const size_t other = FindExec(
           events, [&](const LoggedEvent& event) { return event.Get("ProcessGuid") != guid; });
       guid = events[other].Get("ProcessGuid");
     },
     "two processes share a GUID"},
    {"AProcessWithTwoGuids",
     [](auto& events) {  // an exec chain
       const size_t second = FindExec(events, [&](const LoggedEvent& event) {
         return std::any_of(events.begin(), events.end(), [&](const LoggedEvent& earlier) {
           return &earlier < &event && IsCreate(earlier, event.Get("ProcessGuid")) &&
                  earlier.Get("Description") == "-";
         });
       });
       FieldText(events[second], "ProcessGuid") =
           OtherGuid(FieldText(events[second], "ProcessGuid"));
     },
     "one process has two GUIDs"},
    {"ALostExec", [](auto& events) { events.erase(events.begin() + FindExec(events)); },
     "no event for its exec"},
    {"ARepeatedExec",
     [](auto& events) {
       const size_t i = FindExec(events);
       const LoggedEvent copy = events[i];
       events.insert(events.begin() + i, copy);
     },
     "the same exec once more"},
    {"AWrongParent",
     [](auto& events) {
       const size_t i = FindExec(events);
       const auto other = std::find_if(events.begin(), events.end(), [&](const LoggedEvent& event) {
         return event.Get("ProcessGuid") != events[i].Get("ParentProcessGuid") &&
                event.Get("ProcessGuid") != events[i].Get("ProcessGuid");
       });
       FieldText(events[i], "ParentProcessGuid") = other->Get("ProcessGuid");
     },
     "the parent is process p"},
    {"AParentOfZeros",
     [](auto& events) {
       FieldText(events[FindExec(events)], "ParentProcessGuid") =
           "{00000000-0000-0000-0000-000000000000}";
     },
     "the parent is known, and zeros are said"},
    {"AParentNeverAnnounced",
     [](auto& events) {
       const std::string guid(events[FindExec(events)].Get("ParentProcessGuid"));
       std::erase_if(events, [&](const LoggedEvent& event) { return IsCreate(event, guid); });
     },
     "the parent was not announced"},
    {"AWrongParentNumber",
     [](auto& events) { FieldText(events[FindExec(events)], "ParentProcessId") = "299"; },
     "ParentProcessId is"},
    {"AWrongParentImage",
     [](auto& events) {
       const size_t i = FindExec(
           events, [](const LoggedEvent& event) { return event.Get("ParentImage") != "-"; });
       FieldText(events[i], "ParentImage") = "/usr/bin/other";
     },
     "ParentImage is"},
    {"AWrongImage", [](auto& events) { FieldText(events[FindExec(events)], "Image") = "/x"; },
     "Image is"},
    {"AChangedCommandLine",
     [](auto& events) { FieldText(events[FindExec(events)], "CommandLine") += " "; },
     "CommandLine is"},
    {"AWrongUser", [](auto& events) { FieldText(events[FindExec(events)], "User") = "carol"; },
     "User is"},
    {"AWrongDirectory",
     [](auto& events) { FieldText(events[FindExec(events)], "CurrentDirectory") = "/nowhere"; },
     "CurrentDirectory is"},
    {"AWrongTime", [](auto& events) { FieldText(events[FindExec(events)], "UtcTime").back() ^= 1; },
     "UtcTime is"},
    {"AWrongSession",
     [](auto& events) { FieldText(events[FindExec(events)], "TerminalSessionId") = "77"; },
     "TerminalSessionId is"},
    {"AWrongLogon",
     [](auto& events) {
       FieldText(events[FindExec(events)], "LogonGuid") = "{1badb002-0000-0000-0000-00000000004d}";
     },
     "LogonGuid does not tell"},
    {"AnotherMachine",
     [](auto& events) {
       const size_t i = FindExec(events);
       std::string guid = FieldText(events[i], "ProcessGuid");
       guid[1] = 'e';
       FieldText(events[i], "ProcessGuid") = guid;
     },
     "ProcessGuid tells another machine"},
    {"AnAnnouncementOfNobody",
     [](auto& events) {
       LoggedEvent event = events[FindExec(events)];
       FieldText(event, "ProcessGuid") = "{1badb002-0000-0000-00ab-cdef0000012b}";
       FieldText(event, "ProcessId") = "299";
       FieldText(event, "Description") = "running";
       events.insert(events.begin() + 10, event);
     },
     "announces a process that never was"},
    {"AnEarlyEnd",
     [](auto& events) {
       // Of a process that called exec twice: moved behind the first, it is too early for certain.
       const auto end = std::find_if(events.begin(), events.end(), [&](const LoggedEvent& event) {
         return event.id == 5 &&
                std::count_if(events.begin(), events.end(), [&](const LoggedEvent& e) {
                  return IsCreate(e, event.Get("ProcessGuid"));
                }) > 1;
       });
       const std::string guid(end->Get("ProcessGuid"));
       const LoggedEvent copy = *end;
       events.erase(end);
       const auto create = std::find_if(events.begin(), events.end(),
                                        [&](const LoggedEvent& e) { return IsCreate(e, guid); });
       events.insert(create + 1, copy);
     },
     "said to have ended before"},
    {"ASecondEnd",
     [](auto& events) {
       const auto end = std::find_if(events.begin(), events.end(),
                                     [](const LoggedEvent& event) { return event.id == 5; });
       const LoggedEvent copy = *end;
       events.push_back(copy);
     },
     "ended once more"},
    {"ALostEnd",
     [](auto& events) {
       events.erase(std::find_if(events.begin(), events.end(),
                                 [](const LoggedEvent& event) { return event.id == 5; }));
     },
     "its exit is in the log, but no event 5"},
    {"AWrongTimeOfTheEnd",
     [](auto& events) {
       const auto end = std::find_if(events.begin(), events.end(),
                                     [](const LoggedEvent& event) { return event.id == 5; });
       FieldText(*end, "UtcTime").back() ^= 1;
     },
     "UtcTime is"},
};

INSTANTIATE_TEST_SUITE_P(Kinds, LineageOracleFinds, testing::ValuesIn(kDamages),
                         [](const auto& test) { return std::string(test.param.name); });

struct TextCase {
  const char* name;
  std::string_view bytes;
  std::string_view text;
};

void PrintTo(const TextCase& test, std::ostream* out) { *out << test.name; }

class ExpectedTextOf : public testing::TestWithParam<TextCase> {};

TEST_P(ExpectedTextOf, IsValid) { EXPECT_EQ(ExpectedText(GetParam().bytes), GetParam().text); }

// Source: XML 1.0 section 2.2, RFC 3629.
constexpr TextCase kTexts[] = {
    {"Nothing", "", "-"},
    {"Controls", "a\x01\x1b\t\n", "a\xef\xbf\xbd\xef\xbf\xbd\t\n"},
    {"LoneBytes", "\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd"},
    {"CutSequence", "\xe2\x98", "\xef\xbf\xbd\xef\xbf\xbd"},
    {"Surrogate", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"Noncharacter", "\xef\xbf\xbe", "\xef\xbf\xbd"},
    {"Umlaut", "\xc3\xa4", "\xc3\xa4"},
    {"Emoji", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
};

INSTANTIATE_TEST_SUITE_P(Bytes, ExpectedTextOf, testing::ValuesIn(kTexts),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace pidigree
