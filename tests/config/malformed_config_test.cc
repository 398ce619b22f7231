// Input that is not a configuration: each kind is refused with a line and a reason, in bounded time
// and memory. What XML 1.0 says about well-formed documents is taken at its word.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "src/config/config.h"
#include "tests/support/config_xml.h"
#include "tests/support/property_scale.h"

namespace pidigree {
namespace {

using std::string_literals::operator""s;

// `body` starts on line 3.
std::string InFiltering(const std::string& body) {
  return "<Sysmon schemaversion=\"4.90\">\n<EventFiltering>\n" + body +
         "\n</EventFiltering>\n</Sysmon>";
}

// `body` starts on line 4, and is well placed if it is a filter.
std::string InBlock(const std::string& body) {
  return InFiltering("<ProcessCreate onmatch=\"include\">\n" + body + "\n</ProcessCreate>");
}

// `value` stands on line 4.
std::string InValue(const std::string& value) { return InBlock("<Image>" + value + "</Image>"); }

size_t CountLines(std::string_view bytes) {
  return 1 + static_cast<size_t>(std::count(bytes.begin(), bytes.end(), '\n'));
}

void ExpectSoundMessages(const std::vector<ConfigMessage>& messages, size_t lines) {
  for (const ConfigMessage& message : messages) {
    EXPECT_GE(message.line, 1u) << message.text;
    EXPECT_LE(message.line, lines) << message.text;
    EXPECT_FALSE(message.text.empty());
    // One line, and nothing in it that acts on a terminal.
    const bool safe = std::none_of(message.text.begin(), message.text.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    EXPECT_TRUE(safe) << message.text;
  }
  EXPECT_TRUE(std::is_sorted(
      messages.begin(), messages.end(),
      [](const ConfigMessage& a, const ConfigMessage& b) { return a.line < b.line; }));
}

struct Case {
  std::string_view name;
  std::string bytes;
  uint32_t line;             // of the first error; 0: any
  std::string mention = "";  // part of its text
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::string CaseName(const testing::TestParamInfo<Case>& info) {
  return std::string(info.param.name);
}

class MalformedConfig : public testing::TestWithParam<Case> {};

TEST_P(MalformedConfig, IsRefusedWithALine) {
  const Case& c = GetParam();
  const LoadedConfig loaded = LoadConfig(c.bytes);
  ASSERT_FALSE(loaded.ok());
  ExpectSoundMessages(loaded.errors, CountLines(c.bytes));
  const ConfigMessage& first = loaded.errors.front();
  if (c.line != 0) {
    EXPECT_EQ(first.line, c.line) << first.text;
  }
  EXPECT_NE(first.text.find(c.mention), std::string::npos) << first.text;
}

INSTANTIATE_TEST_SUITE_P(
    Document, MalformedConfig,
    testing::Values(Case{"Empty", "", 1}, Case{"Blank", " \n \n", 0},
                    Case{"OnlyMark", "\xef\xbb\xbf", 1}, Case{"OnlyComment", "<!-- x -->", 0},
                    Case{"OnlyDeclaration", "<?xml version='1.0'?>", 0}, Case{"Text", "hello", 1},
                    Case{"TextBeforeRoot", "x" + InFiltering(""), 1},
                    Case{"TextAfterRoot", InFiltering("") + "x", 5},
                    Case{"ReferenceAfterRoot", InFiltering("") + "&#32;", 5},
                    Case{"CDataAfterRoot", InFiltering("") + "<![CDATA[]]>", 5},
                    Case{"EndTagAfterRoot", InFiltering("") + "</Sysmon>", 5},
                    Case{"TwoRoots", InFiltering("") + "\n" + InFiltering(""), 6},
                    Case{"WrongRoot", "<Config schemaversion=\"4.90\"/>", 1, "Config"},
                    Case{"RootInOtherCase", "<sysmon schemaversion=\"4.90\"/>", 1, "sysmon"},
                    Case{"Html", "<!DOCTYPE html>\n<html></html>", 1},
                    Case{"Json", "{\"Sysmon\": {}}", 1}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Declaration, MalformedConfig,
    testing::Values(
        Case{"AfterABlank", " <?xml version=\"1.0\"?>" + InFiltering(""), 1},
        Case{"AfterALine", "\n<?xml version=\"1.0\"?>" + InFiltering(""), 2},
        Case{"Twice", "<?xml version=\"1.0\"?>\n<?xml version=\"1.0\"?>" + InFiltering(""), 2},
        Case{"Inside", InFiltering("<?xml version=\"1.0\"?>"), 3},
        Case{"NoVersion", "<?xml encoding=\"UTF-8\"?>" + InFiltering(""), 1},
        Case{"NotClosed", "<?xml version=\"1.0\"" + InFiltering(""), 1},
        Case{"UnknownEncoding", "<?xml version=\"1.0\" encoding=\"EBCDIC-37\"?>" + InFiltering(""),
             1, "EBCDIC-37"},
        Case{"EncodingNotServed", "<?xml version=\"1.0\" encoding=\"UTF-7\"?>" + InFiltering(""), 1,
             "UTF-7"},
        Case{"SaysUtf16InBytes", "<?xml version=\"1.0\" encoding=\"UTF-16\"?>" + InFiltering(""), 1,
             "UTF-16"},
        Case{"BadStandalone", "<?xml version=\"1.0\" standalone=\"maybe\"?>" + InFiltering(""), 1}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Doctype, MalformedConfig,
    testing::Values(
        Case{"Plain", "<!DOCTYPE Sysmon>\n" + InFiltering(""), 1, "DOCTYPE"},
        Case{"External", "<!DOCTYPE Sysmon SYSTEM \"file:///etc/passwd\">\n" + InFiltering(""), 1},
        Case{"Entity",
             "<!DOCTYPE Sysmon [<!ENTITY a SYSTEM \"file:///etc/shadow\">]>\n" + InValue("&a;"), 1},
        Case{"Bomb",
             "<!DOCTYPE Sysmon [\n<!ENTITY a \"aaaaaaaaaa\">\n"
             "<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">\n"
             "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">\n]>\n" +
                 InValue("&c;"),
             1},
        Case{"AfterRoot", InFiltering("") + "\n<!DOCTYPE Sysmon>", 6},
        Case{"Inside", InFiltering("<!DOCTYPE Sysmon>"), 3},
        Case{"EntityAlone", InFiltering("<!ENTITY a \"b\">"), 3},
        Case{"AfterAComment", "<!-- x -->\n<!DOCTYPE Sysmon>\n" + InFiltering(""), 2}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Tag, MalformedConfig,
    testing::Values(Case{"NeverClosed", InBlock("<Image>x"), 0},
                    Case{"ClosedByAnother", InBlock("<Image>x</User>"), 4},
                    Case{"ClosedInOtherCase", InBlock("<Image>x</image>"), 4},
                    Case{"Crossed", InBlock("<Rule><Image>x</Rule></Image>"), 4},
                    Case{"NoName", InBlock("<>x</>"), 4},
                    Case{"BlankBeforeName", InBlock("< Image>x</Image>"), 4},
                    Case{"DigitFirst", InBlock("<1Image>x</1Image>"), 4},
                    Case{"EndWithoutStart", InBlock("</Image>"), 4},
                    Case{"EndWithAttribute", InBlock("<Image>x</Image name=\"n\">"), 4},
                    Case{"EndNotClosed", InBlock("<Image>x</Image"), 0},
                    Case{"SlashTwice", InBlock("<Image//>"), 4},
                    Case{"BlankInEmptyTag", InBlock("<Image/ >"), 4},
                    Case{"TagInTag", InBlock("<Image <User/>>"), 4},
                    Case{"NamespacePrefix", InBlock("<x:Image>y</x:Image>"), 4}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Attribute, MalformedConfig,
    testing::Values(
        Case{"NoQuotes", InBlock("<Image condition=is>x</Image>"), 4},
        Case{"NoValue", InBlock("<Image condition>x</Image>"), 4},
        Case{"NoEquals", InBlock("<Image condition \"is\">x</Image>"), 4},
        Case{"NoName", InBlock("<Image =\"is\">x</Image>"), 4},
        Case{"Twice", InBlock("<Image condition=\"is\" condition=\"is\">x</Image>"), 4,
             "condition"},
        Case{"TwiceOnTheRoot", "<Sysmon schemaversion=\"4.90\" schemaversion=\"4.90\"/>", 1,
             "schemaversion"},
        Case{"NoBlankBetween", InBlock("<Image condition=\"is\"name=\"n\">x</Image>"), 4},
        Case{"NotClosed", InBlock("<Image condition=\"is>x</Image>"), 0},
        Case{"OtherQuoteAtTheEnd", InBlock("<Image condition=\"is'>x</Image>"), 0},
        Case{"LessThan", InBlock("<Image name=\"a<b\">x</Image>"), 4},
        Case{"Ampersand", InBlock("<Image name=\"a&b\">x</Image>"), 4},
        Case{"UndefinedEntity", InBlock("<Image name=\"&nbsp;\">x</Image>"), 4, "nbsp"},
        Case{"NulReference", InBlock("<Image name=\"&#0;\">x</Image>"), 4}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Reference, MalformedConfig,
    testing::Values(Case{"Bare", InValue("a & b"), 4}, Case{"BareAtTheEnd", InValue("a&"), 4},
                    Case{"Undefined", InValue("&nothing;"), 4, "nothing"},
                    Case{"OtherCase", InValue("&AMP;"), 4},
                    Case{"NoSemicolon", InValue("&amp x"), 4}, Case{"NoName", InValue("&;"), 4},
                    Case{"NoDigits", InValue("&#;"), 4}, Case{"NoHexDigits", InValue("&#x;"), 4},
                    Case{"UpperX", InValue("&#X41;"), 4}, Case{"NotADigit", InValue("&#1a;"), 4},
                    Case{"Nul", InValue("&#0;"), 4}, Case{"Control", InValue("&#x1f;"), 4},
                    Case{"Surrogate", InValue("&#xD800;"), 4},
                    Case{"Noncharacter", InValue("&#xFFFE;"), 4},
                    Case{"AboveUnicode", InValue("&#x110000;"), 4},
                    Case{"Wraps", InValue("&#4294967361;"), 4},
                    Case{"Huge", InValue("&#" + std::string(1000, '9') + ";"), 4}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Section, MalformedConfig,
    testing::Values(Case{"CDataEndInText", InValue("a]]>b"), 4},
                    Case{"CDataNotClosed", InValue("<![CDATA[x"), 0},
                    Case{"CDataInOtherCase", InValue("<![cdata[x]]>"), 4},
                    Case{"CommentNotClosed", InBlock("<!-- x"), 0},
                    Case{"CommentWithDashes", InBlock("<!-- x -- y -->"), 4},
                    Case{"CommentEndsInThreeDashes", InBlock("<!-- x --->"), 4},
                    Case{"CommentInATag", InBlock("<Image <!-- x --> >y</Image>"), 4},
                    Case{"InstructionNotClosed", InBlock("<?x"), 0},
                    Case{"InstructionWithoutName", InBlock("<? x?>"), 4},
                    Case{"InstructionNamedXml", InBlock("<?XML x?>"), 4},
                    Case{"Exclamation", InBlock("<!x>"), 4}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Bytes, MalformedConfig,
    testing::Values(Case{"Nul", InValue("a\0b"s), 4}, Case{"OnlyNuls", std::string(64, '\0'), 0},
                    Case{"NulAfterRoot", InFiltering("") + "\0"s, 5},
                    Case{"Control", InValue("\x01"), 4}, Case{"VerticalTab", InValue("\x0b"), 4},
                    Case{"ControlInAttribute", InBlock("<Image name=\"\x1f\">x</Image>"), 4},
                    Case{"ControlInComment", InBlock("<!-- \x02 -->"), 4},
                    Case{"NeverInUtf8", InValue("\xff"), 4},
                    Case{"Continuation", InValue("\x80"), 4},
                    Case{"CutSequence", InValue("\xc3"), 4},
                    Case{"CutAtTheEnd", "<Sysmon>\xe2\x82", 1},
                    Case{"OverlongNul", InValue("\xc0\x80"), 4},
                    Case{"OverlongSlash", InValue("\xe0\x80\xaf"), 4},
                    Case{"Surrogate", InValue("\xed\xa0\x80"), 4},
                    Case{"AboveUnicode", InValue("\xf4\x90\x80\x80"), 4},
                    Case{"Noncharacter", InValue("\xef\xbf\xbe"), 4},
                    Case{"InComment", InBlock("<!-- \xff -->"), 4},
                    Case{"InAttribute", InBlock("<Image name=\"\xff\">x</Image>"), 4},
                    Case{"InElementName", InBlock("<Im\xff/>"), 4},
                    Case{"Latin1WithoutSayingSo", InValue("caf\xe9"), 4},
                    Case{"Utf32", "\xff\xfe\0\0<\0\0\0"s, 0}),
    CaseName);

std::string Utf16(const std::string& utf8) { return EncodeXml(utf8, XmlEncoding::kUtf16LeMark); }

// Replaces the only '@' of a document by the UTF-16 unit `unit`, little-endian.
std::string Utf16With(const std::string& utf8, const std::string& unit) {
  std::string bytes = Utf16(utf8);
  const size_t at = bytes.find("@\0"s);
  return bytes.replace(at, 2, unit);
}

INSTANTIATE_TEST_SUITE_P(
    Utf16, MalformedConfig,
    testing::Values(Case{"OddLength", Utf16(InFiltering("")) + " ", 0},
                    Case{"OnlyMark", "\xff\xfe", 1}, Case{"OnlyBigMark", "\xfe\xff", 1},
                    Case{"LoneHighSurrogate", Utf16With(InValue("@"), "\x00\xd8"s), 4},
                    Case{"LoneLowSurrogate", Utf16With(InValue("@"), "\x00\xdc"s), 4},
                    Case{"SurrogatesSwapped", Utf16With(InValue("@"), "\x00\xdc\x00\xd8"s), 4},
                    Case{"HighSurrogateAtTheEnd", Utf16(InFiltering("")) + "\x00\xd8"s, 5},
                    Case{"Nul", Utf16With(InValue("@"), "\0\0"s), 4},
                    Case{"Noncharacter", Utf16With(InValue("@"), "\xff\xff"), 4},
                    Case{"MarkInside", Utf16(InFiltering("")) + "\xfe\xff", 5}),
    CaseName);

// Well-formed, but not the language.

INSTANTIATE_TEST_SUITE_P(
    SchemaVersion, MalformedConfig,
    testing::Values(Case{"Missing", "<Sysmon/>", 1, "schemaversion"},
                    Case{"Empty", "<Sysmon schemaversion=\"\"/>", 1},
                    Case{"Word", "<Sysmon schemaversion=\"new\"/>", 1, "new"},
                    Case{"Old", "<Sysmon schemaversion=\"3.40\"/>", 1, "3.40"},
                    Case{"Future", "<Sysmon schemaversion=\"5.00\"/>", 1, "5.00"},
                    Case{"NoMinor", "<Sysmon schemaversion=\"4\"/>", 1},
                    Case{"NoMinorDigits", "<Sysmon schemaversion=\"4.\"/>", 1},
                    Case{"ThreeDigits", "<Sysmon schemaversion=\"4.221\"/>", 1},
                    Case{"Comma", "<Sysmon schemaversion=\"4,81\"/>", 1},
                    Case{"Suffix", "<Sysmon schemaversion=\"4.81beta\"/>", 1},
                    Case{"Hex", "<Sysmon schemaversion=\"0x4\"/>", 1},
                    Case{"Sign", "<Sysmon schemaversion=\"+4.81\"/>", 1},
                    Case{"Blank", "<Sysmon schemaversion=\" 4.81\"/>", 1},
                    Case{"OtherCase", "<Sysmon SchemaVersion=\"4.81\"/>", 1}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Unknown, MalformedConfig,
    testing::Values(
        Case{"Option", "<Sysmon schemaversion=\"4.90\">\n<HashAlgorithm>*</HashAlgorithm></Sysmon>",
             2, "HashAlgorithms"},
        Case{"Event", InFiltering("<ProcesCreate onmatch=\"include\"/>"), 3, "ProcessCreate"},
        Case{"EventInOtherCase", InFiltering("<processcreate onmatch=\"include\"/>"), 3,
             "ProcessCreate"},
        Case{
            "EventInAGroup",
            InFiltering(
                "<RuleGroup groupRelation=\"or\">\n<FileCreated onmatch=\"include\"/></RuleGroup>"),
            4, "FileCreate"},
        Case{"UnfilteredEvent", InFiltering("<Error onmatch=\"include\"/>"), 3, "Error"},
        Case{"Field", InBlock("<Imgae>x</Imgae>"), 4, "Image"},
        Case{"FieldOfAnotherEvent", InBlock("<TargetFilename>x</TargetFilename>"), 4,
             "TargetFilename"},
        Case{"FieldInARule", InBlock("<Rule groupRelation=\"and\">\n<Usr>x</Usr></Rule>"), 5,
             "User"},
        Case{"Condition", InBlock("<Image condition=\"begins with\">x</Image>"), 4, "begin with"},
        Case{"ConditionOfTwo", InBlock("<Image condition=\"is not any\">x</Image>"), 4,
             "is not any"},
        Case{"ConditionWithTwoBlanks", InBlock("<Image condition=\"begin  with\">x</Image>"), 4},
        Case{"ConditionWithOuterBlank", InBlock("<Image condition=\" is\">x</Image>"), 4},
        Case{"ConditionWithUnicodeLetter", InBlock("<Image condition=\"\u0131s\">x</Image>"), 4},
        Case{"AttributeOfTheRoot", "<Sysmon schemaversion=\"4.90\" version=\"1\"/>", 1, "version"},
        Case{"AttributeOfFiltering",
             "<Sysmon schemaversion=\"4.90\"><EventFiltering name=\"n\"/></Sysmon>", 1, "name"},
        Case{"AttributeOfAGroup", InFiltering("<RuleGroup relation=\"or\"/>"), 3, "relation"},
        Case{"AttributeOfABlock", InFiltering("<ProcessCreate onmatch=\"include\" name=\"n\"/>"), 3,
             "name"},
        Case{"AttributeOfARule", InBlock("<Rule grouprelation=\"or\"><Image>x</Image></Rule>"), 4,
             "groupRelation"},
        Case{"AttributeOfAFilter", InBlock("<Image conditon=\"is\">x</Image>"), 4, "condition"}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    BadValue, MalformedConfig,
    testing::Values(
        Case{"NoOnmatch", InFiltering("<ProcessCreate/>"), 3, "onmatch"},
        Case{"OnmatchInOtherCase", InFiltering("<ProcessCreate onmatch=\"Include\"/>"), 3,
             "Include"},
        Case{"OnmatchEmpty", InFiltering("<ProcessCreate onmatch=\"\"/>"), 3, "onmatch"},
        Case{"OnmatchAndDefault",
             InFiltering("<ProcessCreate onmatch=\"include\" default=\"exclude\"/>"), 3, "default"},
        Case{"Default", InFiltering("<ProcessCreate default=\"yes\"/>"), 3, "yes"},
        Case{"NoGroupRelation", InFiltering("<RuleGroup name=\"n\"/>"), 3, "groupRelation"},
        Case{"GroupRelation", InFiltering("<RuleGroup groupRelation=\"xor\"/>"), 3, "xor"},
        Case{"RuleRelation", InBlock("<Rule groupRelation=\"nor\"><Image>x</Image></Rule>"), 4,
             "nor"},
        Case{"LongName", InBlock("<Image name=\"" + std::string(256, 'n') + "\">x</Image>"), 4,
             "255"},
        Case{
            "LongGroupName",
            InFiltering("<RuleGroup groupRelation=\"or\" name=\"" + std::string(256, 'n') + "\"/>"),
            3, "255"},
        Case{"LongNameInBytes",
             InBlock("<Rule groupRelation=\"or\" name=\"" + EncodeUtf8(std::u32string(128, U'é')) +
                     "\"><Image>x</Image></Rule>"),
             4, "255"},
        Case{
            "HashAlgorithm",
            "<Sysmon schemaversion=\"4.90\">\n<HashAlgorithms>md5,sha512</HashAlgorithms></Sysmon>",
            2, "sha512"},
        Case{"HashAlgorithmsWithBlank",
             "<Sysmon schemaversion=\"4.90\">\n<HashAlgorithms>md5, sha1</HashAlgorithms></Sysmon>",
             2},
        Case{"FieldSizeOfNoField",
             "<Sysmon schemaversion=\"4.90\">\n<FieldSizes>ComandLine:9</FieldSizes></Sysmon>", 2,
             "CommandLine"},
        Case{"FieldSizeZero",
             "<Sysmon schemaversion=\"4.90\">\n<FieldSizes>CommandLine:0</FieldSizes></Sysmon>", 2},
        Case{"FieldSizeNoNumber",
             "<Sysmon schemaversion=\"4.90\">\n<FieldSizes>CommandLine:x</FieldSizes></Sysmon>", 2},
        Case{"FieldSizeHuge",
             "<Sysmon "
             "schemaversion=\"4.90\">\n<FieldSizes>CommandLine:99999999999</FieldSizes></Sysmon>",
             2}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Place, MalformedConfig,
    testing::Values(
        Case{"TextInTheRoot", "<Sysmon schemaversion=\"4.90\">\nx</Sysmon>", 2},
        Case{"TextInFiltering", InFiltering("x"), 3},
        Case{"TextInAGroup", InFiltering("<RuleGroup groupRelation=\"or\">x</RuleGroup>"), 3},
        Case{"TextInABlock", InBlock("x"), 4},
        Case{"TextInARule", InBlock("<Rule groupRelation=\"or\">x<Image>y</Image></Rule>"), 4},
        Case{"CDataInABlock", InBlock("<![CDATA[x]]>"), 4},
        Case{"CDataAfterALine", InBlock("<![CDATA[\n\nx]]>"), 6},
        Case{"ReferenceInABlock", InBlock("&#120;"), 4},
        Case{"ElementInAFilter", InBlock("<Image>x<User>y</User></Image>"), 4},
        Case{"RuleInARule",
             InBlock("<Rule groupRelation=\"or\">\n<Rule "
                     "groupRelation=\"or\"><Image>x</Image></Rule></Rule>"),
             5, "Rule"},
        Case{"GroupInAGroup",
             InFiltering(
                 "<RuleGroup groupRelation=\"or\">\n<RuleGroup groupRelation=\"or\"/></RuleGroup>"),
             4, "RuleGroup"},
        Case{"FilteringInFiltering", InFiltering("<EventFiltering/>"), 3, "EventFiltering"},
        Case{"OptionInFiltering", InFiltering("<HashAlgorithms>*</HashAlgorithms>"), 3,
             "HashAlgorithms"},
        Case{"FilterInAGroup",
             InFiltering("<RuleGroup groupRelation=\"or\">\n<Image>x</Image></RuleGroup>"), 4,
             "Image"},
        Case{"EventInTheRoot",
             "<Sysmon schemaversion=\"4.90\">\n<ProcessCreate onmatch=\"include\"/></Sysmon>", 2,
             "ProcessCreate"},
        Case{"EventInAnEvent", InBlock("<FileCreate onmatch=\"include\"/>"), 4, "FileCreate"}),
    CaseName);

TEST(MalformedConfigs, AllErrorsAreToldInOrder) {
  const LoadedConfig loaded =
      LoadConfig(InBlock("<Imgae>x</Imgae>\n"
                         "<Image condition=\"iz\">x</Image>\n"
                         "<User>x</User>\n"
                         "<Rule groupRelation=\"xor\"><Image>x</Image></Rule>\n"
                         "</ProcessCreate>\n"
                         "<NoSuchEvent onmatch=\"include\">\n"
                         "</NoSuchEvent>\n"
                         "<FileCreate>"
                         "</FileCreate>\n"
                         "<ProcessCreate onmatch=\"include\">"));
  std::vector<uint32_t> lines;
  for (const ConfigMessage& error : loaded.errors) lines.push_back(error.line);
  EXPECT_EQ(lines, (std::vector<uint32_t>{4, 5, 7, 9, 11}));
}

// Everything the language has, without anything after the root element.
const std::string kSample =
    "<?xml version=\"1.0\" encoding='ENCODING'?>\n"
    "<!-- café -->\n"
    "<Sysmon schemaversion=\"4.90\">\n"
    " <HashAlgorithms>*</HashAlgorithms><CheckRevocation/>\n"
    " <EventFiltering>\n"
    "  <RuleGroup name=\"g &amp; h\" groupRelation=\"or\">\n"
    "   <ProcessCreate onmatch=\"include\">\n"
    "    <Image condition='image'>a&#233;<![CDATA[<&]]>b<!-- c --></Image>\n"
    "    <Rule name=\"\" groupRelation=\"and\"><User/><User>\U0001f600</User></Rule>\n"
    "   </ProcessCreate>\n"
    "  </RuleGroup>\n"
    "  <?note x?>\n"
    "  <RegistryEvent onmatch=\"exclude\"/>\n"
    " </EventFiltering>\n"
    "</Sysmon>";

std::string Sample(const std::string& encoding_name) {
  std::string sample = kSample;
  return sample.replace(sample.find("ENCODING"), 8, encoding_name);
}

TEST(MalformedConfigs, EveryTruncationIsRefused) {
  std::string latin1 = Sample("ISO-8859-1");
  latin1.erase(latin1.find("\U0001f600"), 4);
  for (const std::string& whole :
       {Sample("UTF-8"), EncodeXml(Sample("UTF-8"), XmlEncoding::kUtf8Mark),
        EncodeXml(Sample("UTF-16"), XmlEncoding::kUtf16Le),
        EncodeXml(Sample("UTF-16"), XmlEncoding::kUtf16BeMark),
        EncodeXml(latin1, XmlEncoding::kLatin1)}) {
    const LoadedConfig loaded = LoadConfig(whole);
    ASSERT_TRUE(loaded.ok()) << loaded.errors.front().line << ": " << loaded.errors.front().text;
    for (size_t size = 0; size < whole.size(); ++size) {
      const std::string_view cut = std::string_view(whole).substr(0, size);
      const LoadedConfig truncated = LoadConfig(cut);
      ASSERT_FALSE(truncated.ok()) << size;
      ExpectSoundMessages(truncated.errors, CountLines(cut));
    }
  }
}

TEST(MalformedConfigs, AnyBrokenByteIsRefusedOrHarmless) {
  const std::string whole = Sample("UTF-8");
  for (size_t i = 0; i < whole.size(); ++i) {
    for (const char byte :
         {'\0', '\x01', '<', '>', '&', '"', '\'', '/', ';', ' ', 'x', '\x80', '\xff'}) {
      std::string broken = whole;
      broken[i] = byte;
      const LoadedConfig loaded = LoadConfig(broken);
      ExpectSoundMessages(loaded.errors, CountLines(broken));
      ExpectSoundMessages(loaded.warnings, CountLines(broken));
      if (byte == '\0' || byte == '\x01' || byte == '\xff') {
        EXPECT_FALSE(loaded.ok()) << "byte " << i;
      }
    }
  }
}

// Each of these runs as a process of its own, with 1 GiB of memory and 20 s of CPU: what needs more
// is killed. Sanitizers reserve too much address space for the first limit.

constexpr size_t kMiB = size_t{1} << 20;

void Limit() {
  if (!kSanitized) {
    const rlimit memory{1024 * kMiB, 1024 * kMiB};
    if (setrlimit(RLIMIT_AS, &memory) != 0) std::abort();
  }
  const rlimit cpu{20, 20};
  if (setrlimit(RLIMIT_CPU, &cpu) != 0) std::abort();
}

// 0: accepted, 1: refused with a sound message.
[[noreturn]] void LoadAndExit(const std::string& bytes) {
  Limit();
  const LoadedConfig loaded = LoadConfig(bytes);
  const bool sound =
      loaded.ok() || (loaded.errors.front().line > 0 && !loaded.errors.front().text.empty());
  std::_Exit(!sound ? 2 : loaded.ok() ? 0 : 1);
}

void ExpectAccepted(const std::string& bytes) {
  EXPECT_EXIT(LoadAndExit(bytes), testing::ExitedWithCode(0), "");
}

void ExpectRefused(const std::string& bytes) {
  EXPECT_EXIT(LoadAndExit(bytes), testing::ExitedWithCode(1), "");
}

// Far more of `piece` than is accepted. Sanitizers, which take ten times as long, get a part:
// they are to see what is done with it, not how it ends.
void ExpectFarTooMuchIsRefused(const std::function<std::string(size_t)>& document, size_t pieces) {
  if (kSanitized)
    EXPECT_EXIT(
        LoadAndExit(document(pieces / 32)),
        [](int status) { return WIFEXITED(status) && WEXITSTATUS(status) <= 1; }, "");
  else
    ExpectRefused(document(pieces));
}

std::string Repeat(std::string_view text, size_t times) {
  std::string result;
  result.reserve(text.size() * times);
  for (size_t i = 0; i < times; ++i) result += text;
  return result;
}

TEST(HugeConfigDeathTest, FilesUpTo32MiBAreRead) {
  const size_t rest = 32 * kMiB - InFiltering("<!---->").size();
  ExpectAccepted(InFiltering("<!--" + std::string(rest, 'x') + "-->"));
  ExpectRefused(InFiltering("<!--" + std::string(rest + 1, 'x') + "-->"));
}

TEST(HugeConfigDeathTest, BlanksAndNewlinesUpTo32MiB) {
  ExpectAccepted(InFiltering(std::string(31 * kMiB, '\n')));
  ExpectRefused(std::string(31 * kMiB, ' '));
}

TEST(HugeConfigDeathTest, ValuesUpTo4MiBAreRead) {
  ExpectAccepted(InValue(std::string(4 * kMiB, 'x')));
  ExpectRefused(InValue(std::string(4 * kMiB + 1, 'x')));
  // 4 MiB in all, in many pieces.
  ExpectAccepted(InValue(Repeat("xxx&amp;", kMiB)));
  ExpectRefused(InValue(Repeat("xxx&amp;", kMiB) + "x"));
}

TEST(HugeConfigDeathTest, DeepNestingIsRefused) {
  ExpectRefused(Repeat("<a>", 100'000));
  ExpectRefused(Repeat("<a>", 100'000) + Repeat("</a>", 100'000));
  ExpectRefused(InBlock(Repeat("<Rule>", 100'000) + Repeat("</Rule>", 100'000)));
  ExpectRefused(Repeat("<a>", 10 * kMiB));
}

TEST(HugeConfigDeathTest, ManySmallThingsAreBounded) {
  const auto in_block = [](std::string_view piece) {
    return [piece](size_t pieces) { return InBlock(Repeat(piece, pieces)); };
  };
  const auto in_value = [](std::string_view piece) {
    return [piece](size_t pieces) { return InValue(Repeat(piece, pieces)); };
  };
  const auto in_filtering = [](std::string_view piece) {
    return [piece](size_t pieces) { return InFiltering(Repeat(piece, pieces)); };
  };
  ExpectFarTooMuchIsRefused(in_block("<X/>"), 8'000'000);
  ExpectFarTooMuchIsRefused(in_block("<Image/>"), 4'000'000);
  ExpectFarTooMuchIsRefused(in_block("<!---->x"), 3'000'000);
  ExpectFarTooMuchIsRefused(in_value("<!---->x"), 3'000'000);
  ExpectFarTooMuchIsRefused(
      [](size_t pieces) { return InBlock("<Image " + Repeat("a=\"\" ", pieces) + "/>"); },
      5'000'000);
  std::string attributes;
  for (int i = 0; i < 400'000; ++i) attributes += " a" + std::to_string(i) + "=''";
  ExpectRefused(InBlock("<Image" + attributes + "/>"));
  ExpectRefused(InBlock("<" + std::string(16 * kMiB, 'a') + "/>"));
  ExpectRefused(InValue(std::string(16 * kMiB, '&')));
  ExpectFarTooMuchIsRefused(in_value("&nothing"), 2'000'000);
  ExpectRefused(std::string(32 * kMiB, '<'));
  ExpectFarTooMuchIsRefused(in_filtering("<![CDATA["), 3'000'000);
  ExpectFarTooMuchIsRefused(in_filtering("<!--"), 8'000'000);
}

TEST(HugeConfigDeathTest, Utf16IsBoundedToo) {
  ExpectFarTooMuchIsRefused(
      [](size_t pieces) {
        return EncodeXml(InBlock(Repeat("<X/>", pieces)), XmlEncoding::kUtf16LeMark);
      },
      4'000'000);
  const size_t rest = (kSanitized ? 2 : 16) * kMiB - InFiltering("<!---->").size();
  ExpectAccepted(EncodeXml(InFiltering("<!--" + EncodeUtf8(std::u32string(rest, U'日')) + "-->"),
                           XmlEncoding::kUtf16Le));
}

TEST(HugeConfigDeathTest, ManyErrorsAreCut) {
  EXPECT_EXIT(
      {
        Limit();
        const LoadedConfig loaded = LoadConfig(InBlock(Repeat("<Nope>x</Nope>\n", 200'000)));
        std::_Exit(!loaded.ok() && loaded.errors.size() <= kMaxConfigMessages ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace pidigree
