// Records of what happens to files.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string>

#include "src/event/file_fact.h"
#include "src/source/bpf/wire_decoder.h"

namespace pidigree {
namespace {

struct LastFileEvent : FactConsumer {
  using FactConsumer::Apply;
  void Apply(const TaskFact&) override {}
  void Apply(const ForkFact&) override {}
  void Apply(const ExecFact&) override {}
  void Apply(const ExitFact&) override {}
  void Apply(const FileFact& fact) override { event = fact, ++count; }

  FileFact event;
  int count = 0;
};

class FileDecoderTest : public testing::Test {
 protected:
  FileDecoderTest() {
    wire_.header.time_ns = 9;
    wire_.actor = {
        .process = {.start_ns = 50, .tgid = 42}, .uid = 1000, .mount_ns = 3, .program = 8};
    wire_.action = ACTION_FILE_CREATED;
  }

  // With `directory`, components from the last to the first, each ended by a NUL.
  bool Decode(const std::string& directory, const std::string& name = "",
              const std::string& attribute = "", const std::string& value = "") {
    wire_.path = {static_cast<uint32_t>(directory.size()), WIRE_PATH_PRESENT};
    wire_.name_size = static_cast<uint32_t>(name.size());
    wire_.attribute_size = static_cast<uint32_t>(attribute.size());
    wire_.value_size = static_cast<uint32_t>(value.size());
    return DecodeBytes(directory + name + attribute + value);
  }

  bool DecodeBytes(const std::string& text) {
    wire_.header.kind = WIRE_FILE_EVENT;
    wire_.header.size = static_cast<uint32_t>(sizeof(wire_) + text.size());
    record_.assign(reinterpret_cast<const char*>(&wire_), sizeof(wire_));
    record_ += text;
    return decoder_.Decode(std::as_bytes(std::span(record_)), last_);
  }

  static std::string Below(const char* last, const char* first) {
    return std::string(last) + '\0' + first + '\0';
  }

  wire_file_event wire_{};
  std::string record_;
  WireDecoder decoder_;
  LastFileEvent last_;
};

TEST_F(FileDecoderTest, FileThatTheKernelFound) {
  wire_.file = {.device = 8, .inode = 9, .size = 10, .mtime_ns = -1, .ctime_ns = 12, .links = 1};
  wire_.file_time_ns = 13;
  wire_.mode = 0100644;
  ASSERT_TRUE(Decode(Below("f", "tmp")));
  const FileFact& event = last_.event;
  EXPECT_EQ(event.subject.time_ns, 9u);
  EXPECT_EQ(event.subject.process, (ProcessKey{42, 50}));
  EXPECT_EQ(event.subject.ids.uid, 1000u);
  EXPECT_EQ(event.subject.mount_namespace, 3u);
  EXPECT_EQ(event.subject.program, 8u);
  EXPECT_EQ(event.action, FileAction::kCreated);
  EXPECT_EQ(event.path.text, "/tmp/f");
  EXPECT_EQ(event.links, PathLinks::kResolved);
  EXPECT_EQ(event.file.device, 8u);
  EXPECT_EQ(event.file.inode, 9u);
  EXPECT_EQ(event.file.size, 10u);
  EXPECT_EQ(event.file.mtime_ns, -1);
  EXPECT_EQ(event.file.ctime_ns, 12);
  EXPECT_EQ(event.time_ns, 13);
  EXPECT_EQ(event.mode, 0100644u);
  EXPECT_EQ(event.executable, std::nullopt);
}

TEST_F(FileDecoderTest, NameThatTheProcessGave) {
  ASSERT_TRUE(Decode(Below("d", "tmp"), "f"));
  EXPECT_EQ(last_.event.path.text, "/tmp/d/f");
  EXPECT_EQ(last_.event.links, PathLinks::kResolved);
  ASSERT_TRUE(Decode(Below("d", "tmp"), ".//e/./f/"));
  EXPECT_EQ(last_.event.path.text, "/tmp/d/e/f");
  EXPECT_EQ(last_.event.links, PathLinks::kInDirectories);
  ASSERT_TRUE(Decode(Below("d", "tmp"), "../f"));
  EXPECT_EQ(last_.event.path.text, "/tmp/d/../f");
  EXPECT_EQ(last_.event.links, PathLinks::kInDirectories);
  ASSERT_TRUE(Decode("", "/f"));
  EXPECT_EQ(last_.event.path.text, "/f");
  wire_.flags = WIRE_FILE_FOLLOWED;
  ASSERT_TRUE(Decode("", "/f"));
  EXPECT_EQ(last_.event.links, PathLinks::kAlsoLast);
}

TEST_F(FileDecoderTest, Attribute) {
  wire_.action = ACTION_FILE_ATTRIBUTE_SET;
  ASSERT_TRUE(Decode(Below("d", "tmp"), "f", "user.note", std::string("v\0\xff", 3)));
  EXPECT_EQ(last_.event.path.text, "/tmp/d/f");
  EXPECT_EQ(last_.event.attribute, "user.note");
  EXPECT_EQ(last_.event.value, std::string("v\0\xff", 3));
  EXPECT_FALSE(last_.event.value_unread);
  wire_.flags = WIRE_FILE_VALUE_UNREAD;
  ASSERT_TRUE(Decode(Below("d", "tmp"), "f", "user.note"));
  EXPECT_TRUE(last_.event.value_unread);
}

TEST_F(FileDecoderTest, WhatADeletedFileWas) {
  wire_.action = ACTION_FILE_DELETED;
  wire_.flags = WIRE_FILE_STARTS_AS_EXECUTABLE;
  ASSERT_TRUE(Decode(Below("f", "tmp")));
  EXPECT_EQ(last_.event.executable, true);
  wire_.flags = WIRE_FILE_STARTS_OTHERWISE;
  ASSERT_TRUE(Decode(Below("f", "tmp")));
  EXPECT_EQ(last_.event.executable, false);
}

TEST_F(FileDecoderTest, BadRecords) {
  for (const uint32_t action : {0u, ACTION_FILE_MADE_EXECUTABLE + 1u}) {
    wire_.action = action;
    EXPECT_FALSE(Decode(Below("f", "tmp"))) << action;
  }
  wire_.action = ACTION_FILE_CREATED;
  EXPECT_FALSE(Decode(Below("f", "tmp"), std::string("a\0b", 3)));
  EXPECT_FALSE(Decode("f", ""));  // not ended
  ASSERT_TRUE(Decode(Below("f", "tmp"), "name"));
  EXPECT_FALSE(DecodeBytes(Below("f", "tmp") + "nam"));
  EXPECT_FALSE(DecodeBytes(Below("f", "tmp") + "names"));
  wire_.value_size = UINT32_MAX;
  EXPECT_FALSE(DecodeBytes(Below("f", "tmp") + "name"));
  EXPECT_EQ(last_.count, 1);
}

}  // namespace
}  // namespace pidigree
