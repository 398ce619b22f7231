#include "src/serialize/event_reader.h"

#include <gmock/gmock.h>

#include <ostream>
#include <string>
#include <vector>

#include "schema/events.h"
#include "src/event/value_text.h"
#include "src/serialize/line_serializer.h"
#include "tests/serialize/sample_record.h"

namespace pidigree {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

std::string Line(const Serializer& serializer, const Record& record) {
  ByteBuffer out;
  serializer.Append(record, 0, out);
  return std::string(out.view());
}

class EveryEventLine : public testing::TestWithParam<const EventType*> {
 protected:
  void ExpectReadBack(const std::string& line) {
    const auto event = ParseLoggedEvent(line);
    ASSERT_TRUE(event) << event.error().message;
    EXPECT_EQ(event->id, GetParam()->id);
    EXPECT_EQ(event->record_id, record_.record_id);
    EXPECT_EQ(event->time_created, "2026-11-23T16:59:04.381005000Z");
    EXPECT_EQ(event->computer, kSampleComputer);
    ASSERT_EQ(event->fields.size(), values_.size());
    char buffer[kValueTextSize];
    for (size_t i = 0; i < values_.size(); ++i) {
      const Field& field = GetParam()->fields[i];
      EXPECT_THAT(event->fields[i], Pair(field.name, FormatValue(values_[i], field.type, buffer)));
    }
  }

  std::vector<Value> values_;
  Record record_ = SampleRecord(*GetParam(), values_);
};

TEST_P(EveryEventLine, IsReadBack) {
  for (const std::string header : {"", "<14>Nov 23 16:59:04 vm sysmon: "}) {
    ExpectReadBack(header + Line(XmlSerializer(Writer{}), record_));
    ExpectReadBack(header + Line(JsonSerializer(Writer{}), record_) + "\n");
  }
}

INSTANTIATE_TEST_SUITE_P(Schema, EveryEventLine, testing::ValuesIn(kAllEvents),
                         [](const auto& test) { return std::string(test.param->name); });

std::string Xml(const std::string& data, const std::string& system = "<EventID>5</EventID>") {
  return "<Event><System>" + system + "</System><EventData>" + data + "</EventData></Event>";
}

std::string ValueOf(const std::string& text) {
  const auto event = ParseLoggedEvent(Xml("<Data Name=\"Image\">" + text + "</Data>"));
  return event ? std::string(event->Get("Image")) : event.error().message;
}

TEST(EventReader, KeepsBlanks) {
  EXPECT_EQ(ValueOf(" a  b "), " a  b ");
  EXPECT_EQ(ValueOf(" "), " ");
  EXPECT_EQ(ValueOf("   "), "   ");
}

TEST(EventReader, ReadsWhateverEscapesSysmonForLinuxUsed) {
  EXPECT_EQ(ValueOf("&lt;&amp;&gt;\"'&quot;&#10;&#13;&#9;"), "<&>\"'\"\n\r\t");
}

TEST(EventReader, MakesTextValid) {
  EXPECT_EQ(ValueOf("a\x1b"
                    "b\xff"),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd");
  EXPECT_EQ(ValueOf("&#7;"), "\xef\xbf\xbd");
  EXPECT_EQ(ParseLoggedEvent(R"({"EventID":5,"Image":"a\u0000b"})")->Get("Image"),
            "a\xef\xbf\xbd"
            "b");
}

TEST(EventReader, GivesADashForFieldsThatAreNotThere) {
  EXPECT_EQ(ParseLoggedEvent(Xml(""))->Get("Image"), "-");
}

TEST(EventReader, ReadsFlatObjects) {
  for (const char* line : {R"({"EventID":"1","Image":"/bin/sh","User":"root"})",
                           R"({"EventID":1,"Image":"/bin/sh","User":"root"})"}) {
    const auto event = ParseLoggedEvent(line);
    ASSERT_TRUE(event) << event.error().message;
    EXPECT_EQ(event->id, 1);
    EXPECT_THAT(event->fields, ElementsAre(Pair("Image", "/bin/sh"), Pair("User", "root")));
  }
  EXPECT_THAT(ParseLoggedEvent(R"({"EventID":"4"})")->fields, IsEmpty());
}

TEST(EventReader, ReadsCountersAboveItsOwn) {
  const auto event = ParseLoggedEvent(
      Xml("", "<EventID>5</EventID><EventRecordID>18446744073709551615</EventRecordID>"));
  EXPECT_EQ(event->record_id, 18446744073709551615u);
}

struct BadLine {
  const char* name;
  std::string line;
  const char* message;  // a part of it
};

void PrintTo(const BadLine& test, std::ostream* out) { *out << test.name; }

class Refused : public testing::TestWithParam<BadLine> {};

TEST_P(Refused, SaysWhy) {
  const auto event = ParseLoggedEvent(GetParam().line);
  ASSERT_FALSE(event);
  EXPECT_THAT(event.error().message, HasSubstr(GetParam().message));
}

std::string Repeat(const std::string& text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string ManyFields(size_t count) {
  std::string data;
  for (size_t i = 0; i < count; ++i) data += "<Data Name=\"f" + std::to_string(i) + "\">x</Data>";
  return data;
}

INSTANTIATE_TEST_SUITE_P(
    Xml, Refused,
    testing::Values(
        BadLine{"Empty", "", "neither"}, BadLine{"Text", "sysmon: hello", "neither"},
        BadLine{"Nul", Xml("<Data Name=\"a\">x" + std::string(1, '\0') + "</Data>"), "NUL"},
        BadLine{"Cut", Xml("").substr(0, 50), "malformed XML"},
        BadLine{"TwoEvents", Xml("") + Xml(""), "follows"},
        BadLine{"TextAfter", Xml("") + "x", "malformed XML"},
        BadLine{"NoSystem", "<Event><EventData></EventData></Event>", "no System"},
        BadLine{"NoData", "<Event><System><EventID>1</EventID></System></Event>", "no System"},
        BadLine{"NoId", Xml("", "<Level>4</Level>"), "EventID"},
        BadLine{"IdNotANumber", Xml("", "<EventID>1x</EventID>"), "EventID"},
        BadLine{"IdTooLarge", Xml("", "<EventID>65536</EventID>"), "EventID"},
        BadLine{"RecordIdNotANumber",
                Xml("", "<EventID>1</EventID><EventRecordID>-1</EventRecordID>"), "EventRecordID"},
        BadLine{"NoName", Xml("<Data>x</Data>"), "something else"},
        BadLine{"NotData", Xml("<Date Name=\"a\">x</Date>"), "something else"},
        BadLine{"ElementInData", Xml("<Data Name=\"a\"><b/></Data>"), "something else"},
        BadLine{"CommentInData", Xml("<Data Name=\"a\">x<!-- y --></Data>"), "something else"},
        BadLine{"TwiceTheSame", Xml("<Data Name=\"a\">x</Data><Data Name=\"a\">y</Data>"), "twice"},
        BadLine{"TooManyFields", Xml(ManyFields(kMaxLoggedFields + 1)), "more than"},
        BadLine{"Deep", "<Event>" + Repeat("<a>", 100000), "malformed XML"}),
    [](const auto& test) { return std::string(test.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Json, Refused,
    testing::Values(
        BadLine{"Cut", R"({"EventID":1,"Image":"/bin)", "malformed JSON"},
        BadLine{"TwoObjects", R"({"EventID":1}{})", "malformed JSON"},
        BadLine{"NoId", R"({"Image":"x"})", "no EventID"},
        BadLine{"NothingKnown", R"({"Event":{}})", "no EventData"},
        BadLine{"NoNestedId", R"({"Event":{"System":{},"EventData":{}}})", "no EventID"},
        BadLine{"IdTooLarge", R"({"EventID":65536})", "EventID"},
        BadLine{"IdTwice", R"({"EventID":1,"EventID":2})", "twice"},
        BadLine{"NumberAsValue", R"({"EventID":1,"ProcessId":7})", "ProcessId is no string"},
        BadLine{"NullAsValue", R"({"Event":{"System":{"EventID":1},"EventData":{"Image":null}}})",
                "Image is no string"},
        BadLine{"ObjectAsValue", R"({"EventID":1,"a":{"b":"c"}})", "a is no string"},
        BadLine{"ObjectInEventData",
                R"({"Event":{"System":{"EventID":1},"EventData":{"a":{"b":"c"}}}})",
                "a is no string"},
        BadLine{"Array", R"({"EventID":1,"a":["b"]})", "array"},
        BadLine{"TwiceTheSame", R"({"EventID":1,"a":"x","a":"y"})", "twice"},
        BadLine{"BothShapes", R"({"Event":{"System":{"EventID":1},"EventData":{}},"User":"root"})",
                "beside"},
        BadLine{"Deep", R"({"Event":)" + Repeat(R"({"a":)", 100000), "too deep"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(EventReader, BoundsTheLine) {
  const auto event = ParseLoggedEvent("{" + std::string(kMaxEventLine, ' '));
  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace pidigree
