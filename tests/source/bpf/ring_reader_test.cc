#include "src/source/bpf/ring_reader.h"

#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace pidigree {
namespace {

// A ring as kernel/bpf/ringbuf.c lays it out: data that stands twice, so that no record is broken.
class RingReaderTest : public testing::Test {
 protected:
  static constexpr size_t kBytes = 64;
  static constexpr size_t kMaxRecord = 32;

  // Puts a record of `text` with these bits of its header at the producer's position.
  void Produce(std::string_view text, uint32_t bits = 0) {
    const auto header = static_cast<uint32_t>(text.size()) | bits;
    Put(produced_, std::string_view(reinterpret_cast<const char*>(&header), sizeof(header)));
    Put(produced_ + BPF_RINGBUF_HDR_SZ, text);
    produced_ += (text.size() + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
  }

  void GiveBack() { reader_.GiveBack(); }

  std::string Next() {
    const auto record = reader_.Next();
    if (!record) return "(none)";
    return {reinterpret_cast<const char*>(record->data()), record->size()};
  }

  uint64_t consumed_ = 0;
  uint64_t produced_ = 0;

 private:
  void Put(uint64_t position, std::string_view bytes) {
    for (size_t i = 0; i < bytes.size(); ++i) {
      const size_t at = (position + i) % kBytes;
      data_[at] = static_cast<std::byte>(bytes[i]);
      if (at < kMaxRecord) data_[kBytes + at] = data_[at];
    }
  }

  alignas(8) std::array<std::byte, kBytes + kMaxRecord> data_{};
  RingReader reader_{{&consumed_, &produced_, data_.data(), kBytes, kMaxRecord}};
};

TEST_F(RingReaderTest, EmptyRing) { EXPECT_EQ(Next(), "(none)"); }

TEST_F(RingReaderTest, RecordsInOrder) {
  Produce("first");
  Produce("and the second");
  EXPECT_EQ(Next(), "first");
  EXPECT_EQ(Next(), "and the second");
  EXPECT_EQ(Next(), "(none)");
}

TEST_F(RingReaderTest, RoomIsGivenBackWithTheNextRecordOrOnRequest) {
  Produce("first");
  const uint64_t end_of_first = produced_;
  Next();
  EXPECT_EQ(consumed_, 0u);
  Next();
  EXPECT_EQ(consumed_, 0u);
  Produce("second");
  Next();
  EXPECT_EQ(consumed_, end_of_first);
  GiveBack();
  EXPECT_EQ(consumed_, produced_);
}

TEST_F(RingReaderTest, RecordAcrossTheEnd) {
  for (int round = 0; round < 100; ++round) {
    Produce("seventeen letters");
    EXPECT_EQ(Next(), "seventeen letters");
    EXPECT_EQ(Next(), "(none)");
  }
}

TEST_F(RingReaderTest, WaitsForTheRecordThatIsBeingWritten) {
  Produce("first", BPF_RINGBUF_BUSY_BIT);
  const uint64_t end_of_first = produced_;
  Produce("second");
  EXPECT_EQ(Next(), "(none)");
  const uint64_t end_of_second = std::exchange(produced_, 0);
  Produce("first");
  ASSERT_EQ(produced_, end_of_first);
  produced_ = end_of_second;
  EXPECT_EQ(Next(), "first");
  EXPECT_EQ(Next(), "second");
}

TEST_F(RingReaderTest, StepsOverDiscardedRecords) {
  Produce("no", BPF_RINGBUF_DISCARD_BIT);
  Produce("yes");
  EXPECT_EQ(Next(), "yes");
  EXPECT_EQ(Next(), "(none)");
}

TEST_F(RingReaderTest, CountsARecordLongerThanAnyMayBe) {
  RingReader::Memory memory;
  uint64_t consumed = 0;
  const uint64_t produced = 48;
  alignas(8) std::array<std::byte, kBytes + kMaxRecord> data{};
  const uint32_t header = 40;
  std::memcpy(data.data(), &header, sizeof(header));
  memory = {&consumed, &produced, data.data(), kBytes, kMaxRecord};
  RingReader reader(memory);
  EXPECT_FALSE(reader.Next().has_value());
  EXPECT_EQ(reader.malformed(), 1u);
  reader.GiveBack();
  EXPECT_EQ(consumed, produced);
}

}  // namespace
}  // namespace pidigree
