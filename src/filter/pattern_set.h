#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pidigree {

// Where in a text a pattern has to stand.
enum class Anchor : uint8_t {
  kWhole,     // it is the text
  kBaseName,  // it is what follows the last '/' or, in a text without one, the last '\'
  kBegin,
  kEnd,
  kAnywhere,
};

// The numbers of what was found, each once, in the order of finding.
class HitSet {
 public:
  // For numbers below `count`; the set must be empty.
  void Resize(size_t count) {
    if (bits_.size() * 64 < count) bits_.resize(count / 64 + 1);
  }
  bool Has(uint32_t number) const { return bits_[number / 64] >> number % 64 & 1; }
  void Add(uint32_t number) {
    if (Has(number)) return;
    bits_[number / 64] |= uint64_t{1} << number % 64;
    hits_.push_back(number);
  }
  const std::vector<uint32_t>& hits() const { return hits_; }
  void Clear() {
    for (const uint32_t number : hits_) bits_[number / 64] = 0;
    hits_.clear();
  }

 private:
  std::vector<uint64_t> bits_;
  std::vector<uint32_t> hits_;
};

// Finds which of many patterns stand in a text, in a time that depends on the text and on what it
// holds, and hardly on the number of patterns.
//
// Anchored patterns are found by hash tables. Of each of the others the four bytes that are least
// likely in command lines and paths are chosen; a table of their hashes tells for eight positions
// of a text at a time, in a few cycles, that nothing can stand there, which is so almost always.
//
// Immutable: any thread may use it.
class PatternSet {
 public:
  struct Pattern {
    std::string text;  // empty for Anchor::kBaseName at most
    Anchor anchor = Anchor::kWhole;
  };

  // patterns[i] gets the number first_number + i. No two have the same text and anchor.
  PatternSet(std::vector<Pattern> patterns, uint32_t first_number);

  // Adds the numbers of the patterns that stand in `text` to `hits`. Bytes are compared as they
  // are.
  void Match(std::string_view text, HitSet& hits) const;

 private:
  static constexpr uint32_t kNone = 0xffffffff;

  struct Range {
    uint32_t first = 0;
    uint32_t count = 0;
  };

  // A hash table from keys to ranges of an array.
  class Index {
   public:
    // Each run of equal keys becomes a range of the array that is as long as `keys`.
    explicit Index(const std::vector<uint64_t>& keys = {});
    Range Find(uint64_t key) const;

   private:
    struct Slot {
      uint64_t key = 0;
      Range range;  // empty: a free slot
    };
    std::vector<Slot> slots_;
    int slot_shift_ = 0;
    // A bit for each of many more hashes than there are slots: most keys that are asked for are not
    // there, and here the processor can foresee it.
    std::vector<uint64_t> bitmap_;
    int bitmap_shift_ = 0;
  };

  // Patterns that are whole texts, by WholeKey().
  struct Whole {
    Index index;
    std::vector<uint32_t> patterns;
  };

  // Patterns that stand at one end of a text. Ranges share their first (from that end) 1, 2, 4 or 8
  // bytes, as many as their patterns have, and are in the order of their texts, read from that end.
  struct Affixes {
    struct Entry {
      uint64_t next_bytes = 0;  // after those that the range shares, as they sort
      uint32_t pattern = 0;
      uint32_t shorter =
          kNone;  // longest other entry of the range that stands at the end of this one
    };
    std::array<Index, 4> by_size;
    std::vector<Entry> entries;
    std::array<uint32_t, 4> first{};  // entry where each index starts
  };

  // Patterns that stand anywhere, by a piece of each.
  struct Place {
    uint32_t pattern = 0;
    uint32_t offset = 0;  // of the piece in the pattern
  };
  struct Pieces {
    std::vector<uint8_t> marks;  // by hash: 1 if a piece has it
    int shift = 0;
    Index index;
    std::vector<Place> places;
  };

  void BuildWhole(Anchor anchor, Whole& whole) const;
  template <bool kFromEnd>
  void BuildAffixes(Anchor anchor, Affixes& affixes) const;
  void BuildPieces();
  static Pieces MakePieces(std::vector<std::pair<uint32_t, Place>> found);

  void MatchWhole(const Whole& whole, std::string_view text, HitSet& hits) const;
  template <bool kFromEnd>
  void MatchAffixes(const Affixes& affixes, std::string_view text, HitSet& hits) const;
  template <typename Integer>
  void MatchPieces(const Pieces& pieces, std::string_view text, HitSet& hits) const;
  [[gnu::noinline]] void Verify(const Pieces& pieces, uint32_t piece, std::string_view text,
                                size_t at, HitSet& hits) const;

  const std::vector<Pattern> patterns_;
  const uint32_t first_number_;
  Whole whole_;
  Whole base_name_;
  Affixes begin_;
  Affixes end_;
  Pieces fours_;                   // of patterns of at least four bytes
  Pieces twos_;                    // of patterns of two and three
  std::vector<uint32_t> singles_;  // patterns of one byte anywhere
};

}  // namespace pidigree
