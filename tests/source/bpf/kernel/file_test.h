#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <numeric>
#include <ostream>
#include <string>
#include <vector>

#include "tests/source/bpf/kernel/live_test.h"
#include "tests/support/temp_dir.h"

namespace pidigree {

// What is told, as far as it does not depend on the moment. `path` begins in the directory of the
// test.
struct Told {
  FileAction action{};
  std::string path;
  PathLinks links{};

  bool operator==(const Told&) const = default;
};

inline void PrintTo(const Told& told, std::ostream* out) {
  *out << "action " << static_cast<int>(told.action) << " " << told.path
       << (told.links != PathLinks::kResolved ? " (with links)" : "");
}

class FileTest : public LiveTest {
 protected:
  EventSet Wanted() const override {
    EventSet wanted = ProcessEvents();
    for (const size_t event : std::initializer_list<size_t>{2, 9, 11, 15, 17, 18, 23, 26, 29})
      wanted.set(event);
    return wanted;
  }

  std::string Unseen() const {
    std::string unseen;
    for (const std::string& line : source_->Status().unseen) unseen += line + "\n";
    return unseen;
  }

  // Whether what happens is seen in functions of the kernel, so that names need no resolving.
  bool SeesFunctions() const {
    for (const std::string& hook : source_->Status().hooks)
      if (hook.starts_with("fentry/") || hook.starts_with("kprobe/")) return true;
    return false;
  }

  uint64_t Lost() const {
    const auto losses = source_->Status().losses;
    return std::accumulate(losses.begin(), losses.end(), uint64_t{0});
  }

  std::vector<Told> ToldOf(pid_t process) {
    std::vector<Told> told;
    const std::string root = directory_.Path("");
    for (const FileFact& event : recorder_->file_events()) {
      EXPECT_EQ(event.subject.process.tgid, static_cast<uint32_t>(process));
      EXPECT_EQ(event.subject.ids.uid, getuid());
      const std::string path(event.path.text);
      told.push_back(
          {event.action, path.starts_with(root) ? path.substr(root.size()) : path, event.links});
    }
    return told;
  }

  // For directories without links: whether somebody still has to look for some does not matter.
  std::vector<Told> PathsOf(pid_t process) {
    std::vector<Told> told = ToldOf(process);
    for (Told& one : told) one.links = PathLinks::kResolved;
    return told;
  }

  const TempDir directory_;
};

}  // namespace pidigree
