#include "tests/source/bpf/kernel/activity_test.h"

#include <memory>

namespace pidigree {

void ActivityRecorder::Apply(const ImageFact& image) {
  images.push_back(image);
  images.back().path.text = kept_.emplace_back(image.path.text);
}

void ActivityRecorder::Apply(const BpfProgramFact& program) {
  bpf_programs.push_back(program);
  bpf_programs.back().name = kept_.emplace_back(program.name);
}

ActivityTest::ActivityTest(std::initializer_list<size_t> events) : events_(ProcessEvents()) {
  for (const size_t event : events) events_.set(event);
}

std::unique_ptr<FactRecorder> ActivityTest::MakeRecorder() {
  auto recorder = std::make_unique<ActivityRecorder>(OwnTgid());
  activities_ = recorder.get();
  return recorder;
}

}  // namespace pidigree
