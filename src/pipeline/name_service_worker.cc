#include "src/pipeline/name_service_worker.h"

#include <pthread.h>

#include <thread>
#include <utility>

namespace pidigree {

template <typename Key>
NameServiceWorker<Key>::NameServiceWorker(const char* thread_name, Question ask)
    : desk_(std::make_shared<Desk>()) {
  std::thread thread([desk = desk_, ask = std::move(ask)] { Work(desk, ask); });
  pthread_setname_np(thread.native_handle(), thread_name);
  thread.detach();
}

template <typename Key>
NameServiceWorker<Key>::~NameServiceWorker() {
  {
    const MutexLock lock(desk_->mutex);
    desk_->closed = true;
  }
  desk_->changed.NotifyAll();
}

template <typename Key>
void NameServiceWorker<Key>::Work(const std::shared_ptr<Desk>& desk, const Question& ask) {
  MutexLock lock(desk->mutex);
  for (;;) {
    while (!desk->closed && !desk->asked) desk->changed.Wait(lock);
    if (desk->closed) return;
    const Key key = desk->key;
    lock.Unlock();
    std::string name = ask(key);
    lock.Lock();
    desk->name = std::move(name);
    desk->asked = false;
    desk->answered = true;
    desk->changed.NotifyAll();
  }
}

template <typename Key>
std::optional<std::string> NameServiceWorker<Key>::Ask(const Key& key,
                                                       std::chrono::nanoseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  MutexLock lock(desk_->mutex);
  if (desk_->asked) return std::nullopt;
  desk_->key = key;
  desk_->asked = true;
  desk_->answered = false;
  desk_->changed.NotifyAll();
  while (!desk_->answered)
    if (!desk_->changed.WaitUntil(lock, deadline) && !desk_->answered) return std::nullopt;
  desk_->answered = false;
  return std::move(desk_->name);
}

template <typename Key>
auto NameServiceWorker<Key>::TakeLate() -> std::optional<Answer> {
  const MutexLock lock(desk_->mutex);
  if (!std::exchange(desk_->answered, false)) return std::nullopt;
  return Answer{desk_->key, std::move(desk_->name)};
}

template class NameServiceWorker<uint32_t>;
template class NameServiceWorker<IpAddress>;

}  // namespace pidigree
