#include "src/pipeline/name_service_worker.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <optional>
#include <string>

namespace pidigree {
namespace {

using Outcome = NameService::Outcome;

TEST(NameServiceWorker, GivesTheAnswer) {
  NameServiceWorker worker(
      [](uint32_t uid) { return uid == 7 ? std::optional<std::string>("seven") : std::nullopt; },
      std::chrono::minutes(1));
  std::string name = "old";
  EXPECT_EQ(worker.Ask(7, name), Outcome::kAnswered);
  EXPECT_EQ(name, "seven");
  EXPECT_EQ(worker.Ask(8, name), Outcome::kAnswered);
  EXPECT_EQ(name, "");
}

TEST(NameServiceWorker, IsLateAndThenDoesNotWaitAgain) {
  auto answer = std::make_shared<std::promise<void>>();
  auto future = std::make_shared<std::future<void>>(answer->get_future());
  NameServiceWorker worker(
      [future](uint32_t) {
        future->wait();
        return std::optional<std::string>("late");
      },
      std::chrono::milliseconds(1));
  std::string name;
  EXPECT_EQ(worker.Ask(1, name), Outcome::kLate);
  EXPECT_EQ(worker.Ask(2, name), Outcome::kLate);
  answer->set_value();
}

}  // namespace
}  // namespace pidigree
