#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "src/serialize/event_reader.h"
#include "tests/support/temp_dir.h"

namespace pidigree {

// What a run of mixed_work did, as it says itself.
struct MixedWorkDone {
  struct Fact {
    std::string deed;
    std::vector<std::string> events;  // as KeyOf() names them
  };

  // The id of an event and the values that tell what it is about, if it is one of this run: "" if
  // it is about another process or an announcement.
  std::string KeyOf(const LoggedEvent& event) const;

  pid_t pid = -1;
  int status = -1;  // as waitpid(2) has it
  std::vector<Fact> facts;
};

// The program mixed_work (mixed_work/main.cc) in a directory of its own.
class MixedWork {
 public:
  explicit MixedWork(const TempDir& dir);

  const std::string& directory() const { return directory_; }
  std::string image() const;
  // What it runs, in a list for a filter.
  std::string programs() const;
  // What it loads into the kernel, likewise: from a file, then from memory.
  static std::string modules();

  // Does everything but the deeds `other_than`. `watcher`: a program with its arguments that runs
  // it, such as strace.
  MixedWorkDone Run(size_t count, const std::vector<std::string>& other_than, bool functions,
                    const std::vector<std::string>& watcher = {}) const;

 private:
  const std::string directory_;
  const std::string account_;  // the file that it writes
};

}  // namespace pidigree
