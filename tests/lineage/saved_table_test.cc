#include "src/lineage/saved_table.h"

#include <gtest/gtest.h>

#include <string>

namespace pidigree {
namespace {

SavedTable SampleTable() {
  SavedTable table{.machine = 0x11223344, .boot = 0xaabbccdd, .texts = {}, .processes = {}};
  table.texts = {{"/bin/sh", "sh -c \xc3\xa9", "/tmp"}, {"root", "", ""}, {"", "", ""}};
  table.processes = {{.guid = Guid::Process(0x11223344, 0xaabbccdd, 1234, 1),
                      .parent_guid = {},
                      .start_ns = 12'345'678'901,
                      .start_utc_ns = 1'795'453'144'386'005'001,
                      .program = 0,
                      .user = 1},
                     {.guid = Guid::Process(0x11223344, 0xaabbccdd, 5678, 4194303),
                      .parent_guid = Guid::Process(0x11223344, 0xaabbccdd, 1234, 1),
                      .start_ns = UINT64_MAX,
                      .start_utc_ns = -1,
                      .parent_pid = 1,
                      .uid = 1000,
                      .auid = 1001,
                      .session = 7,
                      .program = 2,
                      .user = 1,
                      .parent_program = 0,
                      .parent_user = 1,
                      .mount_namespace = 42,
                      .offered = true}};
  return table;
}

TEST(SavedTable, ReadsWhatItWrote) {
  const SavedTable table = SampleTable();
  const std::string bytes = EncodeSavedTable(table);
  const Result<SavedTable> read = DecodeSavedTable(bytes);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, table);
}

TEST(SavedTable, RefusesEveryTornFile) {
  const std::string bytes = EncodeSavedTable(SampleTable());
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(DecodeSavedTable(std::string_view(bytes).substr(0, size))) << size;
  EXPECT_FALSE(DecodeSavedTable(bytes + "x"));
}

TEST(SavedTable, RefusesEveryFlippedBit) {
  const std::string bytes = EncodeSavedTable(SampleTable());
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    EXPECT_FALSE(DecodeSavedTable(damaged)) << bit;
  }
}

TEST(SavedTable, NamesTheVersionThatItCannotRead) {
  std::string bytes = EncodeSavedTable(SampleTable());
  bytes[8] = 2;
  const Result<SavedTable> read = DecodeSavedTable(bytes);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(read.error().message, "the saved process table has version 2, not 1");
}

TEST(SavedTable, RefusesWhatNoTableHolds) {
  const auto refused = [](auto change) {
    SavedTable table = SampleTable();
    change(table);
    return !DecodeSavedTable(EncodeSavedTable(table));
  };
  EXPECT_TRUE(refused([](SavedTable& table) { table.texts[0][1] = "\x01"; }));
  EXPECT_TRUE(refused([](SavedTable& table) { table.texts[0][1] = "\xc3"; }));
  EXPECT_TRUE(refused([](SavedTable& table) { table.processes[0].program = 3; }));
  EXPECT_TRUE(
      refused([](SavedTable& table) { table.processes[1].guid = table.processes[0].guid; }));
  EXPECT_TRUE(refused([](SavedTable& table) { table.boot = 1; }));
  EXPECT_TRUE(refused([](SavedTable& table) {
    table.processes[0].guid = Guid::Process(table.machine, table.boot, 1, 0);
  }));
}

}  // namespace
}  // namespace pidigree
