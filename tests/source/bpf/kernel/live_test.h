#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "src/source/bpf/bpf_source.h"
#include "tests/source/bpf/kernel/fact_recorder.h"
#include "tests/support/child.h"

namespace pidigree {

// Loads the BPF programs, attaches them and takes the snapshot. Skips where BPF is not available.
// The tests of a suite that run in one process share the source, so that what is emulated need not
// load for each of them.
class LiveTest : public testing::Test {
 protected:
  static void TearDownTestSuite() { source_.reset(); }
  void SetUp() override;

  // What SetUp() attaches, and what gathers the facts of this process's descendants.
  virtual EventSet Wanted() const { return ProcessEvents(); }
  virtual BpfSourceOptions Options() const { return {}; }
  virtual std::unique_ptr<FactRecorder> MakeRecorder() {
    return std::make_unique<FactRecorder>(OwnTgid());
  }

  // Does `body` in a child of this process, which then ends with status 0, and gathers facts until
  // it and all its descendants have ended. Returns the child's number.
  pid_t Run(const std::function<void()>& body);

  // Runs `actor` (actor.cc) and returns what it printed, without the last newline.
  std::string Act(const std::vector<std::string>& arguments);

  // Gathers facts until `done` says so; the test fails when none have come for long.
  void PollUntil(const std::function<bool()>& done);

  // What a process did, in order.
  std::vector<ExecFact> ExecsOf(uint32_t tgid) const;
  // The only fork that made it, the only end it had.
  ForkFact ForkOf(uint32_t tgid) const;
  ExitFact ExitOf(uint32_t tgid) const;
  // The only process that Run() or Act() made.
  uint32_t TheChild() const;

  // For bodies of Run(): replaces the process, or ends it with status 127.
  [[noreturn]] static void Exec(const std::string& path, const std::vector<std::string>& argv);

  // Of a program that stands beside this one.
  static std::string ProgramPath(const std::string& name);
  static std::string Actor() { return ProgramPath("actor"); }

  static EventSet ProcessEvents();
  static uint32_t OwnTgid();

  static std::unique_ptr<BpfSource> source_;
  std::unique_ptr<FactRecorder> recorder_;
  int status_ = 0;  // what waitpid(2) said of the last child of Run()
};

// Opens a source; where that is not permitted or supported the test is skipped with the reason.
#define OPEN_SOURCE_OR_SKIP(source, options)                \
  auto source = BpfSource::Open(options);                   \
  if (!source && source.error().code != ErrorCode::kSystem) \
    GTEST_SKIP() << source.error().message;                 \
  ASSERT_TRUE(source) << source.error().message

}  // namespace pidigree
