// What a collector tells when the clock is set, and what is in force after a reload.
#include "src/pipeline/collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <initializer_list>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "schema/events.h"
#include "src/base/mutex.h"
#include "src/event/file_fact.h"
#include "src/pipeline/event_writer.h"
#include "tests/pipeline/scripted_kernel.h"
#include "tests/support/executable_of.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using namespace std::literals;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

constexpr uint64_t kSecondNs = 1'000'000'000;
constexpr int64_t kHourNs = 3'600'000'000'000;
constexpr ProcessKey kInit{1, 1};
constexpr char kQuiet[] = "/bin/quiet";  // of which no rule keeps what it does
// FIPS 180-2, appendix B.1: of "abc".
constexpr char kProgramSha256[] =
    "SHA256=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

// Keeps some events, and of what /bin/quiet does only its start and its end.
class SomeEvents final : public RecordFilter {
 public:
  explicit SomeEvents(const EventSet& events) : events_(events) {}
  bool Include(Record& record) const override {
    if (record.type == &kProcessCreate || record.type == &kProcessTerminate)
      return CanInclude(*record.type);
    const size_t image = record.type->Find("Image");
    const auto* const text = std::get_if<std::string_view>(&record.values[image]);
    return CanInclude(*record.type, image, text != nullptr ? *text : std::string_view());
  }
  bool CanInclude(const EventType& event) const override { return events_.test(event.id); }
  bool CanInclude(const EventType& event, size_t, std::string_view text) const override {
    return CanInclude(event) && text != kQuiet;
  }

 private:
  const EventSet events_;
};

// Event id, TimeCreated in seconds, and the fields that tests look at.
class ShortSerializer final : public Serializer {
 public:
  bool Append(const Record& record, size_t, ByteBuffer& out) const override {
    out.Append(std::to_string(record.record_id) + ": " + std::to_string(record.type->id) + " " +
               std::to_string(record.time_created.ns / 1'000'000'000));
    for (const char* const name : {"Image", "Hashes", "Description"}) {
      const size_t field = record.type->Find(name);
      if (field == EventType::kNoField) continue;
      const auto* const text = std::get_if<std::string_view>(&record.values[field]);
      out.Append(" " + std::string(text != nullptr ? *text : "-"));
    }
    return false;
  }
  size_t RecordIdAt(const EventType&) const override { return 0; }
};

class WrittenLines {
 public:
  void Add(std::string_view line) {
    const MutexLock lock(mutex_);
    lines_.emplace_back(line);
  }
  std::vector<std::string> all() const {
    const MutexLock lock(mutex_);
    return lines_;
  }
  size_t Count(std::string_view what) const {
    size_t count = 0;
    for (const std::string& line : all()) count += line.find(what) != line.npos ? 1 : 0;
    return count;
  }

 private:
  mutable Mutex mutex_;
  std::vector<std::string> lines_ GUARDED_BY(mutex_);
};

class MemoryOutput final : public LineSink {
 public:
  explicit MemoryOutput(WrittenLines& lines) : lines_(lines) {}
  const std::string& name() const override { return name_; }
  Result<> Write(const LineBuffer& buffer, size_t& next) override {
    for (; next < buffer.size(); ++next) {
      const std::string_view line = buffer.line(next);
      lines_.Add(line.substr(line.find(' ') + 1));
    }
    return {};
  }

 private:
  WrittenLines& lines_;
  const std::string name_ = "lines";
};

EventSet Events(std::initializer_list<uint16_t> ids) {
  EventSet events;
  for (const uint16_t id : ids) events.set(id);
  return events;
}

std::shared_ptr<AgentPolicy> PolicyOf(std::initializer_list<uint16_t> ids) {
  auto policy = std::make_shared<AgentPolicy>();
  policy->wanted = Events(ids);
  policy->records.filter = std::make_shared<SomeEvents>(policy->wanted);
  policy->serializers.fill(std::make_shared<ShortSerializer>());
  return policy;
}

class CollectorTest : public testing::Test {
 protected:
  CollectorTest() {
    DestinationSetup output{.sink = std::make_unique<MemoryOutput>(lines_),
                            .queue = {},
                            .ids = RecordIds::Open(dir_.Path("ids")).value(),
                            .untold_path = {}};
    destinations_.push_back(
        std::make_unique<Destination>(std::move(output), losses_, "host", [](std::string_view) {}));
    writer_ =
        std::make_unique<EventWriter>(EventWriter::Parts{queue_, hashes_, losses_}, destinations_);
    LiveEngineOptions options;
    options.lineage.proc_path = dir_.Path("proc");
    live_ = std::make_unique<LiveEngine>(options, clock_);
    collector_ = std::make_unique<Collector>(
        Collector::Parts{kernel_, *live_, hashes_, queue_, losses_, *writer_, clock_}, "host");
  }
  ~CollectorTest() override { Stop(); }

  void Start(const std::shared_ptr<const AgentPolicy>& policy) {
    ASSERT_TRUE(collector_->Start(policy));
    destinations_[0]->Start({.gone = [] {}, .make_lines = [this] { return writer_->WriteNext(); }});
    writing_ = std::thread([this] { writer_->Run(); });
    collecting_ = std::thread([this] { EXPECT_TRUE(collector_->Run()); });
    clock_.boot_ns += kSecondNs;  // what the snapshot brought is certain from now on
  }
  void Stop() {
    if (!collecting_.joinable()) return;
    collector_->RequestStop();
    collecting_.join();
    writing_.join();
    destinations_[0]->Close();
    destinations_[0]->WaitUntilEnded(std::chrono::steady_clock::now() + 60s);
    destinations_[0]->End();
  }

  void Exec(const ProcessKey& process, const std::string& path) {
    kernel_.Tell(kProcessCreate.id, [process, path, time = clock_.BootNs()](auto& consumer) {
      ExecFact exec;
      exec.subject.time_ns = time;
      exec.subject.process = process;
      exec.present_parent = kInit;
      exec.place.mount_namespace = OwnMountNamespace();
      exec.image.text = path;
      exec.executable = ExecutableOf(path);
      exec.arguments = "program\0"sv;
      consumer.Apply(exec);
    });
  }
  // Event 9.
  void ReadDevice(const ProcessKey& process) {
    kernel_.Tell(kRawAccessRead.id, [process, time = clock_.BootNs()](auto& consumer) {
      FileFact event;
      event.subject = {.time_ns = time,
                       .process = process,
                       .ids = {.uid = 0},
                       .mount_namespace = OwnMountNamespace(),
                       .program = 7};
      event.action = FileAction::kDeviceOpened;
      event.path.text = "/dev/sda";
      consumer.Apply(event);
    });
  }
  // Runs /bin/quiet, and does so much that nobody wants to know that it is muted; comes back when
  // the collector has taken note.
  ProcessKey BeQuiet() {
    const ProcessKey process = NewProcess();
    Exec(process, kQuiet);
    for (int i = 0; i < 20; ++i) ReadDevice(process);
    const std::string marker = "/bin/marker-" + std::to_string(process.tgid);
    Exec(NewProcess(), marker);
    WaitFor(marker);
    return process;
  }
  ProcessKey NewProcess() { return {++last_pid_, clock_.BootNs()}; }

  // Until a line has it.
  void WaitFor(std::string_view what) {
    const auto give_up = std::chrono::steady_clock::now() + 60s;
    while (lines_.Count(what) == 0) {
      ASSERT_LT(std::chrono::steady_clock::now(), give_up) << what;
      kernel_.Wake();
      std::this_thread::yield();
    }
  }

  const TempDir dir_;
  SetClock clock_;
  ScriptedKernel kernel_{TaskFact{.subject = {.process = kInit, .ids = {}},
                                  .present_parent = {},
                                  .place = {.mount_namespace = OwnMountNamespace()},
                                  .comm = "init",
                                  .kernel_thread = false}};
  LossLedger losses_;
  HashWorker hashes_{{.patience = 60s}, losses_};
  RecordQueue queue_{{}};
  WrittenLines lines_;
  EventWriter::Destinations destinations_;
  std::unique_ptr<EventWriter> writer_;
  std::unique_ptr<LiveEngine> live_;
  std::unique_ptr<Collector> collector_;
  std::thread writing_, collecting_;
  uint32_t last_pid_ = 100;
};

TEST_F(CollectorTest, TellsTheTimeOfAClockThatWasSetBack) {
  clock_.boot_to_utc_ns = 2 * kHourNs;
  Start(PolicyOf({1}));
  Exec(NewProcess(), "/bin/early");
  WaitFor("1 8201 /bin/early");
  kernel_.Lose(SourceLoss::kNameUnread, 1);
  clock_.boot_ns += kSecondNs;
  WaitFor("1 events lost from 1970-01-01 02:16:4");
  clock_.boot_to_utc_ns = kHourNs;
  kernel_.Lose(SourceLoss::kTargetGone, 7);
  clock_.boot_ns += kSecondNs;
  WaitFor("7 events lost from 1970-01-01 01:16:4");
  Stop();
  EXPECT_THAT(lines_.all(), Contains(AllOf(StartsWith("255 460"), HasSubstr(" 7 events lost"))));
  EXPECT_THAT(lines_.all().back(), StartsWith("4 4603"));
}

TEST_F(CollectorTest, TellsAtAStopWhatHappenedBeforeAlsoIfTheClockWasSetBack) {
  constexpr size_t kMany = 2000;
  clock_.boot_to_utc_ns = kHourNs;
  Start(PolicyOf({1}));
  Exec(NewProcess(), "/bin/early");
  WaitFor("/bin/early");
  clock_.boot_to_utc_ns = 0;
  clock_.boot_ns += kSecondNs;
  kernel_.Hold();
  for (size_t i = 0; i < kMany; ++i) Exec(NewProcess(), "/bin/late");
  clock_.boot_ns += kSecondNs;
  Stop();
  EXPECT_EQ(lines_.Count("/bin/late"), kMany);
}

TEST_F(CollectorTest, GivesEachOfTwoCallersTheResultOfItsOwnPolicy) {
  constexpr int kReloads = 200;
  kernel_.Refuse(Events({11}));
  Start(PolicyOf({1}));
  std::thread other([this] {
    for (int i = 0; i < kReloads; ++i) EXPECT_FALSE(collector_->SetPolicy(PolicyOf({1, 11})));
  });
  for (int i = 0; i < kReloads; ++i) EXPECT_TRUE(collector_->SetPolicy(PolicyOf({1, 9})));
  other.join();
  Stop();
  size_t changes = 0;
  for (const std::string& line : lines_.all()) changes += line.starts_with("16 ") ? 1 : 0;
  EXPECT_EQ(changes, kReloads);
}

TEST_F(CollectorTest, LeavesAPolicyOfTheSameConfigurationInForce) {
  const auto of_file = [](const char* hash) {
    const auto policy = PolicyOf({1, 9});
    policy->configuration = "/etc/rules.xml";
    policy->configuration_hash = hash;
    return policy;
  };
  const auto first = of_file("SHA256=01");
  Start(first);
  WaitFor("16 ");
  const ProcessKey quiet = BeQuiet();
  kernel_.FailAt({1});  // it is not asked for anything
  EXPECT_TRUE(collector_->SetPolicy(of_file("SHA256=01")));
  EXPECT_EQ(collector_->policy(), first);
  EXPECT_TRUE(kernel_.IsMuted(quiet));
  kernel_.FailAt({});
  EXPECT_TRUE(collector_->SetPolicy(of_file("SHA256=02")));
  Stop();
  size_t changes = 0;
  for (const std::string& line : lines_.all()) changes += line.starts_with("16 ") ? 1 : 0;
  EXPECT_EQ(changes, 2u);
}

TEST_F(CollectorTest, TellsErrorsOfOthersAlsoAtAStop) {
  Start(PolicyOf({1}));
  collector_->TellError("CONFIG", "rules.xml:2: wrong");
  WaitFor("rules.xml:2: wrong");
  collector_->TellError("CONFIG", "rules.xml:3: wrong");
  Stop();
  const std::vector<std::string> lines = lines_.all();
  ASSERT_GE(lines.size(), 3u);
  EXPECT_THAT(lines[lines.size() - 3], AllOf(StartsWith("255 "), HasSubstr("rules.xml:2: wrong")));
  EXPECT_THAT(lines[lines.size() - 2], AllOf(StartsWith("255 "), HasSubstr("rules.xml:3: wrong")));
  EXPECT_THAT(lines.back(), StartsWith("4 "));
}

struct FailingStep {
  const char* name;
  std::set<int> calls;  // of the source that fail during the reload
};
void PrintTo(const FailingStep& failure, std::ostream* out) { *out << failure.name; }
std::string StepName(const testing::TestParamInfo<FailingStep>& info) { return info.param.name; }

class FailedReload : public CollectorTest, public testing::WithParamInterface<FailingStep> {
 protected:
  void ReloadInVain(const std::shared_ptr<const AgentPolicy>& policy) {
    const auto before = collector_->policy();
    kernel_.FailAt(GetParam().calls);
    EXPECT_FALSE(collector_->SetPolicy(policy));
    kernel_.FailAt({});
    EXPECT_EQ(collector_->policy(), before);
    EXPECT_EQ(kernel_.attached() & before->wanted, before->wanted);
  }
};

TEST_P(FailedReload, LeavesTheOldPolicyInForceAsAWhole) {
  const auto old = PolicyOf({1, 9});
  old->records.hash_kinds = {.sha256 = true};
  Start(old);
  const ProcessKey quiet = BeQuiet();
  ASSERT_TRUE(kernel_.IsMuted(quiet));

  ReloadInVain(PolicyOf({1, 11}));
  EXPECT_TRUE(kernel_.IsMuted(quiet));
  EXPECT_TRUE(kernel_.IsMuted(BeQuiet()));
  const ProcessKey process = NewProcess();
  const std::string program = dir_.Write("program", "abc");
  Exec(process, program);
  ReadDevice(process);
  WaitFor("9 1001 " + program);
  EXPECT_EQ(lines_.Count(program + " " + kProgramSha256), 1u);
  EXPECT_EQ(lines_.Count("9 1001 "s + kQuiet), 0u);

  const auto next = PolicyOf({1, 11});
  ASSERT_TRUE(collector_->SetPolicy(next));
  EXPECT_EQ(collector_->policy(), next);
  EXPECT_EQ(kernel_.attached(), next->wanted);
  EXPECT_FALSE(kernel_.IsMuted(quiet));
  const std::string other = dir_.Write("other", "abc");
  Exec(NewProcess(), other);
  WaitFor(other + " -");
}

INSTANTIATE_TEST_SUITE_P(Step, FailedReload,
                         testing::Values(FailingStep{"AttachBoth", {1}},
                                         FailingStep{"AttachBothAndTheWayBack", {1, 2}},
                                         FailingStep{"AttachNew", {2}},
                                         FailingStep{"AttachNewAndTheWayBack", {2, 3}}),
                         StepName);

class FailedFirstSnapshot : public FailedReload {};

TEST_P(FailedFirstSnapshot, LeavesAPolicyWithoutProcessesInForce) {
  Start(PolicyOf({4, 16, 255}));
  ReloadInVain(PolicyOf({1}));
  Exec(NewProcess(), "/bin/early");
  ASSERT_TRUE(collector_->SetPolicy(PolicyOf({1})));
  Exec(NewProcess(), "/bin/late");
  WaitFor("/bin/late");
  EXPECT_EQ(lines_.Count("/bin/early"), 0u);
}

INSTANTIATE_TEST_SUITE_P(Step, FailedFirstSnapshot,
                         testing::Values(FailingStep{"AttachBoth", {1}},
                                         FailingStep{"Snapshot", {2}},
                                         FailingStep{"SnapshotAndTheWayBack", {2, 3}},
                                         FailingStep{"AttachNew", {3}},
                                         FailingStep{"AttachNewAndTheWayBack", {3, 4}}),
                         StepName);

}  // namespace
}  // namespace pidigree
