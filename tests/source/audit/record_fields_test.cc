#include "src/source/audit/record_fields.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace pidigree {
namespace {

std::string DecodedString(std::string_view value, bool quoted) {
  std::string room(value.size(), '?');
  char* arena = room.data();
  return std::string(ReadString(value, quoted, arena));
}

TEST(ReadString, QuotedIsLiteral) {
  EXPECT_EQ(DecodedString("/usr/bin/ls", true), "/usr/bin/ls");
  EXPECT_EQ(DecodedString("4142", true), "4142");
  EXPECT_EQ(DecodedString("(null)", true), "(null)");
}

TEST(ReadString, UnquotedIsHexadecimal) {
  EXPECT_EQ(DecodedString("4142", false), "AB");
  EXPECT_EQ(DecodedString("FFfe00", false), std::string("\xff\xfe\0", 3));
}

TEST(ReadString, WordsForNothingAreEmpty) {
  for (const char* word : {"(null)", "(none)", "?", ""}) EXPECT_EQ(DecodedString(word, false), "");
}

TEST(ReadString, WhatIsNeitherStaysAsItIs) {
  EXPECT_EQ(DecodedString("414", false), "414");
  EXPECT_EQ(DecodedString("41zz", false), "41zz");
}

TEST(FieldReader, GivesNamesAndValues) {
  FieldReader field("  avc:  denied  { read } for  pid=7 comm=\"a b\" exe=2F61 x= msg='pid=9'");
  ASSERT_TRUE(field.Next());
  EXPECT_EQ(field.name(), "pid");
  EXPECT_EQ(field.value(), "7");
  EXPECT_FALSE(field.quoted());
  ASSERT_TRUE(field.Next());
  EXPECT_EQ(field.name(), "comm");
  EXPECT_EQ(field.value(), "a b");
  EXPECT_TRUE(field.quoted());
  ASSERT_TRUE(field.Next());
  EXPECT_EQ(field.name(), "exe");
  ASSERT_TRUE(field.Next());
  EXPECT_EQ(field.name(), "x");
  EXPECT_EQ(field.value(), "");
  EXPECT_FALSE(field.Next()) << "what user space claims is not the kernel's word";
}

TEST(FieldReader, TellsATornQuote) {
  FieldReader field("comm=\"ls");
  ASSERT_TRUE(field.Next());
  EXPECT_TRUE(field.torn());
  EXPECT_FALSE(field.Next());
}

struct ExecveCase {
  const char* name;
  std::vector<std::string> records;
  std::string text;
  bool complete;
};

void PrintTo(const ExecveCase& test, std::ostream* out) { *out << test.name; }

constexpr size_t kMaxAbsent = 100;

// An argument that leaves no room in its record.
const std::string kFullText(7400, 'y');

class Execve : public testing::TestWithParam<ExecveCase> {};

TEST_P(Execve, GivesTheArgumentsJoined) {
  ArgvProgress progress;
  std::string text;
  for (const std::string& record : GetParam().records) {
    const size_t size = text.size();
    text.resize(size + record.size() + kMaxAbsent + kSlack);
    bool fresh = false;
    const char* end = ReadExecve(record, kMaxAbsent, progress, text.data() + size, fresh);
    ASSERT_LE(end, text.data() + text.size());
    text.resize(static_cast<size_t>(end - text.data()));
  }
  EXPECT_EQ(text, GetParam().text);
  EXPECT_EQ(progress.IsComplete(), GetParam().complete);
}

INSTANTIATE_TEST_SUITE_P(
    Records, Execve,
    testing::Values(
        ExecveCase{"Plain", {R"(argc=3 a0="ls" a1="-l" a2="/tmp")"}, "ls -l /tmp", true},
        ExecveCase{"Hexadecimal", {R"(argc=2 a0="echo" a1=612062)"}, "echo a b", true},
        ExecveCase{"QuotedDigitsAreText", {R"(argc=1 a0="4142")"}, "4142", true},
        ExecveCase{"InvalidUtf8", {R"(argc=1 a0=FFFE)"}, "\xff\xfe", true},
        ExecveCase{"EmptyArguments", {R"(argc=3 a0="sh" a1="" a2="x")"}, "sh  x", true},
        ExecveCase{"NoArguments", {R"(argc=1 a0="")"}, "", true},
        ExecveCase{"MoreThanTen",
                   {R"(argc=12 a0="0" a1="1" a2="2" a3="3" a4="4" a5="5" a6="6" a7="7" a8="8")",
                    R"(  a9="9" a10="10" a11="11")"},
                   "0 1 2 3 4 5 6 7 8 9 10 11",
                   true},
        ExecveCase{"SplitArgument",
                   {R"(argc=4 a0="sh" a1="-c" a2_len=12 a2[0]=616263)", R"(  a2[1]=6465)",
                    R"(  a2[2]=66 a3="end")"},
                   "sh -c abcdef end",
                   true},
        ExecveCase{"SplitInsideACharacter",
                   {R"(argc=1 a0_len=6 a0[0]=E282)", R"( a0[1]=AC)"},
                   "\xe2\x82\xac",
                   true},
        ExecveCase{
            "RecordTwice", {R"(argc=2 a0="a" a1="b")", R"(argc=2 a0="a" a1="b")"}, "a b", true},
        ExecveCase{"ContinuationTwice",
                   {R"(argc=2 a0="x" a1_len=8 a1[0]=6162)", R"( a1[1]=6364)", R"( a1[1]=6364)"},
                   "x abcd",
                   true},
        ExecveCase{"EachRecordTwice",
                   {R"(argc=3 a0="x" a1_len=8 a1[0]=6162)", R"(argc=3 a0="x" a1_len=8 a1[0]=6162)",
                    R"( a1[1]=6364)", R"( a1[1]=6364)", R"( a2="y")", R"( a2="y")"},
                   "x abcd y",
                   true},
        ExecveCase{"ContinuationMissing",
                   {R"(argc=3 a0="x" a1_len=8 a1[0]=6162)", R"( a2="y")"},
                   "x ab",
                   false},
        ExecveCase{
            "PartMissing", {R"(argc=1 a0_len=12 a0[0]=6162)", R"( a0[2]=6364)"}, "ab", false},
        ExecveCase{"AbsentIsEmpty", {R"(argc=4 a0="x" a3="y")"}, "x   y", true},
        ExecveCase{"AbsentFirstIsEmpty", {R"(argc=3 a1="x" a2="y")"}, " x y", true},
        ExecveCase{"AbsentBehindARecordWithRoomIsEmpty",
                   {R"(argc=4 a0="x")", R"( a2="y" a3="z")"},
                   "x  y z",
                   true},
        ExecveCase{"AbsentBehindAFullRecordMayBeLost",
                   {"argc=4 a0=\"" + kFullText + '"', R"( a2="y" a3="z")"},
                   kFullText,
                   false},
        ExecveCase{"AbsentBehindTheContinuation",
                   {"argc=4 a0=\"" + kFullText + '"', R"( a1="y" a3="z")"},
                   kFullText + " y  z",
                   true},
        ExecveCase{"MoreAbsentThanAllowed", {R"(argc=200 a0="x" a199="y")"}, "x", false},
        ExecveCase{"NoCount", {R"(a0="ls" a1="-l")"}, "ls -l", true},
        ExecveCase{"PromisedPartMissing", {R"(argc=1 a0_len=12 a0[0]=6162)"}, "ab", false},
        ExecveCase{"Torn", {R"(argc=2 a0="x" a1="abc)"}, "x abc", false},
        ExecveCase{"StartMissing", {R"( a1[1]=6364)"}, "", false},
        ExecveCase{"CountOutOfRange", {R"(argc=99999999999 a0="x")"}, "", false}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(AbsentAtEnd, IsEmptyWhereTheRecordHadRoom) {
  EXPECT_EQ(AbsentAtEnd({.started = true, .count = 3, .next_argument = 2}), 1u);
  EXPECT_EQ(AbsentAtEnd({.started = true, .count = 3, .next_argument = 3}), 0u);
  EXPECT_EQ(AbsentAtEnd({.started = true, .may_go_on = true, .count = 3, .next_argument = 2}), 0u);
  EXPECT_EQ(AbsentAtEnd({.started = true, .broken = true, .count = 3, .next_argument = 2}), 0u);
  EXPECT_EQ(AbsentAtEnd({.started = true, .count = 3, .next_argument = 2, .part_chars_left = 4}),
            0u);
  EXPECT_EQ(AbsentAtEnd({.started = true, .count = kUnset - 1, .next_argument = 2}), 0u);
}

}  // namespace
}  // namespace pidigree
