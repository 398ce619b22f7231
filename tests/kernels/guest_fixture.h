#pragma once

#include <gtest/gtest.h>

namespace pidigree {

// Tests that change a whole machine, and therefore run only in a guest that run_guest.sh booted.
// tests/report/skips.txt does not list them: in a guest they must run.
class GuestTest : public testing::Test {
 protected:
  void SetUp() override;
};

}  // namespace pidigree
