#include "src/base/seeded_hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "src/base/ip_address.h"

namespace pidigree {
namespace {

template <typename Set>
size_t LongestChain(const Set& set) {
  size_t longest = 0;
  for (size_t i = 0; i < set.bucket_count(); ++i) longest = std::max(longest, set.bucket_size(i));
  return longest;
}

TEST(SeededHash, EqualKeysHaveOneAndOthersTheirOwn) {
  std::unordered_set<uint64_t> seen;
  for (const std::string_view text : {"", "a", "b", "ab", "ba", "abcdefgh", "abcdefghi"}) {
    EXPECT_EQ(SeededHash(text), SeededHash(std::string(text)));
    EXPECT_TRUE(seen.insert(SeededHash(text)).second) << text;
  }
  EXPECT_TRUE(seen.insert(SeededHash(std::string_view("a\0", 2))).second);
  EXPECT_EQ(SeededHasher()(std::string("a")), SeededHasher()(std::string_view("a")));
  EXPECT_NE(SeededHasher()(IpAddress::V4(192, 0, 2, 1)),
            SeededHasher()(IpAddress::V4(192, 0, 2, 2)));
}

// Their std::hash, the number itself, leads all of them to the first bucket.
TEST(SeededHasher, MultiplesOfTheNumberOfBucketsDoNotMeet) {
  constexpr size_t kKeys = 10'000;
  std::unordered_set<uint64_t, SeededHasher> set;
  set.reserve(kKeys);
  const size_t buckets = set.bucket_count();
  for (uint64_t i = 0; i < kKeys; ++i) set.insert(i * buckets);
  ASSERT_EQ(set.bucket_count(), buckets);
  EXPECT_LT(LongestChain(set), 100u);
}

// MurmurHash64A, which std::hash is, whatever its seed: blocks of which two and two differ in the
// bit that each multiplication keeps to itself. (Aumasson, Bernstein: SipHash, section 7.)
TEST(SeededHasher, TextsThatCollideForEachSeedOfMurmurHashDoNotMeet) {
  constexpr uint64_t kFactor = 0xc6a4a7935bd1e995;
  uint64_t inverse = 1;
  for (int i = 0; i < 6; ++i) inverse *= 2 - kFactor * inverse;
  const uint64_t mixed = (uint64_t{1} << 63) * inverse;
  const uint64_t block = (mixed ^ mixed >> 47) * inverse;
  const std::string plain(16, '\0');
  const std::string bytes(reinterpret_cast<const char*>(&block), sizeof block);
  const std::string changed = bytes + bytes;

  constexpr unsigned kPairs = 12;
  std::unordered_set<std::string, SeededHasher> set;
  std::unordered_set<size_t> standard;
  for (unsigned choice = 0; choice < 1u << kPairs; ++choice) {
    std::string text;
    for (unsigned i = 0; i < kPairs; ++i) text += choice >> i & 1 ? changed : plain;
    standard.insert(std::hash<std::string>()(text));
    set.insert(std::move(text));
  }
  EXPECT_EQ(standard.size(), 1u) << "no such hash any more: nothing is shown here";
  EXPECT_EQ(set.size(), 1u << kPairs);
  EXPECT_LT(LongestChain(set), 100u);
}

}  // namespace
}  // namespace pidigree
