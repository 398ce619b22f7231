// BPF programs that processes load.
#include <gmock/gmock.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tests/source/bpf/kernel/activity_test.h"
#include "tests/support/child.h"

namespace pidigree {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

int Bpf(bpf_cmd command, bpf_attr& attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

// A program that returns 0, or one that the verifier refuses.
int Load(bpf_prog_type type, std::string_view name, bool valid = true) {
  constexpr bpf_insn kSetResult{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0};
  constexpr bpf_insn kSetOther{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_1, 0, 0, 0};
  constexpr bpf_insn kExit{BPF_JMP | BPF_EXIT, 0, 0, 0, 0};
  const std::array instructions{valid ? kSetResult : kSetOther, kExit};
  bpf_attr attributes{};
  attributes.prog_type = type;
  attributes.insns = reinterpret_cast<uintptr_t>(instructions.data());
  attributes.insn_cnt = instructions.size();
  attributes.license = reinterpret_cast<uintptr_t>("GPL");
  name.copy(attributes.prog_name, sizeof attributes.prog_name - 1);
  return Bpf(BPF_PROG_LOAD, attributes);
}

uint32_t IdOfProgram(int fd) {
  bpf_prog_info info{};
  bpf_attr attributes{};
  attributes.info.bpf_fd = static_cast<uint32_t>(fd);
  attributes.info.info_len = sizeof info;
  attributes.info.info = reinterpret_cast<uintptr_t>(&info);
  Must(Bpf(BPF_OBJ_GET_INFO_BY_FD, attributes) == 0);
  return info.id;
}

class BpfProgramTest : public ActivityTest {
 protected:
  BpfProgramTest() : ActivityTest({100}) {}
};

TEST_F(BpfProgramTest, IdTypeAndName) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const pid_t pid = Run([&] {
    for (const bpf_prog_type type : {BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_XDP}) {
      const int fd = Load(type, "fifteen_letters");
      Must(fd >= 0);
      const uint32_t id = IdOfProgram(fd);
      Must(write(ends[1], &id, sizeof id) == sizeof id);
    }
  });
  ASSERT_EQ(status_, 0);
  std::array<uint32_t, 2> ids{};
  ASSERT_EQ(read(ends[0], ids.data(), sizeof ids), ssize_t{sizeof ids});
  const std::vector<BpfProgramFact> programs = BpfProgramsOf(pid);
  ASSERT_THAT(programs, SizeIs(2));
  EXPECT_EQ(programs[0].id, ids[0]);
  EXPECT_EQ(programs[1].id, ids[1]);
  EXPECT_EQ(programs[0].type, uint32_t{BPF_PROG_TYPE_SOCKET_FILTER});
  EXPECT_EQ(programs[1].type, uint32_t{BPF_PROG_TYPE_XDP});
  for (const BpfProgramFact& program : programs) {
    EXPECT_EQ(program.name, "fifteen_letters");
    EXPECT_EQ(program.subject.ids.uid, 0u);
  }
}

TEST_F(BpfProgramTest, OtherCommandsAndFailuresAreNotTold) {
  const int loaded = Load(BPF_PROG_TYPE_SOCKET_FILTER, "before");
  ASSERT_GE(loaded, 0);
  const uint32_t id = IdOfProgram(loaded);
  const pid_t pid = Run([&] {
    Must(Load(BPF_PROG_TYPE_SOCKET_FILTER, "refused", false) < 0);
    bpf_attr map{};
    map.map_type = BPF_MAP_TYPE_ARRAY;
    map.key_size = map.value_size = sizeof(uint32_t);
    map.max_entries = 1;
    Must(Bpf(BPF_MAP_CREATE, map) >= 0);
    bpf_attr again{};
    again.prog_id = id;
    Must(Bpf(BPF_PROG_GET_FD_BY_ID, again) >= 0);
  });
  close(loaded);
  ASSERT_EQ(status_, 0);
  EXPECT_THAT(BpfProgramsOf(pid), IsEmpty());
}

}  // namespace
}  // namespace pidigree
