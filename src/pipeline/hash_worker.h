#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "src/base/mutex.h"
#include "src/base/seeded_hash.h"
#include "src/enrich/executable_hasher.h"
#include "src/enrich/file_hash.h"
#include "src/pipeline/loss_ledger.h"

namespace pidigree {

// The hashes of one file. Shared by everybody who runs it.
struct HashJob {
  enum class State : uint8_t { kPending, kDone, kFailed };

  FileIdentity executable;
  uint32_t pid = 0;
  uint32_t mount_namespace = 0;
  std::string path;
  HashKinds kinds;

  std::atomic<State> state = State::kPending;
  // Written before `state` leaves kPending, never after.
  std::string text;                             // kDone
  LossCause failure = LossCause::kHashChanged;  // kFailed
};

// Hashes executables on a thread of its own. A file that was hashed is not hashed again while
// nothing of its inode changes.
class HashWorker final : public ExecutableHasher {
 public:
  using Clock = std::chrono::steady_clock;

  struct Options {
    uint64_t max_file_bytes = uint64_t{256} << 20;
    std::chrono::milliseconds patience{1000};
    std::string proc_path = "/proc";
  };

  // `losses` must outlive the worker. Starts the thread.
  HashWorker(Options options, LossLedger& losses);
  ~HashWorker() override;

  // Of the collector: what is asked for from now on, nothing to begin with. Forgets what it knows
  // if that is another set. What was asked for before keeps its kinds.
  void SetKinds(HashKinds kinds);

  // Of the collector: the hashes of that file, now or soon. Does not wait. Null if only known ones
  // are asked for, and they are not known: counted by deleted_unknown().
  std::shared_ptr<const HashJob> Find(const HashRequest& request);

  // Of any thread: waits until the job is no longer pending, at most until `deadline`. Returns why
  // there is no text; nullopt if there is.
  std::optional<LossCause> Wait(const HashJob& job, Clock::time_point deadline);

  // Of the collector: the hashes, waited for; what cannot be had is counted. Once somebody waited
  // in vain, nobody waits again before the worker has caught up.
  std::string_view Hash(const HashRequest& request) override;

  // Of any thread: how often files that are deleted were asked for, and nobody knew their hashes.
  uint64_t deleted_unknown() const { return deleted_.load(std::memory_order_relaxed); }

  std::chrono::milliseconds patience() const { return options_.patience; }

 private:
  // Files that are known. An entry takes about 500 bytes.
  static constexpr size_t kMaxKnown = 4096;
  // Files waited for; more are refused.
  static constexpr size_t kMaxWaiting = 1024;

  // While it is the same, so is the content.
  struct FileKey {
    uint64_t device, inode, size;
    int64_t mtime_ns, ctime_ns;
    bool operator==(const FileKey&) const = default;
  };

  void Count(LossCause cause);
  void Work();
  void Run(HashJob& job) const;

  const Options options_;
  LossLedger& losses_;
  std::atomic<bool> stopping_ = false;
  std::atomic<uint64_t> deleted_ = 0;

  // Of the collector.
  HashKinds kinds_;
  std::unordered_map<FileKey, std::shared_ptr<HashJob>, SeededHasher> known_;
  std::deque<FileKey> known_order_;      // oldest first
  std::shared_ptr<const HashJob> last_;  // owns what Hash() returned
  bool late_ = false;

  Mutex mutex_;
  ConditionVariable changed_;
  std::deque<std::shared_ptr<HashJob>> waiting_ GUARDED_BY(mutex_);
  bool idle_ GUARDED_BY(mutex_) = true;
  std::jthread thread_;
};

}  // namespace pidigree
