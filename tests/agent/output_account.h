#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/read_file.h"
#include "src/serialize/event_reader.h"
#include "tests/agent/running_agent.h"

namespace pidigree {

// What a reader knows who got these lines of an output, the numbers of which begin with 1.
class OutputAccount {
 public:
  explicit OutputAccount(const std::vector<LoggedEvent>& events) {
    for (const LoggedEvent& event : events) Add(event);
  }
  // Of a file that somebody else wrote, who may leave parts of lines in it and write them again.
  static OutputAccount OfFile(const std::string& path) {
    const std::string text = ReadFile(path, size_t{1} << 30).value_or("");
    OutputAccount account({});
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      if (const auto event = ParseLoggedEvent(line)) account.Add(*event);
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    return account;
  }

  uint64_t arrived() const { return ids_.size(); }
  // Numbers up to the highest that did not arrive.
  uint64_t missing() const { return ids_.empty() ? 0 : *ids_.rbegin() - ids_.size(); }
  // How many events it was told that `output` lost.
  uint64_t ToldOf(const std::string& output) const {
    uint64_t told = 0;
    for (const LoggedEvent& event : reports_)
      if (event.Get("Description").ends_with(", output " + output)) told += ToldLoss(event);
    return told;
  }
  // Whether it ends as an agent that was stopped in order does.
  bool HasEnded() const { return ended_; }

 private:
  void Add(const LoggedEvent& event) {
    if (!ids_.insert(event.record_id).second) return;
    if (event.id == 255) reports_.push_back(event);
    ended_ |= event.id == 4 && event.Get("State") == "Stopped";
  }

  std::set<uint64_t> ids_;
  std::vector<LoggedEvent> reports_;
  bool ended_ = false;
};

}  // namespace pidigree
