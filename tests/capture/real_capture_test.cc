// Translates what auditd recorded of a real scenario, and compares the result with what the
// scenario's processes wrote about themselves (tests/data/audit/README.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/valid_text.h"
#include "src/records/log_engine.h"
#include "src/serialize/event_reader.h"
#include "src/serialize/line_serializer.h"
#include "src/source/audit/event_assembler.h"
#include "tests/support/gzip.h"

namespace pidigree {
namespace {

struct Capture {
  const char* name;
  std::vector<const char*> files;  // oldest first
  bool exact;                      // fork and exit records are there
};

void PrintTo(const Capture& capture, std::ostream* out) { *out << capture.name; }

std::string Path(const Capture& capture, std::string_view file) {
  return std::string(PIDIGREE_SOURCE_DIR "/tests/data/audit/") + capture.name + "/" +
         std::string(file);
}

// ---- the translation ----------------------------------------------------------------------------

std::vector<LoggedEvent> Translate(const Capture& capture) {
  LogEngineOptions options;
  options.lineage.node_name = "web1";
  LogEngine log(options);
  EventBatch batch;
  log.engine.BeginBatch(batch);
  EventAssembler assembler(log.engine);
  for (const char* name : capture.files) {
    const auto text = std::make_shared<const std::string>(ReadGzip(Path(capture, name)));
    const LogChunk chunk{text, std::make_shared<LogFile>(LogFile{name}), *text, 0};
    const auto parsed = std::make_shared<ParsedChunk>();
    ParseChunk(chunk, *parsed);
    assembler.Add(parsed);
  }
  assembler.Finish();
  log.lineage.Finish();
  EXPECT_EQ(assembler.statistics().malformed, 0u);
  EXPECT_EQ(assembler.statistics().incomplete, 0u);

  const XmlSerializer serializer{Writer{}};
  std::vector<LoggedEvent> events;
  for (const Record& record : batch.records.records()) {
    ByteBuffer line;
    serializer.Append(record, 0, line);
    Result<LoggedEvent> event = ParseLoggedEvent(line.view());
    EXPECT_TRUE(event) << line.view();
    if (event) events.push_back(*std::move(event));
  }
  log.engine.Recycle(batch);
  return events;
}

// ---- the truth ----------------------------------------------------------------------------------

using Identity = std::pair<std::string, std::string>;  // PID and start

struct Program {
  std::string command_line;
  std::string uid;
  Identity parent_then;  // when it was started; empty: not known
};

struct Process {
  std::string role;
  Identity creator;
  std::vector<Program> programs;
  std::string end;
};

struct Truth {
  std::map<Identity, Process> processes;
  std::vector<Identity> order;  // as they first were heard of
};

std::string CommandLine(std::string detail) {
  if (!detail.empty()) detail.pop_back();  // each argument is followed by a blank
  std::string raw;
  for (size_t i = 0; i < detail.size(); ++i) {
    if (detail[i] == '\\') {
      raw += static_cast<char>(std::stoi(detail.substr(i + 2, 2), nullptr, 16));
      i += 3;
    } else {
      raw += detail[i];
    }
  }
  std::string valid(3 * raw.size(), '\0');
  valid.resize(CopyValidText(raw, valid.data()));
  return valid.empty() ? "-" : valid;  // no value of an event is empty
}

Truth ReadTruth(const Capture& capture) {
  Truth truth;
  std::ifstream file(Path(capture, "truth.tsv"));
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> columns;
    std::istringstream in(line);
    for (std::string column; std::getline(in, column, '\t');) columns.push_back(column);
    columns.resize(8);
    const Identity identity(columns[2], columns[3]);
    const Identity parent = columns[4] == "-" ? Identity{} : Identity(columns[4], columns[5]);
    const auto [found, is_new] = truth.processes.try_emplace(identity);
    if (is_new) truth.order.push_back(identity);
    Process& process = found->second;
    if (process.role.empty()) process.role = columns[1];
    if (columns[0] == "born") process.creator = parent;
    if (columns[0] == "exec")
      process.programs.push_back({CommandLine(columns[7]), columns[6], parent});
    if (columns[0] == "end") process.end = columns[7];
  }
  // Spawned in one call, they had no time to report before their program did.
  for (auto& [identity, process] : truth.processes)
    if (process.creator == Identity{} && !process.programs.empty())
      process.creator = process.programs.front().parent_then;
  return truth;
}

// ---- the comparison -----------------------------------------------------------------------------

class RealCapture : public testing::TestWithParam<Capture> {
 protected:
  void SetUp() override {
    truth_ = ReadTruth(GetParam());
    ASSERT_GT(truth_.processes.size(), 90u);
    events_ = Translate(GetParam());
    std::map<std::string, std::vector<std::string>> guids;  // by PID, in order of appearance
    for (const LoggedEvent& event : events_) {
      if (event.id != 1) continue;
      creates_.emplace(event.Get("ProcessGuid"), &event);
      std::vector<std::string>& of_pid = guids[std::string(event.Get("ProcessId"))];
      if (std::find(of_pid.begin(), of_pid.end(), event.Get("ProcessGuid")) == of_pid.end())
        of_pid.emplace_back(event.Get("ProcessGuid"));
    }
    // The processes that had one PID appear in the order in which they lived.
    std::map<std::string, size_t> used;
    for (const Identity& identity : truth_.order) {
      if (!IsVisible(identity)) continue;
      const size_t index = used[identity.first]++;
      const std::vector<std::string>& of_pid = guids[identity.first];
      if (index < of_pid.size()) guid_[identity] = of_pid[index];
    }
    for (const auto& [pid, count] : used)
      if (guids[pid].size() != count)
        miscounted_.push_back(pid + ": " + std::to_string(guids[pid].size()) + " GUIDs for " +
                              std::to_string(count) + " processes");
  }

  // A process that never started a program and has no child is in no ProcessCreate. Without fork
  // records neither is one whose children did not start programs while it lived.
  bool IsVisible(const Identity& identity) const {
    const Process& process = truth_.processes.at(identity);
    if (!process.programs.empty()) return true;
    for (const auto& [other, child] : truth_.processes) {
      if (GetParam().exact && child.creator == identity) return true;
      for (const Program& program : child.programs)
        if (program.parent_then == identity) return true;
    }
    return false;
  }

  std::string GuidOf(const Identity& identity) const {
    const auto found = guid_.find(identity);
    return found == guid_.end() ? "no GUID" : found->second;
  }

  Truth truth_;
  std::vector<LoggedEvent> events_;
  std::multimap<std::string, const LoggedEvent*, std::less<>> creates_;  // by GUID
  std::map<Identity, std::string> guid_;
  std::vector<std::string> miscounted_;
};

TEST_P(RealCapture, EachProcessHasOneGuid) { EXPECT_THAT(miscounted_, testing::IsEmpty()); }

TEST_P(RealCapture, EveryProgramStartedIsLoggedWholeWithItsUser) {
  for (const auto& [identity, process] : truth_.processes) {
    for (const Program& program : process.programs) {
      bool found = false;
      const auto [first, last] = creates_.equal_range(GuidOf(identity));
      for (auto event = first; event != last; ++event)
        found = found || (event->second->Get("Description") == "-" &&
                          event->second->Get("CommandLine") == program.command_line &&
                          event->second->Get("LogonId") == program.uid);
      EXPECT_TRUE(found) << process.role << " (" << identity.first
                         << "): " << program.command_line.substr(0, 100);
    }
  }
}

class ExactCapture : public RealCapture {};

TEST_P(ExactCapture, TheParentIsTheCreator) {
  for (const auto& [identity, process] : truth_.processes) {
    if (process.creator == Identity{} || process.role == "scenario") continue;
    const auto [first, last] = creates_.equal_range(GuidOf(identity));
    for (auto event = first; event != last; ++event) {
      EXPECT_EQ(event->second->Get("ParentProcessId"), process.creator.first) << process.role;
      // Programs between the scenario and its witness (find, awk, su) do not report themselves.
      if (!truth_.processes.contains(process.creator)) continue;
      EXPECT_EQ(event->second->Get("ParentProcessGuid"), GuidOf(process.creator)) << process.role;
    }
  }
}

TEST_P(ExactCapture, AProcessThatEndedIsTerminatedOnce) {
  std::map<std::string, int, std::less<>> ends;
  for (const LoggedEvent& event : events_)
    if (event.id == 5) ++ends[std::string(event.Get("ProcessGuid"))];
  for (const auto& [identity, process] : truth_.processes) {
    const int count = ends[GuidOf(identity)];
    EXPECT_LE(count, 1) << process.role;
    // Of a death by SIGTERM or SIGHUP only the parent's wait4 tells, and a tracer's looks the same.
    const std::set<std::string> silent = {"", "signal 1", "signal 15"};
    if (!silent.contains(process.end) && IsVisible(identity)) {
      EXPECT_EQ(count, 1) << process.role << " (" << identity.first << "): " << process.end;
    }
  }
}

class MinimalCapture : public RealCapture {};

// Without fork records only the process is known that ppid= meant when the program was started.
TEST_P(MinimalCapture, TheParentAtTheFirstProgramIsTheOneThatLivedThen) {
  for (const auto& [identity, process] : truth_.processes) {
    if (process.programs.empty() || process.programs.front().parent_then == Identity{}) continue;
    const Identity& parent = process.programs.front().parent_then;
    if (!truth_.processes.contains(parent)) continue;
    const auto first = creates_.find(GuidOf(identity));
    ASSERT_NE(first, creates_.end()) << process.role;
    EXPECT_EQ(first->second->Get("ParentProcessId"), parent.first) << process.role;
    EXPECT_EQ(first->second->Get("ParentProcessGuid"), GuidOf(parent)) << process.role;
  }
}

TEST_P(RealCapture, EveryParentWasAnnouncedBefore) {
  std::set<std::string, std::less<>> announced;
  for (const LoggedEvent& event : events_) {
    if (event.id != 1) {
      EXPECT_TRUE(announced.contains(event.Get("ProcessGuid")));
      continue;
    }
    const std::string_view parent = event.Get("ParentProcessGuid");
    if (parent != "{00000000-0000-0000-0000-000000000000}") {
      EXPECT_TRUE(announced.contains(parent)) << event.Get("CommandLine").substr(0, 100);
    }
    announced.emplace(event.Get("ProcessGuid"));
  }
}

const Capture kExactRaw{"exact-raw", {"audit.log.1", "audit.log"}, true};
const Capture kExactEnriched{"exact-enriched", {"audit.log.gz"}, true};
const Capture kMinimal{"minimal-node", {"audit.log"}, false};

std::string CaseName(const testing::TestParamInfo<Capture>& of_case) {
  std::string name = of_case.param.name;
  std::erase(name, '-');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Audit, RealCapture, testing::Values(kExactRaw, kExactEnriched, kMinimal),
                         CaseName);
INSTANTIATE_TEST_SUITE_P(Audit, ExactCapture, testing::Values(kExactRaw, kExactEnriched), CaseName);
INSTANTIATE_TEST_SUITE_P(Audit, MinimalCapture, testing::Values(kMinimal), CaseName);

}  // namespace
}  // namespace pidigree
