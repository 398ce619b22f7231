#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "src/base/mutex.h"
#include "src/enrich/name_service.h"

namespace pidigree {

// Asks for names of users (uint32_t) or hosts (IpAddress) on a thread of its own, since answers may
// come over the network.
//
// A question that nobody answers blocks the thread for as long as the name service likes. Ending
// the worker does not wait for that: the thread is left behind, and ends with the process.
template <typename Key>
class NameServiceWorker final : public NameService<Key> {
 public:
  using typename NameService<Key>::Answer;
  using Question = std::function<std::string(const Key&)>;

  // `thread_name`: at most 15 bytes.
  NameServiceWorker(const char* thread_name, Question ask);
  ~NameServiceWorker() override;

  std::optional<std::string> Ask(const Key& key, std::chrono::nanoseconds patience) override;
  std::optional<Answer> TakeLate() override;

 private:
  // Shared with the thread, which may outlive the worker.
  struct Desk {
    Mutex mutex;
    ConditionVariable changed;
    bool asked GUARDED_BY(mutex) = false;     // `key` is to be asked for, or being asked for
    bool answered GUARDED_BY(mutex) = false;  // `name` is the answer to it, which nobody has taken
    bool closed GUARDED_BY(mutex) = false;
    Key key GUARDED_BY(mutex){};
    std::string name GUARDED_BY(mutex);
  };

  static void Work(const std::shared_ptr<Desk>& desk, const Question& ask);

  std::shared_ptr<Desk> desk_;
};

extern template class NameServiceWorker<uint32_t>;
extern template class NameServiceWorker<IpAddress>;

}  // namespace pidigree
