#include "src/filter/pattern_set.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <unordered_map>

namespace pidigree {
namespace {

template <typename Integer>
Integer Load(const char* from) {
  Integer value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

uint64_t Mix(uint64_t key) {
  key *= 0x9e3779b97f4a7c15;
  return (key ^ key >> 32) * 0xd6e8feb86659fd93;
}

uint32_t HashOfPiece(uint32_t piece) { return piece * 0x9e3779b1; }

// Up to eight bytes from one end of `text`, the outermost in the lowest bits. As a sequence they
// are what Outer() below gives one by one.
template <bool kFromEnd>
uint64_t OuterBytes(std::string_view text) {
  if (text.size() >= 8) {
    if constexpr (kFromEnd) return __builtin_bswap64(Load<uint64_t>(text.data() + text.size() - 8));
    return Load<uint64_t>(text.data());
  }
  uint64_t bytes = 0;
  for (size_t i = 0; i < text.size(); ++i)
    bytes |= uint64_t{static_cast<unsigned char>(kFromEnd ? text[text.size() - 1 - i] : text[i])}
             << 8 * i;
  return bytes;
}
static_assert(std::endian::native == std::endian::little);

// The eight bytes after the first `skip`, as an integer that sorts like them; 0 for each that is
// not there.
template <bool kFromEnd>
uint64_t NextBytes(std::string_view text, size_t skip) {
  return __builtin_bswap64(
      OuterBytes<kFromEnd>(kFromEnd ? text.substr(0, text.size() - skip) : text.substr(skip)));
}

uint64_t FirstBytes(uint64_t bytes, size_t count) {
  return count == 8 ? bytes : bytes & ((uint64_t{1} << 8 * count) - 1);
}

// Byte i from the end that affixes stand at.
template <bool kFromEnd>
unsigned char Outer(std::string_view text, size_t i) {
  return static_cast<unsigned char>(kFromEnd ? text[text.size() - 1 - i] : text[i]);
}

template <bool kFromEnd>
bool StandsAtEnd(std::string_view affix, std::string_view text) {
  return kFromEnd ? text.ends_with(affix) : text.starts_with(affix);
}

// Whether `a`, read from that end, sorts before `b`.
template <bool kFromEnd>
bool SortsBefore(std::string_view a, std::string_view b) {
  if constexpr (!kFromEnd) return a < b;
  const size_t common = std::min(a.size(), b.size());
  for (size_t i = 0; i < common; ++i)
    if (Outer<kFromEnd>(a, i) != Outer<kFromEnd>(b, i))
      return Outer<kFromEnd>(a, i) < Outer<kFromEnd>(b, i);
  return a.size() < b.size();
}

constexpr std::array<size_t, 4> kAffixSizes = {1, 2, 4, 8};

// Which of kAffixSizes is the largest that a pattern has bytes for.
size_t AffixClass(size_t size) { return size >= 8 ? 3 : size >= 4 ? 2 : size >= 2 ? 1 : 0; }

std::string_view BaseName(std::string_view text) {
  size_t separator = text.rfind('/');
  if (separator == text.npos) separator = text.rfind('\\');
  return separator == text.npos ? text : text.substr(separator + 1);
}

// Two texts of one key are nearly always equal.
uint64_t WholeKey(std::string_view text) {
  return Mix(OuterBytes<false>(text) + text.size()) ^ OuterBytes<true>(text);
}

// The bytes of paths and command lines, roughly by how often they are seen.
constexpr std::string_view kCommonFirst = "e/s-tariobnlc. du_pm10hg2f=vk3yx45:869w7jqz\"'@,+~\\;|";

// How common a byte is taken to be: 0 for what hardly ever occurs.
unsigned Commonness(char c) {
  const size_t rank = kCommonFirst.find(c);
  return rank == kCommonFirst.npos ? 0 : static_cast<unsigned>(kCommonFirst.size() - rank);
}

}  // namespace

PatternSet::Index::Index(const std::vector<uint64_t>& keys) {
  if (keys.empty()) return;
  const size_t slots = std::bit_ceil(2 * keys.size() + 2);
  const size_t bits = std::bit_ceil(16 * keys.size() + 64);
  slots_.resize(slots);
  slot_shift_ = 64 - std::countr_zero(slots);
  bitmap_.resize(bits / 64);
  bitmap_shift_ = 64 - std::countr_zero(bits);
  for (size_t i = 0; i < keys.size();) {
    size_t end = i;
    while (end < keys.size() && keys[end] == keys[i]) ++end;
    const uint64_t hash = Mix(keys[i]);
    bitmap_[(hash >> bitmap_shift_) / 64] |= uint64_t{1} << (hash >> bitmap_shift_) % 64;
    size_t slot = hash >> slot_shift_;
    while (slots_[slot].range.count != 0) slot = (slot + 1) & (slots - 1);
    slots_[slot] = {keys[i], {static_cast<uint32_t>(i), static_cast<uint32_t>(end - i)}};
    i = end;
  }
}

inline PatternSet::Range PatternSet::Index::Find(uint64_t key) const {
  if (slots_.empty()) return {};
  const uint64_t hash = Mix(key);
  const uint64_t bit = hash >> bitmap_shift_;
  if ((bitmap_[bit / 64] >> bit % 64 & 1) == 0) return {};
  for (size_t i = hash >> slot_shift_;; i = (i + 1) & (slots_.size() - 1))
    if (slots_[i].range.count == 0 || slots_[i].key == key) return slots_[i].range;
}

PatternSet::PatternSet(std::vector<Pattern> patterns, uint32_t first_number)
    : patterns_(std::move(patterns)), first_number_(first_number) {
  BuildWhole(Anchor::kWhole, whole_);
  BuildWhole(Anchor::kBaseName, base_name_);
  BuildAffixes<false>(Anchor::kBegin, begin_);
  BuildAffixes<true>(Anchor::kEnd, end_);
  BuildPieces();
}

void PatternSet::BuildWhole(Anchor anchor, Whole& whole) const {
  std::vector<std::pair<uint64_t, uint32_t>> found;
  for (uint32_t i = 0; i < patterns_.size(); ++i)
    if (patterns_[i].anchor == anchor) found.emplace_back(WholeKey(patterns_[i].text), i);
  std::ranges::sort(found);
  std::vector<uint64_t> keys;
  for (const auto& [key, pattern] : found) {
    keys.push_back(key);
    whole.patterns.push_back(pattern);
  }
  whole.index = Index(keys);
}

template <bool kFromEnd>
void PatternSet::BuildAffixes(Anchor anchor, Affixes& affixes) const {
  std::array<std::vector<uint32_t>, 4> classes;
  for (uint32_t i = 0; i < patterns_.size(); ++i)
    if (patterns_[i].anchor == anchor) classes[AffixClass(patterns_[i].text.size())].push_back(i);
  for (size_t size_class = 0; size_class < classes.size(); ++size_class) {
    std::ranges::sort(classes[size_class], [&](uint32_t a, uint32_t b) {
      return SortsBefore<kFromEnd>(patterns_[a].text, patterns_[b].text);
    });
    const auto first = static_cast<uint32_t>(affixes.entries.size());
    affixes.first[size_class] = first;
    std::vector<uint64_t> keys;
    for (const uint32_t pattern : classes[size_class]) {
      const std::string_view text = patterns_[pattern].text;
      keys.push_back(FirstBytes(OuterBytes<kFromEnd>(text), kAffixSizes[size_class]));
      // In sorted order what stands at the end of an entry is the entry before it, or what stands
      // at the end of that one.
      const bool same_range = keys.size() > 1 && keys[keys.size() - 2] == keys.back();
      uint32_t shorter = same_range ? static_cast<uint32_t>(affixes.entries.size() - 1) : kNone;
      while (shorter != kNone &&
             !StandsAtEnd<kFromEnd>(patterns_[affixes.entries[shorter].pattern].text, text))
        shorter = affixes.entries[shorter].shorter;
      affixes.entries.push_back(
          {NextBytes<kFromEnd>(text, kAffixSizes[size_class]), pattern, shorter});
    }
    affixes.by_size[size_class] = Index(keys);
  }
}

void PatternSet::BuildPieces() {
  // A piece that many patterns share would make each of its places be looked at.
  std::unordered_map<uint32_t, unsigned> shared;
  for (const Pattern& pattern : patterns_)
    if (pattern.anchor == Anchor::kAnywhere)
      for (size_t i = 0; i + 4 <= pattern.text.size(); ++i)
        ++shared[Load<uint32_t>(pattern.text.data() + i)];

  std::vector<std::pair<uint32_t, Place>> fours, twos;
  for (uint32_t i = 0; i < patterns_.size(); ++i) {
    const std::string& text = patterns_[i].text;
    if (patterns_[i].anchor != Anchor::kAnywhere) continue;
    if (text.size() == 1) {
      singles_.push_back(i);
      continue;
    }
    const size_t size = text.size() < 4 ? 2 : 4;
    uint32_t best = 0;
    unsigned best_cost = ~0u;
    for (uint32_t at = 0; at + size <= text.size(); ++at) {
      unsigned cost = 0;
      for (size_t k = 0; k < size; ++k) cost += Commonness(text[at + k]);
      constexpr unsigned kCostOfDoubling = 16;
      if (size == 4)
        cost += kCostOfDoubling *
                static_cast<unsigned>(std::bit_width(shared[Load<uint32_t>(text.data() + at)]));
      if (cost < best_cost) {
        best_cost = cost;
        best = at;
      }
    }
    if (size == 4)
      fours.emplace_back(Load<uint32_t>(text.data() + best), Place{i, best});
    else
      twos.emplace_back(Load<uint16_t>(text.data() + best), Place{i, best});
  }

  fours_ = MakePieces(std::move(fours));
  twos_ = MakePieces(std::move(twos));
}

PatternSet::Pieces PatternSet::MakePieces(std::vector<std::pair<uint32_t, Place>> found) {
  Pieces pieces;
  if (found.empty()) return pieces;
  // One mark in 32 keeps chance hits rare; 64 KiB stay in the second cache.
  const size_t marks = std::clamp(std::bit_ceil(32 * found.size()), size_t{256}, size_t{1} << 16);
  pieces.marks.resize(marks);
  pieces.shift = 32 - std::countr_zero(marks);
  std::ranges::sort(found, {},
                    [](const auto& entry) { return std::pair(entry.first, entry.second.pattern); });
  std::vector<uint64_t> keys;
  for (const auto& [piece, place] : found) {
    pieces.marks[HashOfPiece(piece) >> pieces.shift] = 1;
    keys.push_back(piece);
    pieces.places.push_back(place);
  }
  pieces.index = Index(keys);
  return pieces;
}

void PatternSet::Match(std::string_view text, HitSet& hits) const {
  if (!whole_.patterns.empty()) MatchWhole(whole_, text, hits);
  if (!base_name_.patterns.empty()) MatchWhole(base_name_, BaseName(text), hits);
  if (!begin_.entries.empty()) MatchAffixes<false>(begin_, text, hits);
  if (!end_.entries.empty()) MatchAffixes<true>(end_, text, hits);
  if (!fours_.places.empty()) MatchPieces<uint32_t>(fours_, text, hits);
  if (!twos_.places.empty()) MatchPieces<uint16_t>(twos_, text, hits);
  for (const uint32_t single : singles_)
    if (text.find(patterns_[single].text[0]) != text.npos) hits.Add(first_number_ + single);
}

void PatternSet::MatchWhole(const Whole& whole, std::string_view text, HitSet& hits) const {
  const Range range = whole.index.Find(WholeKey(text));
  for (uint32_t i = range.first; i < range.first + range.count; ++i)
    if (patterns_[whole.patterns[i]].text == text) hits.Add(first_number_ + whole.patterns[i]);
}

template <bool kFromEnd>
void PatternSet::MatchAffixes(const Affixes& affixes, std::string_view text, HitSet& hits) const {
  const uint64_t bytes = OuterBytes<kFromEnd>(text);
  for (size_t size_class = 0; size_class < kAffixSizes.size(); ++size_class) {
    const size_t size = kAffixSizes[size_class];
    if (text.size() < size) return;
    const Range range = affixes.by_size[size_class].Find(FirstBytes(bytes, size));
    if (range.count == 0) continue;
    // The last entry that does not sort after the text, if any stands at its end, is the longest
    // one that does or leads to it: everything between an affix of the text and the text has that
    // affix.
    const auto begin = affixes.entries.begin() + affixes.first[size_class] + range.first;
    const uint64_t next_bytes = NextBytes<kFromEnd>(text, size);
    const auto after = std::upper_bound(
        begin, begin + range.count, text, [&](std::string_view value, const Affixes::Entry& entry) {
          if (next_bytes != entry.next_bytes) return next_bytes < entry.next_bytes;
          return SortsBefore<kFromEnd>(value, patterns_[entry.pattern].text);
        });
    if (after == begin) continue;
    auto entry = static_cast<uint32_t>(after - affixes.entries.begin() - 1);
    while (entry != kNone &&
           !StandsAtEnd<kFromEnd>(patterns_[affixes.entries[entry].pattern].text, text))
      entry = affixes.entries[entry].shorter;
    for (; entry != kNone; entry = affixes.entries[entry].shorter)
      hits.Add(first_number_ + affixes.entries[entry].pattern);
  }
}

template <typename Integer>
void PatternSet::MatchPieces(const Pieces& pieces, std::string_view text, HitSet& hits) const {
  if (text.size() < sizeof(Integer)) return;
  const size_t positions = text.size() - sizeof(Integer) + 1;
  const uint8_t* const marks = pieces.marks.data();
  const int shift = pieces.shift;
  const auto mark = [&](size_t at) {
    return marks[HashOfPiece(Load<Integer>(text.data() + at)) >> shift];
  };
  constexpr size_t kAtOnce = 8;
  if (positions < kAtOnce) {
    for (size_t at = 0; at < positions; ++at)
      if (mark(at) != 0) Verify(pieces, Load<Integer>(text.data() + at), text, at, hits);
    return;
  }
  // The last positions overlap those before them, so that none are left to do one by one.
  for (size_t next = 0; next < positions; next += kAtOnce) {
    const size_t first = std::min(next, positions - kAtOnce);
    unsigned marked = 0;
    for (size_t i = 0; i < kAtOnce; ++i) marked |= unsigned{mark(first + i)} << i;
    for (; marked != 0; marked &= marked - 1) {
      const size_t at = first + static_cast<size_t>(std::countr_zero(marked));
      Verify(pieces, Load<Integer>(text.data() + at), text, at, hits);
    }
  }
}

void PatternSet::Verify(const Pieces& pieces, uint32_t piece, std::string_view text, size_t at,
                        HitSet& hits) const {
  const Range range = pieces.index.Find(piece);
  for (uint32_t i = range.first; i < range.first + range.count; ++i) {
    const Place place = pieces.places[i];
    if (place.offset <= at &&
        text.substr(at - place.offset).starts_with(patterns_[place.pattern].text))
      hits.Add(first_number_ + place.pattern);
  }
}

}  // namespace pidigree
