// Which processes the kernel's side is asked not to tell of, and when it has to tell again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "src/event/file_fact.h"
#include "src/event/process_mute.h"
#include "tests/support/action_facts.h"
#include "tests/support/live_host.h"

namespace pidigree {
namespace {

using testing::IsEmpty;

constexpr ProcessKey kInit{1, 10'000'000};
constexpr ProcessKey kNoisy{50, LiveHost::kStartNs + 500'000};  // after the snapshot
constexpr uint32_t kHome = 4026531841;
constexpr uint64_t kProgram = 7;

// Writes nothing that /usr/bin/noisy does.
class NoisyFilter final : public RecordFilter {
 public:
  bool Include(Record& record) const override {
    const TextRecord text = ToText(record);
    const char* const image = text.fields.contains("Image") ? "Image" : "SourceImage";
    return text.id == 1 || text.id == 5 || text[image] != "/usr/bin/noisy";
  }
  bool CanInclude(const EventType&, size_t, std::string_view text) const override {
    return text != "/usr/bin/noisy";
  }
};

class RecordingMute final : public ProcessMute {
 public:
  bool Mute(const ProcessKey& process, const Terms& terms) override {
    muted[process] = terms;
    return true;
  }
  void Unmute(const ProcessKey& process) override { muted.erase(process); }
  void UnmuteAll() override { muted.clear(); }

  std::map<ProcessKey, Terms> muted;
};

class LiveMutesTest : public testing::Test {
 protected:
  LiveMutesTest() {
    host_.live->lineage.SetMute(&mute_);
    SetFilter();
    host_.live->lineage.BeginSnapshot();
    host_.live->engine.Apply(TaskFact{.subject = {.process = kInit, .ids = {}},
                                      .present_parent = {},
                                      .place = {.mount_namespace = kHome},
                                      .comm = "init",
                                      .kernel_thread = false});
    host_.live->lineage.EndSnapshot();
    host_.clock.boot_ns += 1'000'000;
    Exec("/usr/bin/noisy");
  }
  ~LiveMutesTest() override { host_.live->lineage.SetMute(nullptr); }

  void SetFilter() {
    host_.policy.filter = std::make_shared<NoisyFilter>();
    host_.ApplyPolicy();
  }

  void Exec(std::string_view image) {
    ExecFact exec;
    exec.subject.time_ns = Now();
    exec.subject.process = kNoisy;
    exec.present_parent = kInit;
    exec.image.text = image;
    exec.place.mount_namespace = kHome;
    host_.Apply(exec);
  }

  void DoMuch(uint32_t mount_namespace = kHome, uint64_t program = kProgram) {
    FileFact event;
    event.subject = Actor();
    event.subject.mount_namespace = mount_namespace;
    event.subject.program = program;
    event.action = FileAction::kDeviceOpened;
    event.path.text = "/dev/sda";
    for (int i = 0; i < 20; ++i) host_.Apply(event);
  }

  Subject Actor() {
    return {.time_ns = Now(),
            .process = kNoisy,
            .ids = {.uid = 0},
            .mount_namespace = kHome,
            .program = kProgram};
  }

  uint64_t Now() { return host_.clock.boot_ns += 1'000'000; }

  RecordingMute mute_;
  LiveHost host_;
};

TEST_F(LiveMutesTest, MutesWhoeverIsNeverWritten) {
  DoMuch();
  ASSERT_EQ(mute_.muted.size(), 1u);
  const ProcessMute::Terms& terms = mute_.muted[kNoisy];
  EXPECT_EQ(terms.program, kProgram);
  EXPECT_EQ(terms.mount_namespace, kHome);
  // Not 6, 22, 25 and 100, which are rare or teach something.
  EXPECT_EQ(terms.events, 1u << 2 | 1u << 3 | 1u << 7 | 1u << 8 | 1u << 9 | 1u << 10 | 1u << 11 |
                              1u << 15 | 1u << 17 | 1u << 18 | 1u << 23 | 1u << 26 | 1u << 29);
}

// The kernel's side asks for these events before it tells of the action.
TEST_F(LiveMutesTest, MutesForEachActionThatIsAskedFor) {
  ForEachAction([this](kernel_action action) {
    if (muting_events(action) == 0) return;
    SCOPED_TRACE("action " + std::to_string(action));
    Exec("/usr/bin/noisy");
    ASSERT_THAT(mute_.muted, IsEmpty());
    for (int i = 0; i < 20; ++i)
      WithFactOf(action, Actor(), kInit, [this](const auto& fact) { host_.Apply(fact); });
    EXPECT_EQ(muting_events(action) & ~mute_.muted[kNoisy].events, 0u);
  });
}

TEST_F(LiveMutesTest, DoesNotMuteWhatIsWritten) {
  Exec("/usr/bin/quiet");
  DoMuch();
  EXPECT_THAT(mute_.muted, IsEmpty());
}

// Anybody may have a mount namespace in which a program is called what he likes.
TEST_F(LiveMutesTest, DoesNotMuteInOtherMountNamespaces) {
  DoMuch(kHome + 1);
  EXPECT_THAT(mute_.muted, IsEmpty());
}

TEST_F(LiveMutesTest, DoesNotMuteWithoutKnowingTheProgram) {
  DoMuch(kHome, 0);
  EXPECT_THAT(mute_.muted, IsEmpty());
}

TEST_F(LiveMutesTest, EndsWithTheProgram) {
  DoMuch();
  Exec("/usr/bin/noisy");
  EXPECT_THAT(mute_.muted, IsEmpty());
}

TEST_F(LiveMutesTest, EndsWithTheProcess) {
  DoMuch();
  ExitFact exit;
  exit.subject.time_ns = Now();
  exit.subject.process = kNoisy;
  host_.Apply(exit);
  EXPECT_THAT(mute_.muted, IsEmpty());
}

TEST_F(LiveMutesTest, EndsWithTheRules) {
  DoMuch();
  host_.live->lineage.StopMuting();
  EXPECT_THAT(mute_.muted, IsEmpty());
  DoMuch();
  EXPECT_THAT(mute_.muted, IsEmpty());
  SetFilter();
  DoMuch();
  EXPECT_EQ(mute_.muted.size(), 1u);
}

// Hashes that are made of what is dropped are known for what is not.
TEST_F(LiveMutesTest, DoesNotMuteWhatIsHashed) {
  class NoHashes final : public ExecutableHasher {
    std::string_view Hash(const HashRequest&) override { return {}; }
  } hasher;
  host_.policy.hasher = &hasher;
  SetFilter();
  DoMuch();
  EXPECT_EQ(mute_.muted[kNoisy].events & (1u << 7 | 1u << 29), 0u);
  EXPECT_NE(mute_.muted[kNoisy].events & 1u << 11, 0u);
}

}  // namespace
}  // namespace pidigree
