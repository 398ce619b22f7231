#pragma once

#include <deque>
#include <initializer_list>
#include <string>
#include <vector>

#include "src/event/access_fact.h"
#include "src/event/code_fact.h"
#include "tests/source/bpf/kernel/live_test.h"

namespace pidigree {

// Keeps, with the lives of processes, what they do to each other and which code they take in.
class ActivityRecorder : public FactRecorder {
 public:
  using FactRecorder::Apply;
  using FactRecorder::FactRecorder;

  void Apply(const AccessFact& access) override { accesses.push_back(access); }
  void Apply(const ImageFact& image) override;
  void Apply(const BpfProgramFact& program) override;

  // Of strangers, too.
  std::vector<AccessFact> accesses;
  std::vector<ImageFact> images;
  std::vector<BpfProgramFact> bpf_programs;

 private:
  std::deque<std::string> kept_;
};

// Attaches what some events need, those of processes among them.
class ActivityTest : public LiveTest {
 protected:
  explicit ActivityTest(std::initializer_list<size_t> events);
  EventSet Wanted() const override { return events_; }
  std::unique_ptr<FactRecorder> MakeRecorder() override;

  // Of a descendant of this test, as its fork told.
  ProcessKey IdOf(pid_t pid) const { return ForkOf(static_cast<uint32_t>(pid)).child; }

  // What a process did, in order.
  template <typename Fact>
  std::vector<Fact> Of(pid_t pid, const std::vector<Fact>& facts) const {
    std::vector<Fact> found;
    for (const Fact& fact : facts)
      if (fact.subject.process == IdOf(pid)) found.push_back(fact);
    return found;
  }
  std::vector<AccessFact> AccessesOf(pid_t pid) const { return Of(pid, activities_->accesses); }
  std::vector<ImageFact> ImagesOf(pid_t pid) const { return Of(pid, activities_->images); }
  std::vector<BpfProgramFact> BpfProgramsOf(pid_t pid) const {
    return Of(pid, activities_->bpf_programs);
  }

  ActivityRecorder* activities_ = nullptr;  // recorder_

 private:
  EventSet events_;
};

}  // namespace pidigree
