// What the kernel's side leaves out because of LiveMutes must not be missed: the same happens
// before two observers of which one mutes, under random rules, and both have to write the same.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/config/config.h"
#include "src/filter/rule_set.h"
#include "src/records/live_engine.h"
#include "tests/source/bpf/kernel/live_test.h"
#include "tests/support/live_host.h"
#include "tests/support/property_scale.h"
#include "tests/support/random.h"

namespace pidigree {
namespace {

constexpr uint16_t kEvents[] = {1, 2, 3, 5, 7, 8, 9, 10, 11, 15, 17, 18, 23, 26, 29};

// An element, the field that tells the actor's Image and one that tells what it acted on.
struct Element {
  const char* name;
  const char* image;
  const char* object;
};
constexpr Element kElements[] = {
    {"FileCreateTime", "Image", "TargetFilename"},
    {"NetworkConnect", "Image", "Initiated"},
    {"ImageLoad", "Image", "ImageLoaded"},
    {"CreateRemoteThread", "SourceImage", "TargetImage"},
    {"ProcessAccess", "SourceImage", "TargetImage"},
    {"FileCreate", "Image", "TargetFilename"},
    {"FileCreateStreamHash", "Image", "TargetFilename"},
    {"PipeEvent", "Image", "PipeName"},
    {"FileDelete", "Image", "TargetFilename"},
    {"FileDeleteDetected", "Image", "TargetFilename"},
    {"FileExecutableDetected", "Image", "TargetFilename"},
};

std::string RandomFilter(const Element& element, Random& random) {
  const auto filter = [](std::string_view field, std::string_view condition,
                         std::string_view value) {
    return "<" + std::string(field) + " condition=\"" + std::string(condition) + "\">" +
           std::string(value) + "</" + std::string(field) + ">";
  };
  switch (random.Below(6)) {
    case 0:
      return filter(element.image, "end with", "/program-a");
    case 1:
      return filter(element.image, "image", "PROGRAM-B");
    case 2:
      return filter(element.image, "contains", "program");
    case 3:
      return filter(element.image, "not end with", "-b");
    case 4:
      return filter(element.object, "contains", "drop");
    default:
      return filter(element.object, "excludes", "keep");
  }
}

std::string RandomBlock(const Element& element, Random& random) {
  const std::string name = element.name;
  std::string block =
      "<" + name + " onmatch=\"" + (random.OneIn(3) ? "include" : "exclude") + "\">";
  for (size_t items = random.Below(3); items > 0; --items) {
    if (!random.OneIn(3)) {
      block += RandomFilter(element, random);
      continue;
    }
    block += std::string("<Rule groupRelation=\"") + (random.OneIn(2) ? "and" : "or") + "\">";
    block += RandomFilter(element, random) + RandomFilter(element, random) + "</Rule>";
  }
  return std::string("<RuleGroup groupRelation=\"") + (random.OneIn(2) ? "and" : "or") + "\">" +
         block + "</" + name + "></RuleGroup>";
}

std::shared_ptr<const RuleSet> RandomRules(Random& random, std::string& xml) {
  xml = "<Sysmon schemaversion=\"4.90\"><EventFiltering>";
  for (const Element& element : kElements)
    for (size_t blocks = 1 + random.Below(2); blocks > 0; --blocks)
      xml += RandomBlock(element, random);
  xml += "</EventFiltering></Sysmon>";
  LoadedConfig loaded = LoadConfig(xml);
  EXPECT_TRUE(loaded.ok()) << xml;
  return std::make_shared<const RuleSet>(std::move(loaded.config));
}

// Watches, and keeps what is written of the programs of one directory.
class Observer {
 public:
  Observer(std::unique_ptr<BpfSource> source, const Clock& clock, std::string directory)
      : source_(std::move(source)),
        directory_(std::move(directory)),
        clock_(clock),
        live_({.lineage = {.machine = 1, .boot = 2, .computer = "vm"}}, clock) {
    live_.lineage.SetMute(source_->mute());
    live_.engine.BeginBatch(batch_);
  }
  ~Observer() { live_.engine.Recycle(batch_); }

  void Start(std::shared_ptr<const RecordFilter> rules) {
    EventSet wanted;
    for (const uint16_t event : kEvents) wanted.set(event);
    live_.engine.SetPolicy({.filter = std::move(rules)});
    ASSERT_TRUE(source_->Attach(wanted));
    live_.lineage.BeginSnapshot();
    ASSERT_TRUE(source_->Snapshot(live_.engine));
    live_.lineage.EndSnapshot();
  }

  // As a reload does.
  void SetRules(std::shared_ptr<const RecordFilter> rules) {
    live_.lineage.StopMuting();
    Look();
    live_.engine.SetPolicy({.filter = std::move(rules)});
  }

  // At all that happened before.
  void Look() {
    const uint64_t now = clock_.BootNs();
    size_t facts = 1;
    while (facts > 0 && live_.lineage.latest_fact_ns() < now) {
      const auto polled = source_->Poll(std::chrono::milliseconds(0), 512, live_.engine);
      ASSERT_TRUE(polled) << polled.error().message;
      facts = *polled;
      TakeRecords();
    }
  }

  std::vector<std::string> TakeLines() { return std::exchange(lines_, {}); }
  uint64_t muted() const { return source_->Status().muted; }
  uint64_t lost() const {
    return source_->Status().losses[static_cast<size_t>(SourceLoss::kRingFull)];
  }

 private:
  void TakeRecords() {
    for (const Record& record : batch_.records.records()) {
      const TextRecord text = ToText(record);
      const bool is_pair = text.fields.contains("SourceImage");
      if (!text[is_pair ? "SourceImage" : "Image"].starts_with(directory_)) continue;
      std::string line = std::to_string(text.id);
      for (const auto& [field, value] : text.fields)  // each observer looks at the clock itself
        if (!field.ends_with("UtcTime")) line += " " + field + "=" + value;
      lines_.push_back(std::move(line));
    }
    live_.engine.Recycle(batch_);
    live_.engine.BeginBatch(batch_);
  }

  const std::unique_ptr<BpfSource> source_;
  const std::string directory_;
  const Clock& clock_;
  LiveEngine live_;
  EventBatch batch_;
  std::vector<std::string> lines_;
};

// `actor busy`, started and told what to do.
class BusyProcess {
 public:
  BusyProcess(const std::string& directory, const std::string& program, const std::string& other) {
    std::array<int, 2> in{}, out{};
    EXPECT_EQ(pipe2(in.data(), O_CLOEXEC) + pipe2(out.data(), O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(in[0], STDIN_FILENO);
      dup2(out[1], STDOUT_FILENO);
      execl(program.c_str(), "actor", "busy", directory.c_str(), program.c_str(), other.c_str(),
            "0", nullptr);
      _exit(127);
    }
    to_ = UniqueFd(in[1]);
    from_ = UniqueFd(out[0]);
    close(in[0]);
    close(out[1]);
    WaitForAnswer();
  }

  // ... and waits until that is done, and an exec has led to another program.
  void Do(char what) {
    SCOPED_TRACE(what);
    ASSERT_EQ(write(to_.get(), &what, 1), 1);
    WaitForAnswer();
  }

  void End() {
    int status = -1;
    to_ = UniqueFd();
    ASSERT_EQ(waitpid(pid_, &status, 0), pid_);
    EXPECT_EQ(status, 0);
  }

 private:
  void WaitForAnswer() const {
    char answer = 0;
    ASSERT_EQ(read(from_.get(), &answer, 1), 1);
  }

  pid_t pid_ = -1;
  UniqueFd to_, from_;
};

class MutingTest : public testing::Test {
 protected:
  void Look() {
    muting_->Look();
    listening_->Look();
  }

  void Compare(const std::string& xml) {
    const std::vector<std::string> lines = listening_->TakeLines();
    ASSERT_EQ(muting_->TakeLines(), lines) << xml;
    lines_ += lines.size();
  }

  void RunOnce(uint64_t seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    std::string xml;
    const auto set_rules = [&] {
      const auto rules = RandomRules(random, xml);
      muting_->SetRules(rules);
      listening_->SetRules(rules);
    };
    set_rules();
    BusyProcess process(directory_, program_a_, program_b_);
    for (size_t steps = random.Between(8, 24); steps > 0 && !HasFailure(); --steps) {
      constexpr std::string_view kWhat = "ooooooffteeu";
      const char what = kWhat[random.Below(kWhat.size())];
      process.Do(what);
      // What is done while nobody looks, and what is done after.
      if (!random.OneIn(3)) Look();
      if (random.OneIn(8)) {
        Look();
        Compare(xml);
        set_rules();
      }
    }
    process.End();
    Look();
    Compare(xml);
  }

  const TempDir temporary_;
  const std::string directory_ = temporary_.Path("files");
  const std::string program_a_ = temporary_.Path("files/program-a");
  const std::string program_b_ = temporary_.Path("files/program-b");
  const SystemClock clock_{};
  std::unique_ptr<Observer> muting_, listening_;
  size_t lines_ = 0;
};

TEST_F(MutingTest, NeverChangesWhatIsWritten) {
  OPEN_SOURCE_OR_SKIP(muting, BpfSourceOptions{});
  OPEN_SOURCE_OR_SKIP(listening, BpfSourceOptions{.mute = false});
  const auto actor = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "actor";
  std::filesystem::create_directory(directory_);
  std::filesystem::copy_file(actor, program_a_);
  std::filesystem::copy_file(actor, program_b_);
  muting_ = std::make_unique<Observer>(std::move(*muting), clock_, directory_);
  listening_ = std::make_unique<Observer>(std::move(*listening), clock_, directory_);
  const auto everything = std::make_shared<const RuleSet>(Config{});
  muting_->Start(everything);
  listening_->Start(everything);

  const uint64_t seeds = std::max(ScaledCount(60), size_t{3});  // some seeds mute nothing
  for (uint64_t seed = 1; seed <= seeds && !HasFailure(); ++seed) RunOnce(seed);
  EXPECT_EQ(muting_->lost() + listening_->lost(), 0u);
  EXPECT_EQ(listening_->muted(), 0u);
  // It is worth it: much was left out, and much was written all the same.
  EXPECT_GT(muting_->muted(), 5 * seeds);
  EXPECT_GT(lines_, 10 * seeds);
}

}  // namespace
}  // namespace pidigree
