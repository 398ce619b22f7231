#include "src/base/valid_text.h"

#include <gtest/gtest.h>

#include <ostream>
#include <random>
#include <string>

namespace pidigree {
namespace {

constexpr const char* kFffd = "\xef\xbf\xbd";

std::string Repeat(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string Valid(std::string_view raw) {
  std::string out(3 * raw.size(), '\0');
  out.resize(CopyValidText(raw, out.data()));
  return out;
}

struct Case {
  const char* name;
  std::string raw;
  std::string expected;
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

class CopiedText : public testing::TestWithParam<Case> {};

// Alone, and at every distance from the start and end of the blocks that are read at once.
TEST_P(CopiedText, IsValid) {
  for (size_t before = 0; before < 40; ++before) {
    for (const size_t after : {size_t{0}, size_t{1}, size_t{15}, size_t{16}, size_t{33}}) {
      const std::string head(before, 'a');
      const std::string tail(after, 'z');
      ASSERT_EQ(Valid(head + GetParam().raw + tail), head + GetParam().expected + tail)
          << before << " bytes before, " << after << " after";
    }
  }
}

// Boundaries of RFC 3629's table of well-formed sequences, and of XML 1.0's Char.
INSTANTIATE_TEST_SUITE_P(
    Text, CopiedText,
    testing::Values(Case{"Ascii", " ~\t\n\r", " ~\t\n\r"}, Case{"Delete", "\x7f", "\x7f"},
                    Case{"Nul", std::string(1, '\0'), kFffd},
                    Case{"Control", "\x01\x08\x0b\x0c\x1f", Repeat(kFffd, 5)},
                    Case{"Escape", "\x1b[31m", std::string(kFffd) + "[31m"},
                    Case{"TwoBytes", "\xc2\x80\xdf\xbf", "\xc2\x80\xdf\xbf"},
                    Case{"ThreeBytes", "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbd",
                         "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbd"},
                    Case{"FourBytes", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
                         "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
                    Case{"BeyondBmpNoncharacter", "\xf0\x9f\xbf\xbe", "\xf0\x9f\xbf\xbe"},
                    Case{"ForbiddenFffe", "\xef\xbf\xbe", kFffd},
                    Case{"ForbiddenFfff", "\xef\xbf\xbf", kFffd},
                    Case{"LoneContinuation", "\x80\xbf", Repeat(kFffd, 2)},
                    Case{"OverlongTwo", "\xc0\x80\xc1\xbf", Repeat(kFffd, 4)},
                    Case{"OverlongThree", "\xe0\x9f\xbf", Repeat(kFffd, 3)},
                    Case{"OverlongFour", "\xf0\x8f\xbf\xbf", Repeat(kFffd, 4)},
                    Case{"Surrogate", "\xed\xa0\x80", Repeat(kFffd, 3)},
                    Case{"BeyondUnicode", "\xf4\x90\x80\x80", Repeat(kFffd, 4)},
                    Case{"NoSuchLead", "\xf5\xfe\xff", Repeat(kFffd, 3)},
                    Case{"CutTwo", "\xc3", kFffd}, Case{"CutThree", "\xe2\x82", Repeat(kFffd, 2)},
                    Case{"CutFour", "\xf0\x9f\x98", Repeat(kFffd, 3)},
                    Case{"CutThenGood", "\xe2\x82\xc3\xa9", Repeat(kFffd, 2) + "\xc3\xa9"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(ValidText, TakesThreeTimesTheRoomAtMost) {
  EXPECT_EQ(Valid(std::string(1000, '\xff')).size(), 3000u);
}

TEST(ValidText, OfValidTextIsTheSame) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string raw(random() % 80, '\0');
    for (char& c : raw) c = static_cast<char>(random() % 3 == 0 ? random() : 'a' + random() % 26);
    const std::string once = Valid(raw);
    ASSERT_EQ(Valid(once), once);
  }
}

TEST(ValidText, IsTheTextItselfIfThatIsPlain) {
  const std::string plain = "plain";
  std::string scratch;
  EXPECT_EQ(ValidText(plain, scratch).data(), plain.data());
  EXPECT_EQ(ValidText("a\xff", scratch), std::string("a") + kFffd);
  EXPECT_EQ(ValidText(plain), plain);
  EXPECT_EQ(ValidText("a\xff"), std::string("a") + kFffd);
}

TEST(PlainText, IsPrintableAsciiAndLineSpace) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool plain =
        (byte >= 0x20 && byte <= 0x7e) || byte == '\t' || byte == '\n' || byte == '\r';
    for (const size_t size : {size_t{1}, size_t{15}, size_t{16}, size_t{17}, size_t{100}}) {
      for (size_t at = 0; at < size; ++at) {
        std::string text(size, 'x');
        text[at] = static_cast<char>(byte);
        ASSERT_EQ(IsPlainText(text), plain) << byte << " at " << at << " of " << size;
      }
    }
  }
  EXPECT_TRUE(IsPlainText(""));
}

}  // namespace
}  // namespace pidigree
