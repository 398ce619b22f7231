// What docs/kernels.md says that each of the kernels offers. If one of these fails, other tests of
// that guest say little.

#include <gmock/gmock.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "src/base/unique_fd.h"
#include "tests/kernels/guest_fixture.h"

namespace pidigree {
namespace {

using testing::HasSubstr;

std::string TextOf(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class KernelOffer : public GuestTest {};

TEST_F(KernelOffer, TypesOfTheKernel) {
  EXPECT_GT(std::filesystem::file_size("/sys/kernel/btf/vmlinux"), 0U);
}

TEST_F(KernelOffer, ProbesOfKernelFunctions) {
  EXPECT_TRUE(std::filesystem::exists("/sys/bus/event_source/devices/kprobe/type"));
}

TEST_F(KernelOffer, BpfAmongSecurityModules) {
  EXPECT_THAT("," + TextOf("/sys/kernel/security/lsm") + ",", HasSubstr(",bpf,"));
}

TEST_F(KernelOffer, Overlays) {
  EXPECT_THAT(TextOf("/proc/filesystems"), HasSubstr("\toverlay\n"));
}

TEST_F(KernelOffer, SystemCallsOf32BitPrograms) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    long pid = 20;  // getpid in the 32-bit table
    asm volatile("int $0x80" : "+a"(pid) : : "memory");
    _exit(pid == getpid() ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "without them the signal is SIGSEGV";
}

TEST_F(KernelOffer, Audit) {
  const UniqueFd audit(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT));
  ASSERT_GE(audit.get(), 0) << std::strerror(errno);
  nlmsghdr request{};
  request.nlmsg_len = sizeof request;
  request.nlmsg_type = AUDIT_GET;
  request.nlmsg_flags = NLM_F_REQUEST;
  ASSERT_EQ(send(audit.get(), &request, sizeof request, 0), static_cast<ssize_t>(sizeof request));
  alignas(nlmsghdr) std::array<char, 4096> answer{};
  ASSERT_GE(recv(audit.get(), answer.data(), answer.size(), 0),
            static_cast<ssize_t>(sizeof(nlmsghdr)));
  nlmsghdr header{};
  std::memcpy(&header, answer.data(), sizeof header);
  EXPECT_EQ(header.nlmsg_type, AUDIT_GET);
}

}  // namespace
}  // namespace pidigree
