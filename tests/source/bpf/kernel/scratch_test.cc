// Scratches that are taken already, as by programs that were interrupted.
#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/source/bpf/kernel/live_test.h"

namespace pidigree {
namespace {

using testing::SizeIs;

// The map of the scratches among this process's descriptors.
class Scratches {
 public:
  Scratches() {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      const int fd = std::stoi(entry.path().filename());
      bpf_map_info info{};
      uint32_t size = sizeof(info);
      if (bpf_obj_get_info_by_fd(fd, &info, &size) != 0 || std::string(info.name) != "scratches")
        continue;
      fd_ = fd;
      number_ = info.max_entries;
      value_.resize(info.value_size);
    }
  }

  uint32_t number() const { return number_; }

  void SetUsers(uint32_t slot, uint32_t users) {
    ASSERT_EQ(bpf_map_lookup_elem(fd_, &slot, value_.data()), 0);
    std::memcpy(value_.data(), &users, sizeof(users));  // the first member
    ASSERT_EQ(bpf_map_update_elem(fd_, &slot, value_.data(), BPF_ANY), 0);
  }

 private:
  int fd_ = -1;
  uint32_t number_ = 0;
  std::vector<char> value_;
};

class ScratchTest : public LiveTest {
 protected:
  void SetUp() override {
    source_.reset();  // with all scratches free again
    LiveTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    scratches_ = std::make_unique<Scratches>();
    ASSERT_GT(scratches_->number(), static_cast<uint32_t>(sysconf(_SC_NPROCESSORS_ONLN)));
  }

  uint64_t Busy() const {
    return source_->Status().losses[static_cast<size_t>(SourceLoss::kScratchBusy)];
  }

  std::unique_ptr<Scratches> scratches_;
};

TEST_F(ScratchTest, OneNearbyThatIsFreeWillDo) {
  for (uint32_t slot = 0; slot < 6; ++slot) scratches_->SetUsers(slot, 1);
  Run([] {
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    Must(sched_setaffinity(0, sizeof(first), &first) == 0);
    Exec(Actor(), {"actor"});
  });
  EXPECT_THAT(ExecsOf(TheChild()), SizeIs(1));
  EXPECT_EQ(ExecsOf(TheChild())[0].image.text, Actor());
  EXPECT_EQ(Busy(), 0u);
}

TEST_F(ScratchTest, WithoutAnyTheLossIsCounted) {
  for (uint32_t slot = 0; slot < scratches_->number(); ++slot) scratches_->SetUsers(slot, 1);
  Run([] { Exec(Actor(), {"actor"}); });
  EXPECT_THAT(ExecsOf(TheChild()), SizeIs(0));
  EXPECT_GE(Busy(), 1u);
  for (uint32_t slot = 0; slot < scratches_->number(); ++slot) scratches_->SetUsers(slot, 0);
  const uint64_t busy = Busy();
  Run([] { Exec(Actor(), {"actor"}); });
  EXPECT_THAT(recorder_->All<ExecFact>(), SizeIs(1));
  EXPECT_EQ(Busy(), busy);
}

}  // namespace
}  // namespace pidigree
