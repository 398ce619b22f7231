#include "src/pipeline/hash_worker.h"

#include <pthread.h>

#include <utility>

#include "src/base/seeded_hash.h"
#include "src/enrich/executable_file.h"

namespace pidigree {

HashWorker::HashWorker(Options options, LossLedger& losses)
    : options_(std::move(options)), losses_(losses), thread_([this] { Work(); }) {
  pthread_setname_np(thread_.native_handle(), "pidigree-hash");
}

HashWorker::~HashWorker() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
}

void HashWorker::SetKinds(HashKinds kinds) {
  if (kinds == kinds_) return;
  kinds_ = kinds;
  known_.clear();
  known_order_.clear();
}

std::shared_ptr<const HashJob> HashWorker::Find(const HashRequest& request) {
  const FileIdentity& file = request.executable;
  const FileKey key{file.device, file.inode, file.size, file.mtime_ns, file.ctime_ns};
  const auto found = known_.find(key);
  if (request.only_known) {
    if (found != known_.end() && found->second->state != HashJob::State::kFailed)
      return found->second;
    deleted_.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
  if (found != known_.end()) {
    const HashJob& job = *found->second;
    // A file that is too large stays so. Of others that failed another process may be alive now.
    if (job.state.load(std::memory_order_acquire) != HashJob::State::kFailed ||
        job.failure == LossCause::kHashTooLarge)
      return found->second;
  }

  auto job = std::make_shared<HashJob>();
  job->executable = file;
  job->pid = request.process.tgid;
  job->mount_namespace = request.mount_namespace;
  job->path = request.path;
  job->kinds = kinds_;
  {
    const MutexLock lock(mutex_);
    if (waiting_.size() < kMaxWaiting) {
      waiting_.push_back(job);
      idle_ = false;
    } else {
      job->failure = LossCause::kHashTimeout;
      job->state = HashJob::State::kFailed;
    }
  }
  changed_.NotifyAll();

  if (found != known_.end()) {
    found->second = job;
    return job;
  }
  if (known_order_.size() == kMaxKnown) {
    known_.erase(known_order_.front());
    known_order_.pop_front();
  }
  known_.emplace(key, job);
  known_order_.push_back(key);
  return job;
}

std::optional<LossCause> HashWorker::Wait(const HashJob& job, Clock::time_point deadline) {
  const auto is_pending = [&job] {
    return job.state.load(std::memory_order_acquire) == HashJob::State::kPending;
  };
  if (is_pending()) {
    MutexLock lock(mutex_);
    for (bool in_time = true; in_time && is_pending();)
      in_time = changed_.WaitUntil(lock, deadline);
  }
  switch (job.state.load(std::memory_order_acquire)) {
    case HashJob::State::kPending:
      return LossCause::kHashTimeout;
    case HashJob::State::kDone:
      return std::nullopt;
    case HashJob::State::kFailed:
      return job.failure;
  }
  return std::nullopt;
}

std::string_view HashWorker::Hash(const HashRequest& request) {
  last_ = Find(request);
  if (last_ == nullptr) return {};
  if (late_) {
    const MutexLock lock(mutex_);
    late_ = !idle_;
  }
  const auto deadline = Clock::now() + (late_ ? std::chrono::milliseconds(0) : options_.patience);
  const auto failure = Wait(*last_, deadline);
  if (!failure) return last_->text;
  late_ = late_ || *failure == LossCause::kHashTimeout;
  Count(*failure);
  return {};
}

void HashWorker::Count(LossCause cause) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const UtcTime time{std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()};
  losses_.Add({cause, 1, time, time});
}

void HashWorker::Work() {
  MutexLock lock(mutex_);
  for (;;) {
    while (!stopping_ && waiting_.empty()) changed_.Wait(lock);
    if (stopping_) return;
    const std::shared_ptr<HashJob> job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.Unlock();
    Run(*job);
    lock.Lock();
    idle_ = waiting_.empty();
    changed_.NotifyAll();
  }
}

void HashWorker::Run(HashJob& job) const {
  auto outcome = HashJob::State::kFailed;
  if (job.executable.size > options_.max_file_bytes) {
    job.failure = LossCause::kHashTooLarge;
  } else if (const Result<UniqueFd> file = OpenExecutable(
                 job.executable, job.pid, job.mount_namespace, job.path, options_.proc_path)) {
    Result<std::string> text = HashFile(file->get(), job.kinds, options_.max_file_bytes, stopping_);
    // It may have been written to while it was read.
    if (text && IsExecutable(file->get(), job.executable)) {
      job.text = std::move(*text);
      outcome = HashJob::State::kDone;
    }
  }
  job.state.store(outcome, std::memory_order_release);
}

}  // namespace pidigree
