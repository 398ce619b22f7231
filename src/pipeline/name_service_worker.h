#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "src/enrich/name_service.h"

namespace pidigree {

// Asks for users on a thread of its own, since answers may come over the network.
//
// A question that nobody answers blocks the thread for as long as the name service likes. Ending
// the worker does not wait for that: the thread is left behind, and ends with the process.
class NameServiceWorker final : public NameService {
 public:
  using Question = std::function<std::optional<std::string>(uint32_t uid)>;

  explicit NameServiceWorker(Question ask = AskSystemForUserName,
                             std::chrono::milliseconds patience = std::chrono::milliseconds(100));
  ~NameServiceWorker() override;

  Outcome Ask(uint32_t uid, std::string& name) override;

 private:
  // Shared with the thread, which may outlive the worker.
  struct Desk {
    std::mutex mutex;
    std::condition_variable changed;
    // All guarded by mutex.
    bool asked = false;     // a question is there, or being answered
    bool answered = false;  // `name` is the answer to the last one
    bool closed = false;
    uint32_t uid = 0;
    std::string name;
  };

  static void Work(const std::shared_ptr<Desk>& desk, const Question& ask);

  std::chrono::milliseconds patience_;
  std::shared_ptr<Desk> desk_;
};

}  // namespace pidigree
