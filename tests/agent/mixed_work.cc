#include "tests/agent/mixed_work.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string_view>

#include "src/base/unique_fd.h"
#include "tests/agent/mixed_work/work.h"

namespace pidigree {
namespace {

using Names = std::vector<std::string_view>;

// Of each event, the fields that mixed_work names.
const Names* FieldsOf(uint16_t id) {
  static const std::map<uint16_t, Names> fields = {
      {1, {"ProcessId", "Image"}},
      {2, {"TargetFilename", "CreationUtcTime"}},
      {3, {"Protocol", "Initiated", "SourceIp", "SourcePort", "DestinationIp", "DestinationPort"}},
      {5, {"ProcessId", "Image"}},
      {6, {"ImageLoaded"}},
      {7, {"ImageLoaded"}},
      {8, {"TargetProcessId", "NewThreadId", "StartAddress"}},
      {9, {"Device"}},
      {10, {"TargetProcessId", "GrantedAccess"}},
      {11, {"TargetFilename"}},
      {15, {"TargetFilename", "Contents"}},
      {17, {"EventType", "PipeName"}},
      {18, {"EventType", "PipeName"}},
      {22, {"QueryName", "QueryStatus", "QueryResults"}},
      {23, {"TargetFilename"}},
      {25, {"ProcessId", "Image", "Type"}},
      {26, {"TargetFilename"}},
      {29, {"TargetFilename"}},
      {100, {"BpfProgramType", "BpfProgramId", "BpfProgramName"}},
  };
  const auto found = fields.find(id);
  return found != fields.end() ? &found->second : nullptr;
}

}  // namespace

std::string MixedWorkDone::KeyOf(const LoggedEvent& event) const {
  const Names* const names = FieldsOf(event.id);
  if (names == nullptr) return {};
  // These are of the programs that it ran and the modules that it loaded: the filter has selected
  // them.
  const bool selected = event.id == 1 || event.id == 5 || event.id == 6 || event.id == 25;
  if (event.id == 1 &&
      (event.Get("Description") != "-" || event.Get("ParentProcessId") != std::to_string(pid)))
    return {};
  const std::string_view subject =
      event.Get(event.id == 8 || event.id == 10 ? "SourceProcessId" : "ProcessId");
  if (!selected && subject != std::to_string(pid)) return {};
  std::string key = std::to_string(event.id);
  for (const std::string_view name : *names) key.append(" ").append(event.Get(name));
  return key;
}

MixedWork::MixedWork(const TempDir& dir)
    : directory_(dir.Path("work")), account_(dir.Path("account")) {
  EXPECT_TRUE(std::filesystem::create_directory(directory_));
}

std::string MixedWork::image() const {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "mixed_work";
}

std::string MixedWork::programs() const {
  return directory_ + "/true;" + directory_ + "/gone;memfd:mixed-work";
}

std::string MixedWork::modules() { return std::string(kSpareModule) + ";" + kSpareModuleName; }

MixedWorkDone MixedWork::Run(size_t count, const std::vector<std::string>& other_than,
                             bool functions, const std::vector<std::string>& watcher) const {
  std::vector<std::string> words = watcher;
  words.insert(words.end(),
               {image(), functions ? "functions" : "calls", directory_, std::to_string(count)});
  words.insert(words.end(), other_than.begin(), other_than.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  MixedWorkDone done;
  const UniqueFd account(open(account_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600));
  done.pid = fork();
  if (done.pid == 0) {
    dup2(account.get(), STDOUT_FILENO);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  EXPECT_EQ(waitpid(done.pid, &done.status, 0), done.pid);

  std::ifstream lines(account_);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream parts(line);
    MixedWorkDone::Fact& fact = done.facts.emplace_back();
    std::getline(parts, fact.deed, '\t');
    for (std::string event; std::getline(parts, event, '\t');) fact.events.push_back(event);
  }
  return done;
}

}  // namespace pidigree
