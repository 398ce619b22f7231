// What is written of files, field by field.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "src/enrich/file_lookup.h"
#include "src/event/file_fact.h"
#include "tests/support/live_host.h"

namespace pidigree {
namespace {

using testing::Ge;
using testing::IsEmpty;
using testing::SizeIs;

constexpr ProcessKey kInit{1, 10'000'000};
constexpr ProcessKey kShell{50, 500'000'000'000};
// 2026-11-23 16:59:05.250 UTC
constexpr uint64_t kNow = LiveHost::kStartNs + 1'250'000'000;

class FileRecordsTest : public testing::Test {
 protected:
  FileRecordsTest() {
    host_.Snapshot({{.process = kInit, .image = "/sbin/init", .arguments = "init"},
                    {.process = kShell,
                     .parent = kInit,
                     .image = "/bin/sh",
                     .arguments = "sh",
                     .ids = {.uid = 1000, .euid = 1000}}});
    static_cast<void>(host_.TakeRecords());
  }

  static FileFact Event(FileAction action) {
    FileFact event;
    event.subject = {.time_ns = kNow, .process = kShell, .ids = {.uid = 1000}};
    event.action = action;
    event.path.text = "/home/alice/f";
    event.mode = S_IFREG | 0600;
    event.time_ns = 1'700'000'000'000'000'000;  // 2023-11-14 22:13:20
    return event;
  }

  // What is written beside announcements.
  std::vector<TextRecord> Write(const FileFact& event) {
    std::vector<TextRecord> records = host_.Told(event);
    for (const TextRecord& record : records) {
      EXPECT_EQ(record["UtcTime"], "2026-11-23 16:59:05.250");
      EXPECT_EQ(record["ProcessGuid"], GuidText(kShell));
      EXPECT_EQ(record["ProcessId"], "50");
      EXPECT_EQ(record["Image"], "/bin/sh");
      EXPECT_EQ(record["User"], "alice");
    }
    return records;
  }

  LiveHost host_;
};

TEST_F(FileRecordsTest, AnnouncesWhoDidIt) {
  host_.Apply(Event(FileAction::kCreated));
  const std::vector<TextRecord> records = host_.TakeRecords();
  ASSERT_THAT(records, SizeIs(3));
  EXPECT_EQ(records[0]["Image"], "/sbin/init");
  EXPECT_EQ(records[1]["Image"], "/bin/sh");
  EXPECT_EQ(records[1]["Description"], "running");
  EXPECT_EQ(records[2].id, 11);
  EXPECT_THAT(Write(Event(FileAction::kCreated)), SizeIs(1));
}

TEST_F(FileRecordsTest, AnnouncesNobodyForWhatIsNotKept) {
  host_.SetFilter([](const TextRecord& record) { return record.id != 11; });
  host_.Apply(Event(FileAction::kCreated));
  EXPECT_THAT(host_.TakeRecords(), IsEmpty());
}

TEST_F(FileRecordsTest, Create) {
  const std::vector<TextRecord> records = Write(Event(FileAction::kCreated));
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].id, 11);
  EXPECT_EQ(records[0]["TargetFilename"], "/home/alice/f");
  EXPECT_EQ(records[0]["CreationUtcTime"], "2023-11-14 22:13:20.000");
}

TEST_F(FileRecordsTest, CreateOfAFileWhoseBirthNobodyKnows) {
  FileFact event = Event(FileAction::kCreated);
  event.time_ns = 0;
  const std::vector<TextRecord> records = Write(event);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0]["CreationUtcTime"], "2026-11-23 16:59:05.250");
}

TEST_F(FileRecordsTest, CreateOfAFifoIsAPipe) {
  FileFact event = Event(FileAction::kCreated);
  event.mode = S_IFIFO | 0600;
  const std::vector<TextRecord> records = Write(event);
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_EQ(records[0].id, 11);
  EXPECT_EQ(records[1].id, 17);
  EXPECT_EQ(records[1]["EventType"], "CreatePipe");
  EXPECT_EQ(records[1]["PipeName"], "/home/alice/f");
}

TEST_F(FileRecordsTest, RenameOfADirectoryIsNone) {
  FileFact event = Event(FileAction::kCreated);
  event.mode = S_IFDIR | 0700;
  EXPECT_THAT(Write(event), IsEmpty());
}

TEST_F(FileRecordsTest, DeleteIsOfferedTwice) {
  const std::vector<TextRecord> records = Write(Event(FileAction::kDeleted));
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_EQ(records[0].id, 23);
  EXPECT_EQ(records[1].id, 26);
  for (const TextRecord& record : records) {
    EXPECT_EQ(record["TargetFilename"], "/home/alice/f");
    EXPECT_EQ(record["IsExecutable"], "-");
  }
}

TEST_F(FileRecordsTest, DeletedFileIsExecutableIfItsStartSaysSo) {
  for (const bool executable : {true, false}) {
    FileFact event = Event(FileAction::kDeleted);
    event.executable = executable;
    for (const TextRecord& record : Write(event))
      EXPECT_EQ(record["IsExecutable"], executable ? "true" : "false");
  }
  EXPECT_EQ(host_.live->engine.counters()[Counter::kUnreadDeletions], 0u);
  Write(Event(FileAction::kDeleted));
  EXPECT_EQ(host_.live->engine.counters()[Counter::kUnreadDeletions], 1u);
}

// It is gone: only what is known of it already can be its hash.
TEST_F(FileRecordsTest, DeletedFileIsNotToBeOpened) {
  FileFact event = Event(FileAction::kDeleted);
  event.file.inode = 7;
  Write(event);
  ASSERT_THAT(host_.hashes(), SizeIs(Ge(2u)));
  for (const HashRequest& request : std::span(host_.hashes()).last(2)) {
    EXPECT_TRUE(request.only_known);
    EXPECT_EQ(request.executable.inode, 7u);
  }
}

TEST_F(FileRecordsTest, Times) {
  FileFact event = Event(FileAction::kTimesSet);
  event.file.inode = 5;
  event.file.mtime_ns = 1'600'000'000'000'000'000;  // 2020-09-13 12:26:40
  const std::vector<TextRecord> records = Write(event);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].id, 2);
  EXPECT_EQ(records[0]["CreationUtcTime"], "2023-11-14 22:13:20.000");
  EXPECT_EQ(records[0]["PreviousCreationUtcTime"], "2020-09-13 12:26:40.000");
}

TEST_F(FileRecordsTest, Attribute) {
  FileFact event = Event(FileAction::kAttributeSet);
  event.attribute = "user.note";
  event.value = "hello";
  host_.policy.hash_kinds = {.md5 = true};
  host_.ApplyPolicy();
  const std::vector<TextRecord> records = Write(event);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].id, 15);
  EXPECT_EQ(records[0]["TargetFilename"], "/home/alice/f:user.note");
  EXPECT_EQ(records[0]["Hash"], "MD5=5d41402abc4b2a76b9719d911017c592");  // of md5sum(1)
  EXPECT_EQ(records[0]["Contents"], "hello");
}

TEST_F(FileRecordsTest, AttributeThatIsNoText) {
  FileFact event = Event(FileAction::kAttributeSet);
  event.attribute = "user.note";
  event.value = std::string_view("\0\xff", 2);
  const std::vector<TextRecord> records = Write(event);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0]["Contents"], "-");
}

TEST_F(FileRecordsTest, Device) {
  const std::vector<TextRecord> records = Write(Event(FileAction::kDeviceOpened));
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].id, 9);
  EXPECT_EQ(records[0]["Device"], "/home/alice/f");
}

TEST_F(FileRecordsTest, FifoOpened) {
  const std::vector<TextRecord> records = Write(Event(FileAction::kFifoOpened));
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].id, 18);
  EXPECT_EQ(records[0]["EventType"], "ConnectPipe");
  EXPECT_EQ(records[0]["PipeName"], "/home/alice/f");
}

TEST_F(FileRecordsTest, ExecutableIsToBeHashed) {
  FileFact event = Event(FileAction::kWritten);
  event.file.inode = 7;
  const std::vector<TextRecord> records = Write(event);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].id, 29);
  EXPECT_EQ(records[0]["TargetFilename"], "/home/alice/f");
  const HashRequest& request = host_.hashes().back();  // behind those of announcements
  EXPECT_EQ(request.path, "/home/alice/f");
  EXPECT_EQ(request.executable.inode, 7u);
  EXPECT_FALSE(request.only_known);
}

TEST_F(FileRecordsTest, ModeOfADirectoryIsNoExecutable) {
  FileFact event = Event(FileAction::kMadeExecutable);
  event.mode = S_IFDIR | 0755;
  EXPECT_THAT(Write(event), IsEmpty());
}

TEST_F(FileRecordsTest, WhoeverIsNotKnownIsLearned) {
  FileFact event = Event(FileAction::kCreated);
  event.subject.process = {77, 600'000'000'000};
  host_.WriteProc({.process = event.subject.process,
                   .parent = kShell,
                   .image = "/bin/late",
                   .arguments = "late"});
  host_.Apply(event);
  const std::vector<TextRecord> records = host_.TakeRecords();
  ASSERT_FALSE(records.empty());
  EXPECT_EQ(records.back().id, 11);
  EXPECT_EQ(records.back()["Image"], "/bin/late");
  EXPECT_EQ(records.back()["ProcessGuid"], GuidText(event.subject.process));
}

class FileLookupTest : public testing::Test {
 protected:
  FileFact Named(const std::string& path, PathLinks links) {
    FileFact event;
    struct stat status {};
    stat("/proc/self/ns/mnt", &status);
    event.subject.mount_namespace = static_cast<uint32_t>(status.st_ino);
    text_ = path;
    event.path.text = text_;
    event.links = links;
    return event;
  }

  const TempDir directory_;
  FileLookup lookup_{"/proc"};
  std::string text_;
};

TEST_F(FileLookupTest, FollowsDirectoriesAndWhatIsAskedFor) {
  std::filesystem::create_directories(directory_.Path("real/deep"));
  std::filesystem::create_symlink("real", directory_.Path("link"));
  std::filesystem::create_symlink("file", directory_.Path("real/other"));
  directory_.Write("real/file", "");
  // So that the links need no new access time, which the kernel would have to write.
  static_cast<void>(std::filesystem::exists(directory_.Path("link/other")));
  EXPECT_EQ(
      lookup_.Resolve(Named(directory_.Path("link/deep/../other"), PathLinks::kInDirectories)),
      directory_.Path("real/other"));
  EXPECT_EQ(lookup_.Resolve(Named(directory_.Path("link/other"), PathLinks::kAlsoLast)),
            directory_.Path("real/file"));
  EXPECT_EQ(lookup_.Resolve(Named(directory_.Path("link/other"), PathLinks::kResolved)),
            directory_.Path("link/other"));
  EXPECT_EQ(lookup_.unresolved(), 0u);
}

TEST_F(FileLookupTest, WhatIsGoneIsOnlyTidied) {
  EXPECT_EQ(lookup_.Resolve(Named("/none/a/.././b", PathLinks::kInDirectories)), "/none/b");
  EXPECT_EQ(lookup_.unresolved(), 1u);
  EXPECT_FALSE(lookup_.Find(Named("/none/b", PathLinks::kResolved), "/none/b"));
}

TEST_F(FileLookupTest, FindsWhatALinkIsAndNotWhereItLeads) {
  std::filesystem::create_symlink("/", directory_.Path("link"));
  const FileFact event = Named(directory_.Path("link"), PathLinks::kResolved);
  const auto found = lookup_.Find(event, directory_.Path("link"));
  ASSERT_TRUE(found);
  EXPECT_TRUE(S_ISLNK(found->mode));
}

}  // namespace
}  // namespace pidigree
