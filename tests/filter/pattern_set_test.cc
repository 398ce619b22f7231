#include "src/filter/pattern_set.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tests/support/random.h"

namespace pidigree {
namespace {

using testing::ElementsAreArray;

bool Stands(const PatternSet::Pattern& pattern, std::string_view text) {
  switch (pattern.anchor) {
    case Anchor::kWhole:
      return text == pattern.text;
    case Anchor::kBaseName: {
      const char separator = text.find('/') != text.npos ? '/' : '\\';
      return text.substr(text.rfind(separator) + 1) == pattern.text;
    }
    case Anchor::kBegin:
      return text.starts_with(pattern.text);
    case Anchor::kEnd:
      return text.ends_with(pattern.text);
    case Anchor::kAnywhere:
      return text.find(pattern.text) != text.npos;
  }
  return false;
}

void ExpectRight(const std::vector<PatternSet::Pattern>& patterns,
                 const std::vector<std::string>& texts) {
  constexpr uint32_t kFirst = 100;
  const PatternSet set(patterns, kFirst);
  HitSet hits;
  hits.Resize(kFirst + patterns.size());
  for (const std::string& text : texts) {
    std::vector<uint32_t> expected;
    for (size_t i = 0; i < patterns.size(); ++i)
      if (Stands(patterns[i], text)) expected.push_back(kFirst + static_cast<uint32_t>(i));
    set.Match(text, hits);
    std::vector<uint32_t> found = hits.hits();
    std::ranges::sort(found);
    EXPECT_THAT(found, ElementsAreArray(expected)) << text;
    hits.Clear();
  }
}

TEST(PatternSet, WithoutPatternsFindsNothing) { ExpectRight({}, {"", "text"}); }

TEST(PatternSet, FindsPatternsOfEverySizeAtBothEnds) {
  std::vector<PatternSet::Pattern> patterns;
  const std::string text = "/usr/lib/systemd/systemd-journald";
  for (size_t size = 1; size <= text.size(); ++size) {
    patterns.push_back({text.substr(0, size), Anchor::kBegin});
    patterns.push_back({text.substr(text.size() - size), Anchor::kEnd});
    patterns.push_back({text.substr(text.size() - size), Anchor::kAnywhere});
  }
  ExpectRight(patterns,
              {text, text + "x", "x" + text, text.substr(0, 9), text.substr(20), "/", "d"});
}

// Few different letters make patterns stand in each other and at every border.
TEST(PatternSet, AgreesWithPlainSearch) {
  Random random(11);
  const auto word = [&](size_t longest) {
    std::string text;
    for (size_t size = random.Below(longest + 1); text.size() < size;)
      text += "aab/\\\xc3"[random.Below(6)];
    return text;
  };
  for (int round = 0; round < 300; ++round) {
    std::set<std::tuple<std::string, Anchor>> wanted;
    for (size_t i = random.Below(60); i > 0; --i) {
      const auto anchor = static_cast<Anchor>(random.Below(5));
      std::string text = word(round % 3 == 0 ? 30 : 6);
      if (text.empty() && anchor != Anchor::kBaseName) text = "a";
      wanted.emplace(std::move(text), anchor);
    }
    std::vector<PatternSet::Pattern> patterns;
    for (const auto& [text, anchor] : wanted) patterns.push_back({text, anchor});
    std::vector<std::string> texts;
    for (int i = 0; i < 30; ++i) texts.push_back(word(60));
    for (const auto& pattern : patterns) texts.push_back(pattern.text);
    ExpectRight(patterns, texts);
  }
}

}  // namespace
}  // namespace pidigree
