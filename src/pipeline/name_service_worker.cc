#include "src/pipeline/name_service_worker.h"

#include <pthread.h>

#include <memory>
#include <utility>

namespace pidigree {

NameServiceWorker::NameServiceWorker(Question ask, std::chrono::milliseconds patience)
    : patience_(patience), desk_(std::make_shared<Desk>()) {
  std::thread thread([desk = desk_, ask = std::move(ask)] { Work(desk, ask); });
  pthread_setname_np(thread.native_handle(), "pidigree-names");
  thread.detach();
}

NameServiceWorker::~NameServiceWorker() {
  {
    const std::lock_guard lock(desk_->mutex);
    desk_->closed = true;
  }
  desk_->changed.notify_all();
}

void NameServiceWorker::Work(const std::shared_ptr<Desk>& desk, const Question& ask) {
  std::unique_lock lock(desk->mutex);
  for (;;) {
    desk->changed.wait(lock, [&] { return desk->closed || desk->asked; });
    if (desk->closed) return;
    const uint32_t uid = desk->uid;
    lock.unlock();
    std::string name = ask(uid).value_or("");
    lock.lock();
    desk->name = std::move(name);
    desk->asked = false;
    desk->answered = true;
    desk->changed.notify_all();
  }
}

NameService::Outcome NameServiceWorker::Ask(uint32_t uid, std::string& name) {
  std::unique_lock lock(desk_->mutex);
  if (desk_->asked) return Outcome::kLate;
  desk_->uid = uid;
  desk_->asked = true;
  desk_->answered = false;
  desk_->changed.notify_all();
  if (!desk_->changed.wait_for(lock, patience_, [&] { return desk_->answered; }))
    return Outcome::kLate;
  name = desk_->name;
  return Outcome::kAnswered;
}

}  // namespace pidigree
