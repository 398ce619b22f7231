#include "src/pipeline/last_resort.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <utility>

namespace pidigree {

LastResort::LastResort(std::chrono::seconds patience, std::string last_words)
    : last_words_(std::move(last_words)),
      thread_([this, deadline = std::chrono::steady_clock::now() + patience] { Wait(deadline); }) {
  pthread_setname_np(thread_.native_handle(), "pidigree-end");
}

LastResort::~LastResort() {
  const MutexLock lock(mutex_);
  over_ = true;
  changed_.NotifyAll();
}

void LastResort::Wait(std::chrono::steady_clock::time_point deadline) {
  MutexLock lock(mutex_);
  while (!over_) {
    if (changed_.WaitUntil(lock, deadline)) continue;
    pollfd standard_error{STDERR_FILENO, POLLOUT, 0};
    if (poll(&standard_error, 1, 0) == 1) {
      [[maybe_unused]] const ssize_t written =
          write(STDERR_FILENO, last_words_.data(), last_words_.size());
    }
    _exit(1);
  }
}

}  // namespace pidigree
