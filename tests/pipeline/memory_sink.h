#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "src/base/mutex.h"
#include "src/sink/line_sink.h"

namespace pidigree {

// Takes as many lines as it has room for. Any thread.
class MemorySink final : public LineSink {
 public:
  explicit MemorySink(std::string name = "memory", size_t room = SIZE_MAX)
      : name_(std::move(name)), room_(room) {}

  const std::string& name() const override { return name_; }
  Result<> Write(const LineBuffer& buffer, size_t& next) override {
    const MutexLock lock(mutex_);
    for (; next < buffer.size(); ++next) {
      if (buffer.line(next).size() > kMaxLine) return Fail(ErrorCode::kLimit, "too long");
      if (gone_) return Fail(ErrorCode::kGone, "write to " + name_ + ": gone");
      if (room_ == 0) return Fail(ErrorCode::kSystem, "write to " + name_ + ": full");
      --room_;
      lines_.emplace_back(buffer.line(next));
    }
    return {};
  }
  Result<> Reopen() override {
    const MutexLock lock(mutex_);
    ++reopened_;
    return {};
  }

  void set_room(size_t room) {
    const MutexLock lock(mutex_);
    room_ = room;
  }
  void GoAway() {
    const MutexLock lock(mutex_);
    gone_ = true;
  }
  std::vector<std::string> lines() const {
    const MutexLock lock(mutex_);
    return lines_;
  }
  int reopened() const {
    const MutexLock lock(mutex_);
    return reopened_;
  }

 private:
  static constexpr size_t kMaxLine = 100'000;

  const std::string name_;
  mutable Mutex mutex_;
  size_t room_ GUARDED_BY(mutex_);
  bool gone_ GUARDED_BY(mutex_) = false;
  int reopened_ GUARDED_BY(mutex_) = 0;
  std::vector<std::string> lines_ GUARDED_BY(mutex_);
};

}  // namespace pidigree
