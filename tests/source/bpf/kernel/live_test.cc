#include "tests/source/bpf/kernel/live_test.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>

namespace pidigree {
namespace {

constexpr std::chrono::milliseconds kPatience{20'000};
constexpr std::chrono::milliseconds kPollTime{100};
constexpr size_t kMany = 10'000;

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.data()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

std::unique_ptr<BpfSource> LiveTest::source_;

void LiveTest::SetUp() {
  if (source_ == nullptr) {
    OPEN_SOURCE_OR_SKIP(source, Options());
    source_ = std::move(*source);
  } else {
    FactRecorder of_last_test(OwnTgid());
    ASSERT_TRUE(source_->Poll(std::chrono::milliseconds(0), kMany, of_last_test));
  }
  recorder_ = MakeRecorder();
  const auto attached = source_->Attach(Wanted());
  ASSERT_TRUE(attached) << attached.error().message;
  const auto snapshot = source_->Snapshot(*recorder_);
  ASSERT_TRUE(snapshot) << snapshot.error().message;
}

pid_t LiveTest::Run(const std::function<void()>& body) {
  const size_t forks = recorder_->forks_of_ancestor();
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  EXPECT_EQ(waitpid(child, &status_, 0), child);
  PollUntil([&] { return recorder_->forks_of_ancestor() > forks && recorder_->alive() == 0; });
  return child;
}

std::string LiveTest::Act(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {"actor"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe(ends.data()), 0);
  Run([&] {
    Must(dup2(ends[1], STDOUT_FILENO) >= 0 && close(ends[0]) == 0 && close(ends[1]) == 0);
    Exec(Actor(), argv);
  });
  EXPECT_EQ(status_, 0);
  close(ends[1]);
  std::string printed(4096, '\0');
  const ssize_t got = read(ends[0], printed.data(), printed.size());
  close(ends[0]);
  printed.resize(got > 0 ? static_cast<size_t>(got) : 0);
  if (printed.ends_with('\n')) printed.pop_back();
  return printed;
}

void LiveTest::PollUntil(const std::function<bool()>& done) {
  for (std::chrono::milliseconds idle{0}; idle < kPatience; idle += kPollTime) {
    const auto polled = source_->Poll(kPollTime, kMany, *recorder_);
    ASSERT_TRUE(polled) << polled.error().message;
    if (done()) return;
  }
  FAIL() << "the kernel did not say what was waited for; " << recorder_->alive()
         << " processes did not end";
}

std::vector<ExecFact> LiveTest::ExecsOf(uint32_t tgid) const {
  std::vector<ExecFact> execs = recorder_->All<ExecFact>();
  std::erase_if(execs, [&](const ExecFact& exec) { return exec.subject.process.tgid != tgid; });
  return execs;
}

ForkFact LiveTest::ForkOf(uint32_t tgid) const {
  std::vector<ForkFact> forks = recorder_->All<ForkFact>();
  std::erase_if(forks, [&](const ForkFact& fork) { return fork.child.tgid != tgid; });
  EXPECT_EQ(forks.size(), 1u);
  return forks.empty() ? ForkFact{} : forks.front();
}

ExitFact LiveTest::ExitOf(uint32_t tgid) const {
  std::vector<ExitFact> exits = recorder_->All<ExitFact>();
  std::erase_if(exits, [&](const ExitFact& exit) { return exit.subject.process.tgid != tgid; });
  EXPECT_EQ(exits.size(), 1u);
  return exits.empty() ? ExitFact{} : exits.front();
}

uint32_t LiveTest::TheChild() const {
  uint32_t child = 0;
  for (const ForkFact& fork : recorder_->All<ForkFact>()) {
    if (fork.subject.process.tgid != static_cast<uint32_t>(getpid())) continue;
    EXPECT_EQ(child, 0u);
    child = fork.child.tgid;
  }
  return child;
}

void LiveTest::Exec(const std::string& path, const std::vector<std::string>& argv) {
  execv(path.c_str(), Pointers(argv).data());
  _exit(127);
}

std::string LiveTest::ProgramPath(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

EventSet LiveTest::ProcessEvents() {
  EventSet events;
  events.set(1);
  events.set(5);
  return events;
}

uint32_t LiveTest::OwnTgid() { return static_cast<uint32_t>(getpid()); }

}  // namespace pidigree
