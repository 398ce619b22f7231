#include "src/source/audit/parsed_chunk_pool.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pidigree {
namespace {

constexpr size_t kLong = 200'000;
constexpr size_t kShort = 100;

std::shared_ptr<ParsedChunk> Parse(ParsedChunkPool& pool, size_t text_bytes) {
  const auto text = std::make_shared<std::string>(text_bytes - 1, 'x');
  *text += '\n';
  std::shared_ptr<ParsedChunk> parsed = pool.Get(text_bytes);
  const auto file = std::make_shared<LogFile>(LogFile{.name = "audit.log"});
  ParseChunk({.buffer = text, .file = file, .text = *text}, *parsed);
  return parsed;
}

TEST(ParsedChunkPool, UsesAChunkAgain) {
  ParsedChunkPool pool;
  const ParsedChunk* first = Parse(pool, kLong).get();
  EXPECT_EQ(Parse(pool, kLong - 10).get(), first);
}

TEST(ParsedChunkPool, ShortTextsDoNotHoldTheMemoryOfLongOnes) {
  ParsedChunkPool pool;
  for (int round = 0; round < 5; ++round) {
    std::vector<std::shared_ptr<ParsedChunk>> parsed;
    for (int i = 0; i < 20; ++i) parsed.push_back(Parse(pool, kLong));
    parsed.clear();
    size_t bytes = 0;
    for (int i = 0; i < 200; ++i) {
      parsed.push_back(Parse(pool, kShort));
      bytes += parsed.back()->bytes();
    }
    EXPECT_LT(bytes, 200 * 1024u);
  }
}

TEST(ParsedChunkPool, ChunksMayOutliveIt) {
  auto pool = std::make_unique<ParsedChunkPool>();
  const std::shared_ptr<ParsedChunk> parsed = Parse(*pool, kShort);
  pool.reset();
  EXPECT_EQ(parsed->malformed.count, 1u);
}

}  // namespace
}  // namespace pidigree
