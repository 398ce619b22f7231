#include "tests/kernels/guest_fixture.h"

#include <fstream>
#include <sstream>

namespace pidigree {

void GuestTest::SetUp() {
  std::stringstream command_line;
  command_line << std::ifstream("/proc/cmdline").rdbuf();
  if (command_line.str().find(" GUEST_TESTS=") == std::string::npos)
    GTEST_SKIP() << "changes the whole machine: runs in the guests of `make test-kernels` only";
}

}  // namespace pidigree
