#include "src/source/audit/audit_log_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pidigree {
namespace {

using std::chrono::milliseconds;

// Facts as text, in the order in which they come.
class FactList final : public FactConsumer {
 public:
  using FactConsumer::Apply;
  void Apply(const ForkFact& fork) override { Add("fork", fork.subject); }
  void Apply(const ExecFact& exec) override { Add("exec", exec.subject); }
  void Apply(const ExitFact& exit) override { Add("exit", exit.subject); }
  void Apply(const TaskFact& task) override { Add("task", task.subject); }

  std::vector<std::string> facts_;

 private:
  void Add(const char* what, const Subject& subject) {
    facts_.push_back(std::string(what) + " " + std::to_string(subject.process.tgid) + " " +
                     std::to_string(subject.time_ns));
  }
};

const std::string kLog = PIDIGREE_SOURCE_DIR "/tests/data/audit/exact-raw/audit.log";

TEST(AuditLogSource, TellsALogThroughPollAlone) {
  LogInput input({kLog}, {.read_bytes = 4096});
  AuditLogSource source(input);
  EventSource& as_any = source;
  ASSERT_TRUE(as_any.Attach({}).has_value());
  FactList told;
  uint64_t facts = 0;
  while (!source.ended()) facts += as_any.Poll(milliseconds(0), 1, told).value();
  EXPECT_THAT(told.facts_, testing::Not(testing::IsEmpty()));
  EXPECT_GE(facts, told.facts_.size());
  EXPECT_EQ(as_any.Status().facts, facts);
  EXPECT_THAT(source.InputsWithoutRecords(), testing::IsEmpty());
  EXPECT_EQ(as_any.Poll(milliseconds(0), 1, told).value(), 0u);
}

TEST(AuditLogSource, TellsTheSameWhereOthersReadAhead) {
  LogInput alone_input({kLog}, {.read_bytes = 4096});
  AuditLogSource alone(alone_input);
  FactList expected;
  while (!alone.ended()) static_cast<void>(alone.Poll(milliseconds(0), 1, expected));

  constexpr size_t kSlots = 3;
  LogInput input({kLog}, {.read_bytes = 4096});
  AuditLogSource source(input, {}, kSlots);
  FactList told;
  bool more = true;
  while (more) {
    size_t read = 0;
    while (read < kSlots && (more = source.Read(read))) ++read;
    for (size_t slot = read; slot-- > 0;) source.Parse(slot);
    for (size_t slot = 0; slot < read; ++slot)
      static_cast<void>(source.Poll(milliseconds(0), 1, told));
  }
  EXPECT_TRUE(source.ended());
  EXPECT_THAT(told.facts_, testing::SizeIs(testing::Gt(100u)));
  EXPECT_EQ(told.facts_, expected.facts_);
}

// Nobody waits for what will not be read.
TEST(AuditLogSource, EndsAfterWake) {
  LogInput input({kLog}, {.read_bytes = 4096});
  AuditLogSource source(input);
  FactList told;
  static_cast<void>(source.Poll(milliseconds(0), 1, told));
  source.Wake();
  const size_t polls = 1000;
  size_t i = 0;
  while (i < polls && !source.ended()) {
    static_cast<void>(source.Poll(milliseconds(0), 1, told));
    ++i;
  }
  EXPECT_LT(i, polls);
}

}  // namespace
}  // namespace pidigree
