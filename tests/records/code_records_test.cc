// What is written of code that processes and the kernel take in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "src/event/code_fact.h"
#include "tests/support/live_host.h"

namespace pidigree {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr ProcessKey kInit{1, 10'000'000};
constexpr ProcessKey kShell{50, 500'000'000'000};
constexpr Subject kActor{.time_ns = LiveHost::kStartNs + 1'250'000'000,
                         .process = kShell,
                         .ids = {.uid = 1000},
                         .mount_namespace = 3};

class CodeRecordsTest : public testing::Test {
 protected:
  CodeRecordsTest() {
    host_.Snapshot({{.process = kInit, .image = "/sbin/init", .arguments = "init"},
                    {.process = kShell,
                     .parent = kInit,
                     .image = "/bin/sh",
                     .arguments = "sh",
                     .ids = {.uid = 1000, .euid = 1000}}});
    static_cast<void>(host_.TakeRecords());
  }

  LiveHost host_;
};

TEST_F(CodeRecordsTest, MappedFileIsToBeHashed) {
  ImageFact image;
  image.subject = kActor;
  image.action = ImageAction::kMapped;
  image.path.text = "/lib/x.so";
  image.file.inode = 7;
  const std::vector<TextRecord> records = host_.Told(image);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].id, 7);
  EXPECT_EQ(records[0]["UtcTime"], "2026-11-23 16:59:05.250");
  EXPECT_EQ(records[0]["ProcessGuid"], GuidText(kShell));
  EXPECT_EQ(records[0]["Image"], "/bin/sh");
  EXPECT_EQ(records[0]["User"], "alice");
  EXPECT_EQ(records[0]["ImageLoaded"], "/lib/x.so");
  const HashRequest& request = host_.hashes().back();  // behind those of announcements
  EXPECT_EQ(request.path, "/lib/x.so");
  EXPECT_EQ(request.mount_namespace, 3u);
  EXPECT_EQ(request.executable.inode, 7u);
}

TEST_F(CodeRecordsTest, ModuleFromAFileIsToBeHashed) {
  ModuleFact module;
  module.subject = kActor;
  module.name = "dummy";
  module.valid_signature = true;
  module.path.text = "/lib/modules/dummy.ko";
  module.file.inode = 8;
  const std::vector<TextRecord> records = host_.Told(module);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].id, 6);
  EXPECT_EQ(records[0]["ImageLoaded"], "/lib/modules/dummy.ko");
  EXPECT_EQ(records[0]["Signed"], "true");
  EXPECT_EQ(records[0]["SignatureStatus"], "Valid");
  ASSERT_THAT(host_.hashes(), SizeIs(1));
  EXPECT_EQ(host_.hashes()[0].path, "/lib/modules/dummy.ko");
  EXPECT_EQ(host_.hashes()[0].executable.inode, 8u);
}

TEST_F(CodeRecordsTest, ModuleFromMemoryHasNoFile) {
  ModuleFact module;
  module.subject = kActor;
  module.name = "dummy";
  module.valid_signature = false;
  const std::vector<TextRecord> records = host_.Told(module);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0]["ImageLoaded"], "dummy");
  EXPECT_EQ(records[0]["Hashes"], "-");
  EXPECT_EQ(records[0]["Signed"], "false");
  EXPECT_EQ(records[0]["SignatureStatus"], "Unavailable");
  EXPECT_THAT(host_.hashes(), IsEmpty());
}

}  // namespace
}  // namespace pidigree
