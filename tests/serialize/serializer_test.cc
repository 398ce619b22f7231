#include "src/serialize/serializer.h"

#include <gmock/gmock.h>
#include <rapidjson/document.h>
#include <tinyxml2.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "schema/events.h"
#include "src/event/value_text.h"
#include "src/serialize/line_serializer.h"
#include "tests/serialize/sample_record.h"
#include "tests/support/random.h"

namespace pidigree {
namespace {

constexpr Writer kWriter{.process_id = 512, .thread_id = 514, .user_id = 0};

std::string Line(const Serializer& serializer, const Record& record, size_t max_bytes = 0) {
  ByteBuffer out;
  serializer.Append(record, max_bytes, out);
  return std::string(out.view());
}

std::string XmlLine(const Record& record, size_t max_bytes = 0) {
  static const XmlSerializer serializer(kWriter);
  return Line(serializer, record, max_bytes);
}

std::string JsonLine(const Record& record, size_t max_bytes = 0) {
  static const JsonSerializer serializer(kWriter);
  return Line(serializer, record, max_bytes);
}

// The names and values of EventData, read back by a parser that is not ours.
using Fields = std::vector<std::pair<std::string, std::string>>;

Fields XmlFields(const std::string& line) {
  Fields fields;
  tinyxml2::XMLDocument document(true, tinyxml2::PRESERVE_WHITESPACE);
  if (document.Parse(line.data(), line.size()) != tinyxml2::XML_SUCCESS) {
    ADD_FAILURE() << document.ErrorStr() << "\n" << line;
    return fields;
  }
  const auto* data = document.RootElement()->FirstChildElement("EventData")->FirstChildElement();
  for (; data != nullptr; data = data->NextSiblingElement()) {
    const char* text = data->GetText();
    fields.emplace_back(data->Attribute("Name"), text == nullptr ? "" : text);
  }
  return fields;
}

Fields JsonFields(const std::string& line) {
  Fields fields;
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(line.data(), line.size());
  if (document.HasParseError()) {
    ADD_FAILURE() << "offset " << document.GetErrorOffset() << "\n" << line;
    return fields;
  }
  const auto& data = document["Event"]["EventData"];
  // Not `!=`, which is ambiguous to clang: C++20 adds the reverse of the library's `==`.
  for (auto member = data.MemberBegin(); member < data.MemberEnd(); ++member)
    fields.emplace_back(std::string(member->name.GetString(), member->name.GetStringLength()),
                        std::string(member->value.GetString(), member->value.GetStringLength()));
  return fields;
}

Fields ExpectedFields(const Record& record) {
  Fields fields;
  char buffer[kValueTextSize];
  for (size_t i = 0; i < record.values.size(); ++i) {
    const Field& field = record.type->fields[i];
    fields.emplace_back(field.name, FormatValue(record.values[i], field.type, buffer));
  }
  return fields;
}

// With UPDATE_GOLDEN set writes `line` instead of comparing.
void ExpectGolden(const std::string& name, const std::string& line) {
  const std::string path = PIDIGREE_SOURCE_DIR "/tests/serialize/golden/" + name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << line << '\n';
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path << " is missing; UPDATE_GOLDEN=1 writes it";
  EXPECT_EQ(line + "\n", std::string(std::istreambuf_iterator<char>(file), {})) << path;
}

// Every row of the schema, so that no event goes untested.
class EveryEvent : public testing::TestWithParam<const EventType*> {
 protected:
  std::vector<Value> values_;
  Record record_ = SampleRecord(*GetParam(), values_);
};

TEST_P(EveryEvent, XmlMatchesGolden) {
  ExpectGolden(std::string(GetParam()->name) + ".xml", XmlLine(record_));
}

TEST_P(EveryEvent, JsonMatchesGolden) {
  ExpectGolden(std::string(GetParam()->name) + ".json", JsonLine(record_));
}

TEST_P(EveryEvent, IsReadBackFromBothForms) {
  EXPECT_EQ(XmlFields(XmlLine(record_)), ExpectedFields(record_));
  EXPECT_EQ(JsonFields(JsonLine(record_)), ExpectedFields(record_));
}

TEST_P(EveryEvent, WithoutAnyValueHasNoEmptyData) {
  values_.assign(values_.size(), {});
  for (const auto& [name, text] : XmlFields(XmlLine(record_))) EXPECT_NE(text, "") << name;
  EXPECT_EQ(XmlFields(XmlLine(record_)), ExpectedFields(record_));
  EXPECT_EQ(JsonFields(JsonLine(record_)), ExpectedFields(record_));
}

INSTANTIATE_TEST_SUITE_P(Schema, EveryEvent, testing::ValuesIn(kAllEvents),
                         [](const auto& test) { return std::string(test.param->name); });

TEST(XmlSerializer, WritesWhatSysmonForLinuxWrites) {
  Value values[] = {{},
                    UtcTime{1795453144'386'000'000},
                    Guid{0x3d1219c770d86b04, 0x018b470000000000},
                    uint64_t{18736},
                    "/usr/bin/sleep",
                    "root"};
  const Record record{&kProcessTerminate, values, {1795453144'381'005'000}, 2740, "vm"};
  EXPECT_EQ(
      XmlLine(record),
      R"(<Event><System><Provider Name="Linux-Sysmon" Guid="{ff032593-a8d3-4f13-b0d6-01fc615a0f97}"/>)"
      R"(<EventID>5</EventID><Version>3</Version><Level>4</Level><Task>5</Task><Opcode>0</Opcode>)"
      R"(<Keywords>0x8000000000000000</Keywords>)"
      R"(<TimeCreated SystemTime="2026-11-23T16:59:04.381005000Z"/><EventRecordID>2740</EventRecordID>)"
      R"(<Correlation/><Execution ProcessID="512" ThreadID="514"/>)"
      R"(<Channel>Linux-Sysmon/Operational</Channel><Computer>vm</Computer><Security UserId="0"/>)"
      R"(</System><EventData><Data Name="RuleName">-</Data>)"
      R"(<Data Name="UtcTime">2026-11-23 16:59:04.386</Data>)"
      R"(<Data Name="ProcessGuid">{3d1219c7-70d8-6b04-018b-470000000000}</Data>)"
      R"(<Data Name="ProcessId">18736</Data><Data Name="Image">/usr/bin/sleep</Data>)"
      R"(<Data Name="User">root</Data></EventData></Event>)");
}

// A process whose text fields are all `text`.
class TextRecord {
 public:
  explicit TextRecord(std::string_view text) : values_(kProcessTerminate.fields.size()) {
    values_[kProcessTerminate["Image"]] = text;
    values_[kProcessTerminate["User"]] = text;
  }
  Record record() { return {&kProcessTerminate, values_, {}, 1, "vm"}; }

 private:
  std::vector<Value> values_;
};

TEST(XmlSerializer, EscapesMarkupAndLineSpaceAndNothingElse) {
  TextRecord text("&<>\"\n\r\t'\\/\x7f\xc3\xa9");
  EXPECT_THAT(XmlLine(text.record()),
              testing::HasSubstr("<Data Name=\"Image\">&amp;&lt;&gt;&quot;&#10;&#13;&#9;'\\/\x7f"
                                 "\xc3\xa9</Data>"));
}

TEST(JsonSerializer, EscapesQuotesBackslashesAndLineSpaceAndNothingElse) {
  TextRecord text("&<>\"\n\r\t'\\/\x7f\xc3\xa9");
  EXPECT_THAT(JsonLine(text.record()),
              testing::HasSubstr("\"Image\":\"&<>\\\"\\n\\r\\t'\\\\/\x7f\xc3\xa9\""));
}

// Each byte that needs an escape, alone at each place of texts of each length: no block boundary
// lets one through.
TEST(Serializers, EscapeAtEveryPosition) {
  for (const char special : {'&', '<', '>', '"', '\n', '\r', '\t', '\\'}) {
    for (size_t size = 1; size < 36; ++size) {
      for (size_t at = 0; at < size; ++at) {
        std::string image(size, 'x');
        image[at] = special;
        TextRecord text(image);
        const Record record = text.record();
        ASSERT_EQ(XmlFields(XmlLine(record)), ExpectedFields(record)) << size << " " << at;
        ASSERT_EQ(JsonFields(JsonLine(record)), ExpectedFields(record)) << size << " " << at;
      }
    }
  }
}

std::string RandomText(Random& random, size_t max_characters) {
  static const std::vector<std::string> kCharacters = {
      "a",  "b",  " ",  "/",  "&",    "<", ">",        "\"",           "'",
      "\\", "\n", "\r", "\t", "\x7f", ";", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x90\x95",
      "]",  "-"};
  const size_t plain_percent = random.Pick(std::vector<size_t>{0, 50, 98, 100});
  std::string text;
  for (size_t count = random.Between(0, max_characters); count > 0; --count)
    text += random.Percent(plain_percent) ? "p" : random.Pick(kCharacters);
  // Parsers of XML may drop text that is nothing but blanks.
  if (!text.empty())
    text.front() = static_cast<unsigned char>(text.front()) > ' ' ? text.front() : '.';
  return text;
}

// A record of random type and values, with what it points to.
class RandomRecord {
 public:
  explicit RandomRecord(Random& random)
      : type_(kAllEvents[random.Below(kAllEvents.size())]),
        texts_(type_->fields.size()),
        values_(type_->fields.size()) {
    for (size_t i = 0; i < values_.size(); ++i) {
      const uint64_t number = random.Between(0, ~uint64_t{1}) >> random.Below(64);
      switch (random.Below(8)) {
        case 0:
          break;
        case 1:
          values_[i] = Guid{number, ~number};
          break;
        case 2:
          values_[i] = UtcTime{static_cast<int64_t>(number)};
          break;
        case 3:
          values_[i] = number;
          break;
        case 4:
          values_[i] = number % 2 == 0;
          break;
        default:
          texts_[i] = RandomText(random, random.OneIn(10) ? 3000 : 60);
          values_[i] = texts_[i];
      }
    }
  }
  Record record() { return {type_, values_, {1'700'000'000'000'000'000}, 7, "h"}; }

 private:
  const EventType* type_;
  std::vector<std::string> texts_;
  std::vector<Value> values_;
};

TEST(Serializers, AnyRecordIsReadBack) {
  Random random(1);
  for (int round = 0; round < 2000; ++round) {
    RandomRecord sample(random);
    const Record record = sample.record();
    ASSERT_EQ(XmlFields(XmlLine(record)), ExpectedFields(record));
    ASSERT_EQ(JsonFields(JsonLine(record)), ExpectedFields(record));
  }
}

TEST(Serializers, AppendToWhatIsThere) {
  TextRecord text("a & b");
  const XmlSerializer serializer(kWriter);
  ByteBuffer out;
  out.Append("before\n");
  serializer.Append(text.record(), 0, out);
  EXPECT_EQ(out.view(), "before\n" + XmlLine(text.record()));
}

// ---- limits ----

TEST(Limit, LeavesWhatFitsAlone) {
  TextRecord text("/usr/bin/true");
  const std::string line = XmlLine(text.record());
  ByteBuffer out;
  EXPECT_FALSE(XmlSerializer(kWriter).Append(text.record(), line.size(), out));
  EXPECT_EQ(out.view(), line);
  EXPECT_TRUE(XmlSerializer(kWriter).Append(text.record(), line.size() - 1, out));
}

// A ProcessCreate with the given texts and nothing else.
struct Texts {
  std::string command_line;
  std::string parent_command_line;
  std::string image;
};

Record ProcessCreateOf(const Texts& texts, std::vector<Value>& values) {
  values.assign(kProcessCreate.fields.size(), {});
  values[kProcessCreate["CommandLine"]] = texts.command_line;
  values[kProcessCreate["ParentCommandLine"]] = texts.parent_command_line;
  values[kProcessCreate["Image"]] = texts.image;
  return {&kProcessCreate, values, {}, 1, "vm"};
}

std::string ValueOf(const Fields& fields, std::string_view name) {
  for (const auto& [field, value] : fields)
    if (field == name) return value;
  return "(none)";
}

TEST(Limit, TakesFromTheLongestValuesUntilTheyAreEqual) {
  std::vector<Value> values;
  const Texts texts{std::string(1000, 'c'), std::string(700, 'p'), std::string(50, 'i')};
  const Record record = ProcessCreateOf(texts, values);
  const size_t whole = XmlLine(record).size();

  Fields fields = XmlFields(XmlLine(record, whole - 100));
  EXPECT_EQ(ValueOf(fields, "CommandLine"), std::string(897, 'c') + "...");
  EXPECT_EQ(ValueOf(fields, "ParentCommandLine"), texts.parent_command_line);

  fields = XmlFields(XmlLine(record, whole - 700));
  EXPECT_EQ(ValueOf(fields, "CommandLine"), std::string(497, 'c') + "...");
  EXPECT_EQ(ValueOf(fields, "ParentCommandLine"), std::string(497, 'p') + "...");
  EXPECT_EQ(ValueOf(fields, "Image"), texts.image);
}

TEST(Limit, CountsEscapesAsTheyAreWritten) {
  std::vector<Value> values;
  const Texts texts{std::string(100, '&'), std::string(300, 'p'), "/bin/sh"};
  const Record record = ProcessCreateOf(texts, values);
  const size_t whole = XmlLine(record).size();
  // 100 ampersands are 500 bytes, the longest value: 300 bytes of them stay, 297 without the dots.
  const Fields fields = XmlFields(XmlLine(record, whole - 200));
  EXPECT_EQ(ValueOf(fields, "CommandLine"), std::string(59, '&') + "...");
  EXPECT_EQ(ValueOf(fields, "ParentCommandLine"), texts.parent_command_line);
}

// Whatever the limit: a whole line, no longer than that or as short as can be, each value whole or
// a part of it that ends in "...", and what has a form of its own untouched.
TEST(Limit, KeepsTheLineWhole) {
  Random random(2);
  for (int round = 0; round < 60; ++round) {
    RandomRecord sample(random);
    const Record record = sample.record();
    const Fields expected = ExpectedFields(record);
    for (const auto& [line_of, fields_of] :
         {std::pair(&XmlLine, &XmlFields), std::pair(&JsonLine, &JsonFields)}) {
      const size_t smallest = line_of(record, 1).size();
      const size_t whole = line_of(record, 0).size();
      const size_t step = 1 + (whole - smallest) / 100;
      for (size_t limit = smallest; limit <= whole; limit += step) {
        const std::string line = line_of(record, limit);
        ASSERT_LE(line.size(), limit);
        const Fields fields = fields_of(line);
        ASSERT_EQ(fields.size(), expected.size());
        for (size_t i = 0; i < fields.size(); ++i) {
          if (fields[i] == expected[i]) continue;
          ASSERT_EQ(record.type->fields[i].type, FieldType::kString);
          ASSERT_TRUE(std::holds_alternative<std::string_view>(record.values[i]));
          ASSERT_THAT(fields[i].second, testing::EndsWith("..."));
          ASSERT_THAT(expected[i].second,
                      testing::StartsWith(fields[i].second.substr(0, fields[i].second.size() - 3)));
        }
      }
    }
  }
}

TEST(Limit, IsTheSameEveryTime) {
  Random random(3);
  RandomRecord sample(random);
  EXPECT_EQ(XmlLine(sample.record(), 900), XmlLine(sample.record(), 900));
}

}  // namespace
}  // namespace pidigree
