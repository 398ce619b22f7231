#include "src/pipeline/hash_worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <deque>
#include <string>

#include "tests/support/executable_of.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

// FIPS 180-2, appendix B.1: of "abc".
constexpr char kSha256[] =
    "SHA256=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr uint32_t kNobody = 0x7fffffff;  // no process has this id

class HashWorkerTest : public testing::Test {
 protected:
  HashWorkerTest() { worker_.SetKinds({.sha256 = true}); }
  HashRequest RequestFor(const std::string& path) {
    paths_.push_back(path);
    return {.record = 0,
            .process = {kNobody, 1},
            .mount_namespace = OwnMountNamespace(),
            .path = paths_.back(),
            .executable = ExecutableOf(path)};
  }
  std::string_view Wait(const HashJob& job) {
    const auto failure = worker_.Wait(job, HashWorker::Clock::now() + std::chrono::minutes(1));
    return failure ? NameOf(*failure) : std::string_view(job.text);
  }

  const TempDir dir_;
  std::deque<std::string> paths_;
  LossLedger losses_;
  HashWorker worker_{{.max_file_bytes = 1000, .patience = std::chrono::minutes(1)}, losses_};
};

TEST_F(HashWorkerTest, HashesTheFile) {
  EXPECT_EQ(Wait(*worker_.Find(RequestFor(dir_.Write("program", "abc")))), kSha256);
}

TEST_F(HashWorkerTest, HashesAFileOnceUntilItChanges) {
  const std::string path = dir_.Write("program", "abc");
  const auto job = worker_.Find(RequestFor(path));
  EXPECT_EQ(Wait(*job), kSha256);
  EXPECT_EQ(worker_.Find(RequestFor(path)), job);
  dir_.Write("program", "abcd");
  EXPECT_NE(worker_.Find(RequestFor(path)), job);
}

TEST_F(HashWorkerTest, SaysWhyThereIsNone) {
  const HashRequest gone = RequestFor(dir_.Write("gone", "abc"));
  ASSERT_EQ(std::remove(paths_.back().c_str()), 0);
  EXPECT_EQ(Wait(*worker_.Find(gone)), "HASH_CHANGED");
  const HashRequest large = RequestFor(dir_.Write("large", std::string(1001, 'x')));
  EXPECT_EQ(Wait(*worker_.Find(large)), "HASH_TOO_LARGE");
}

// Another process that runs the file may be alive by then.
TEST_F(HashWorkerTest, TriesAgainWhereItFailed) {
  const std::string path = dir_.Write("program", "abc");
  const HashRequest request = RequestFor(path);
  ASSERT_EQ(std::rename(path.c_str(), dir_.Path("away").c_str()), 0);
  EXPECT_EQ(Wait(*worker_.Find(request)), "HASH_CHANGED");
  HashRequest found = request;
  paths_.push_back(dir_.Path("away"));
  found.path = paths_.back();
  found.executable = ExecutableOf(found.path.data());  // rename(2) changed the ctime
  EXPECT_EQ(Wait(*worker_.Find(found)), kSha256);
}

TEST_F(HashWorkerTest, ForgetsWhatItKnowsWhenOtherHashesAreWanted) {
  const std::string path = dir_.Write("program", "abc");
  EXPECT_EQ(Wait(*worker_.Find(RequestFor(path))), kSha256);
  worker_.SetKinds({.md5 = true});
  // RFC 1321, appendix A.5
  EXPECT_EQ(Wait(*worker_.Find(RequestFor(path))), "MD5=900150983cd24fb0d6963f7d28e17f72");
}

// A deleted file cannot be opened; nobody lost anything by that, it is only counted.
TEST_F(HashWorkerTest, KnowsOfADeletedFileWhatItKnewBefore) {
  HashRequest known = RequestFor(dir_.Write("program", "abc"));
  EXPECT_EQ(Wait(*worker_.Find(known)), kSha256);
  HashRequest unknown = RequestFor(dir_.Write("other", "abc"));
  for (HashRequest* const request : {&known, &unknown}) {
    ASSERT_EQ(std::remove(std::string(request->path).c_str()), 0);
    request->only_known = true;
  }
  EXPECT_EQ(worker_.Hash(known), kSha256);
  EXPECT_EQ(worker_.deleted_unknown(), 0u);
  EXPECT_EQ(worker_.Hash(unknown), "");
  EXPECT_EQ(worker_.deleted_unknown(), 1u);
  EXPECT_THAT(losses_.totals(), testing::Each(0u));
}

TEST_F(HashWorkerTest, DoesNotWaitBeyondTheDeadline) {
  HashJob never;
  EXPECT_EQ(worker_.Wait(never, HashWorker::Clock::now()), LossCause::kHashTimeout);
}

TEST_F(HashWorkerTest, AnswersRulesAtOnceAndCountsWhatItCannot) {
  EXPECT_EQ(worker_.Hash(RequestFor(dir_.Write("program", "abc"))), kSha256);
  EXPECT_EQ(worker_.Hash(RequestFor(dir_.Write("large", std::string(1001, 'x')))), "");
  EXPECT_EQ(losses_.totals()[static_cast<size_t>(LossCause::kHashTooLarge)], 1u);
}

}  // namespace
}  // namespace pidigree
