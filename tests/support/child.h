#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace pidigree {

// For what runs in a child: ends it with status 126 if `ok` is false.
inline void Must(bool ok) {
  if (!ok) _exit(126);
}

struct EndedChild {
  pid_t pid;
  int status;  // as waitpid(2) gives it
};

// Does `body` in a child, which then ends with status 0.
inline EndedChild RunChild(const std::function<void()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return {child, status};
}

// The same, which must go well. Returns its number.
inline pid_t InChild(const std::function<void()>& body) {
  const EndedChild child = RunChild(body);
  EXPECT_EQ(child.status, 0);
  return child.pid;
}

}  // namespace pidigree
