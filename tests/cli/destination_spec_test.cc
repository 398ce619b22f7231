#include "src/cli/destination_spec.h"

#include <gmock/gmock.h>

#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "schema/events.h"
#include "src/base/read_file.h"
#include "src/cli/make_serializer.h"

namespace pidigree {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Place = DestinationSpec::Place;

DestinationSpec Parsed(const std::string& text) {
  const Result<DestinationSpec> spec = ParseDestination(text);
  EXPECT_TRUE(spec) << spec.error().message;
  return spec.value_or(DestinationSpec());
}

struct WrittenPlace {
  const char* text;
  Place place;
  const char* path;
};
void PrintTo(const WrittenPlace& test, std::ostream* out) { *out << test.text; }

class DestinationPlace : public testing::TestWithParam<WrittenPlace> {};

TEST_P(DestinationPlace, IsRead) {
  const DestinationSpec spec = Parsed(GetParam().text);
  EXPECT_EQ(spec.place, GetParam().place);
  EXPECT_EQ(spec.path, GetParam().path);
}

INSTANTIATE_TEST_SUITE_P(
    Places, DestinationPlace,
    testing::Values(WrittenPlace{"-", Place::kStandardOutput, ""},
                    WrittenPlace{"-?format=json", Place::kStandardOutput, ""},
                    WrittenPlace{"syslog", Place::kSyslog, "/dev/log"},
                    WrittenPlace{"syslog?format=json", Place::kSyslog, "/dev/log"},
                    WrittenPlace{"syslog:///run/a.log", Place::kSyslog, "/run/a.log"},
                    WrittenPlace{"syslog:///run/%25a%3F", Place::kSyslog, "/run/%a?"},
                    WrittenPlace{"/var/log/events", Place::kFile, "/var/log/events"},
                    WrittenPlace{"events.xml", Place::kFile, "events.xml"},
                    WrittenPlace{"./events", Place::kFile, "./events"},
                    WrittenPlace{"./a:b", Place::kFile, "./a:b"},
                    WrittenPlace{"./syslog", Place::kFile, "./syslog"},
                    WrittenPlace{"./-", Place::kFile, "./-"},
                    WrittenPlace{"/a/foo://b", Place::kFile, "/a/foo://b"},
                    WrittenPlace{"/a%3fb%3F%26c%25d=e", Place::kFile, "/a?b?&c%d=e"}));

// Of a command that writes to nothing else.
TEST(OutputPath, IsThatOfAFileOrStandardOutput) {
  for (const char* text : {"-", "/x", "a/b", "events.xml", "./events", "./a:b", "./syslog", "./-",
                           "/a/foo://b", "/a?b&c%d"})
    EXPECT_TRUE(CheckOutputPath(text)) << text;
}

TEST(OutputPath, IsNoPlace) {
  for (const char* text :
       {"foo://x", "syslog:/x", "syslog", "syslog:///dev/log", "stdout", "a:b"}) {
    const Result<> path = CheckOutputPath(text);
    ASSERT_FALSE(path) << text;
    EXPECT_EQ(path.error().code, ErrorCode::kUsage);
    EXPECT_EQ(path.error().message,
              "'" + std::string(text) +
                  "': neither - nor the path of a file, which would be written ./" + text);
  }
  EXPECT_EQ(CheckOutputPath("").error().message, "'': neither - nor the path of a file");
  EXPECT_EQ(CheckOutputPath("tls://host").error().message,
            ParseDestination("tls://host").error().message);
}

TEST(DestinationSpec, Defaults) {
  const DestinationSpec spec = Parsed("/f");
  EXPECT_FALSE(spec.format);
  EXPECT_TRUE(spec.events.all());
  EXPECT_EQ(spec.queue_bytes, size_t{16} << 20);
  EXPECT_EQ(spec.drop, DestinationQueue::Drop::kNewest);
  EXPECT_FALSE(spec.max_line_bytes);
  EXPECT_FALSE(spec.mode);
  EXPECT_FALSE(spec.group);
  EXPECT_FALSE(Parsed("-").max_line_bytes);
  EXPECT_EQ(Parsed("syslog").max_line_bytes, 7900u);
  EXPECT_EQ(Parsed("syslog:///run/log").max_line_bytes, 7900u);
}

TEST(DestinationSpec, AllKeys) {
  const DestinationSpec spec = Parsed(
      "/f?group=a%26b&mode=0640&max-line-bytes=4096&drop=oldest&queue=1M&events=1,255,3&"
      "format=json");
  EXPECT_EQ(spec.format, "json");
  EventSet events;
  for (const size_t id : {1u, 3u, 4u, 16u, 255u}) events.set(id);
  EXPECT_EQ(spec.events, events);
  EXPECT_EQ(spec.queue_bytes, size_t{1} << 20);
  EXPECT_EQ(spec.drop, DestinationQueue::Drop::kOldest);
  EXPECT_EQ(spec.max_line_bytes, 4096u);
  EXPECT_EQ(spec.mode, 0640u);
  EXPECT_EQ(spec.group, "a&b");
}

TEST(DestinationSpec, BoundsAreMet) {
  EXPECT_EQ(Parsed("-?queue=64K").queue_bytes, size_t{64} << 10);
  EXPECT_EQ(Parsed("-?queue=1G").queue_bytes, size_t{1} << 30);
  EXPECT_EQ(Parsed("syslog?max-line-bytes=2048").max_line_bytes, 2048u);
}

struct WrongDestination {
  const char* text;
  const char* message;  // a part of it
};
void PrintTo(const WrongDestination& test, std::ostream* out) { *out << test.text; }

class Refused : public testing::TestWithParam<WrongDestination> {};

TEST_P(Refused, WithTheReason) {
  const Result<DestinationSpec> spec = ParseDestination(GetParam().text);
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().code, ErrorCode::kUsage);
  EXPECT_THAT(spec.error().message, StartsWith("'" + std::string(GetParam().text) + "': "));
  EXPECT_THAT(spec.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Places, Refused,
    testing::Values(WrongDestination{"", "none of"}, WrongDestination{"?format=json", "none of"},
                    WrongDestination{"journald", "./journald"}, WrongDestination{"Syslog", "none"},
                    WrongDestination{"stdout", "./stdout"}, WrongDestination{"syslog:/x", "none"},
                    WrongDestination{"syslog:", "none"}, WrongDestination{"syslog://", "SOCKET"},
                    WrongDestination{"syslog://run/log", "SOCKET"},
                    WrongDestination{"syslog:///", "directory"}, WrongDestination{"foo://", "none"},
                    WrongDestination{"bad:x", "./bad:x"}, WrongDestination{"a.b:c", "./a.b:c"},
                    WrongDestination{":", "none"}, WrongDestination{"://x", "none"},
                    WrongDestination{"/var/log/", "directory"},
                    WrongDestination{"journal", "no output to journal yet"},
                    WrongDestination{"unix:///run/s", "no output to unix yet"},
                    WrongDestination{"udp://host", "no output to udp yet"},
                    WrongDestination{"tcp://host:514", "no output to tcp yet"},
                    WrongDestination{"tls://host?ca=/x", "no output to tls yet"}));

INSTANTIATE_TEST_SUITE_P(Escapes, Refused,
                         testing::Values(WrongDestination{"/a%", "'%'"},
                                         WrongDestination{"/a%20b", "'%20'"},
                                         WrongDestination{"/a%3", "'%3'"},
                                         WrongDestination{"/a&b", "'&'"},
                                         WrongDestination{"/a?group=b%zz", "'%zz'"},
                                         WrongDestination{"/a?group=b?c", "'?'"}));

INSTANTIATE_TEST_SUITE_P(
    Keys, Refused,
    testing::Values(
        WrongDestination{"/f?", "no key ''"}, WrongDestination{"/f?mode=0600&", "no key ''"},
        WrongDestination{"/f?&mode=0600", "no key ''"}, WrongDestination{"/f?colour=red", "colour"},
        WrongDestination{"/f?Mode=0600", "'Mode'"}, WrongDestination{"/f?=x", "no key ''"},
        WrongDestination{"/f?mode", "mode: no value"}, WrongDestination{"/f?mode=", "no value"},
        WrongDestination{"/f?drop=oldest&mode=0600&drop=oldest", "drop is given twice"},
        WrongDestination{"-?mode=0600", "standard output has no use for mode"},
        WrongDestination{"-?group=adm", "standard output has no use for group"},
        WrongDestination{"syslog?mode=0600", "syslog has no use for mode"},
        WrongDestination{"syslog:///s?group=adm", "syslog has no use for group"},
        WrongDestination{"/f?spool=1G", "no spool yet"},
        WrongDestination{"/f?rotate=1G", "no rotate yet"},
        WrongDestination{"/f?rotate-every=1d", "no rotate-every yet"},
        WrongDestination{"/f?keep=3", "no keep yet"}, WrongDestination{"/f?gzip=yes", "no gzip"},
        WrongDestination{"-?rfc=3164", "no rfc yet"}, WrongDestination{"-?framing=lf", "framing"},
        WrongDestination{"-?ca=/x", "no ca yet"}, WrongDestination{"-?cert=/x", "no cert yet"},
        WrongDestination{"-?key=/x", "no key yet"}, WrongDestination{"-?name=x", "no name yet"}));

INSTANTIATE_TEST_SUITE_P(
    Values, Refused,
    testing::Values(WrongDestination{"-?format=XML", "format: 'XML'"},
                    WrongDestination{"-?events=0", "'0' is the ID of no event"},
                    WrongDestination{"-?events=1,,3", "''"}, WrongDestination{"-?events=1,", "''"},
                    WrongDestination{"-?events=,", "''"}, WrongDestination{"-?events=1 ,2", "'1 '"},
                    WrongDestination{"-?events=30", "'30'"}, WrongDestination{"-?events=x", "'x'"},
                    WrongDestination{"-?events=-1", "'-1'"},
                    WrongDestination{"-?queue=65535", "queue: '65535'"},
                    WrongDestination{"-?queue=1073741825", "queue"},
                    WrongDestination{"-?queue=x", "queue"}, WrongDestination{"-?queue=-1", "queue"},
                    WrongDestination{"-?drop=both", "newest nor oldest"},
                    WrongDestination{"-?max-line-bytes=2047", "max-line-bytes: '2047'"},
                    WrongDestination{"-?max-line-bytes=0", "max-line-bytes"},
                    WrongDestination{"/f?mode=0800", "mode: '0800'"},
                    WrongDestination{"/f?mode=1777", "'1777'"},
                    WrongDestination{"/f?mode=rw", "'rw'"}, WrongDestination{"/f?mode=-1", "-1"}));

Value LongestValue(FieldType type) {
  static const std::string text(100'000, '"');
  switch (type) {
    case FieldType::kString:
      return std::string_view(text);
    case FieldType::kUtcTime:
      return UtcTime{1795453144'381'005'000};
    case FieldType::kGuid:
      return Guid();
    case FieldType::kBoolean:
      return false;
    case FieldType::kUInt16:
    case FieldType::kUInt32:
    case FieldType::kPid:
    case FieldType::kHexInt32:
    case FieldType::kLogonId:
      return uint64_t{4'294'967'295};
  }
  return {};
}

class EveryFormat : public testing::TestWithParam<const char*> {};

// Host names of Linux have at most 64 bytes, and a quotation mark is the longest when escaped.
TEST_P(EveryFormat, AnyEventFitsIntoTheShortestLine) {
  const auto serializer = MakeSerializer(
      FormatOf(GetParam()),
      {.process_id = 4'194'304, .thread_id = 4'194'304, .user_id = 4'294'967'295}, {});
  const std::string computer(64, '"');
  for (const EventType* event : kAllEvents) {
    std::vector<Value> values;
    for (const Field& field : event->fields) values.push_back(LongestValue(field.type));
    const Record record{event, values, UtcTime{1795453144'381'005'000}, 2'147'483'647, computer};
    ByteBuffer line;
    serializer->Append(record, DestinationSpec::kMinLineBytes, line);
    EXPECT_LE(line.view().size(), DestinationSpec::kMinLineBytes) << event->name;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, EveryFormat, testing::Values("xml", "json"));

TEST(DestinationHelp, HasALineForEachKey) {
  const std::string help = DestinationHelp();
  for (const char* line :
       {"  format=xml|json       form of", "  events=ID,...", "  queue=SIZE",
        "  drop=newest|oldest", "  max-line-bytes=N", "  mode=OCTAL", "  group=NAME"})
    EXPECT_THAT(help, HasSubstr(line));
}

TEST(DestinationHelp, NamesTheKeysThatTheDocumentationHas) {
  const std::string page = ReadFile(PIDIGREE_SOURCE_DIR "/docs/outputs.md", 1 << 20).value();
  std::istringstream help(DestinationHelp());
  std::string line;
  int keys = 0;
  for (; std::getline(help, line); ++keys) {
    const size_t begin = line.find_first_not_of(' ');
    EXPECT_THAT(page, HasSubstr("\n| `" + line.substr(begin, line.find('=') + 1 - begin)));
  }
  EXPECT_EQ(keys, 7);
}

}  // namespace
}  // namespace pidigree
