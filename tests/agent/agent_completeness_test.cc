// Many operations of every kind, counted: each must be an event, or a loss that is counted.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/agent/agent_test.h"
#include "tests/agent/mixed_work.h"
#include "tests/agent/mixed_work/work.h"
#include "tests/support/property_scale.h"

namespace pidigree {
namespace {

// Of one kind of event, in one kind of operation.
struct Tally {
  size_t told = 0;
  size_t missing = 0;
};

class AgentCompleteness : public AgentTest {
 protected:
  // Events of all kinds, of the work and what it runs.
  std::string Config(const MixedWork& work) const {
    std::string filters;
    const auto include = [&](const char* event, const char* field, const std::string& value) {
      filters += "<" + std::string(event) + " onmatch=\"include\"><" + field +
                 " condition=\"is any\">" + value + "</" + field + "></" + event + ">\n";
    };
    include("ProcessCreate", "ParentImage", work.image());
    include("ProcessTerminate", "Image", work.programs());
    include("ProcessTampering", "Image", work.programs());
    include("DriverLoad", "ImageLoaded", work.modules());
    for (const char* event : {"CreateRemoteThread", "ProcessAccess"})
      include(event, "SourceImage", work.image());
    for (const char* event :
         {"FileCreateTime", "NetworkConnect", "ImageLoad", "RawAccessRead", "FileCreate",
          "FileCreateStreamHash", "PipeEvent", "DnsQuery", "FileDelete", "FileDeleteDetected",
          "FileExecutableDetected", "eBPFEvent"})
      include(event, "Image", work.image());
    return dir_.Write("config",
                      "<Sysmon schemaversion=\"4.90\"><HashAlgorithms>IMPHASH</HashAlgorithms>"
                      "<EventFiltering>" +
                          filters + "</EventFiltering></Sysmon>\n");
  }
};

TEST_F(AgentCompleteness, EveryOperationIsAnEventOrACountedLoss) {
  const size_t count = ScaledCount(100'000);
  const MixedWork work(dir_);
  RunningAgent agent(dir_, {.more = {"--config", Config(work)}});
  const MixedWorkDone done = work.Run(count, {}, agent.SeesFunctions());
  ASSERT_EQ(done.status, 0);
  EXPECT_EQ(agent.Stop().exit_status, 0);

  std::map<std::string, size_t> told;
  uint64_t lost = 0;
  std::ifstream output(agent.output());
  for (std::string line; std::getline(output, line);) {
    const Result<LoggedEvent> event = ParseLoggedEvent(line);
    ASSERT_TRUE(event) << line;
    if (event->id == 255) {
      const std::string description(event->Get("Description"));
      if (description.find(" events lost ") != description.npos) lost += std::stoull(description);
    } else if (const std::string key = done.KeyOf(*event); !key.empty()) {
      ++told[key];
    }
  }

  // A fact that is lost takes all of its events along.
  std::map<std::pair<int, std::string>, Tally> tallies;
  std::vector<std::string> missing;
  size_t missing_facts = 0;
  for (const MixedWorkDone::Fact& fact : done.facts) {
    size_t missed = 0;
    for (const std::string& event : fact.events) {
      Tally& tally = tallies[{std::stoi(event), fact.deed}];
      const auto found = told.find(event);
      if (found == told.end()) {
        ++missed;
        ++tally.missing;
        missing.push_back(fact.deed + ": " + event);
        continue;
      }
      ++tally.told;
      if (--found->second == 0) told.erase(found);
    }
    missing_facts += missed > 0;
  }
  constexpr size_t kShown = 10;
  EXPECT_LE(missing_facts, lost);
  for (size_t i = 0; missing_facts > lost && i < missing.size() && i < kShown; ++i)
    ADD_FAILURE() << "missing: " << missing[i];
  EXPECT_TRUE(told.empty()) << told.size() << " events of nothing that was done, such as\n"
                            << told.begin()->first;

  std::set<int> ids;
  for (const auto& [what, tally] : tallies) ids.insert(what.first);
  for (const int id : {1, 2, 3, 5, 7, 8, 10, 11, 17, 18, 22, 23, 25, 26, 29, 100})
    EXPECT_TRUE(ids.contains(id)) << "nothing was done for event " << id;
  EXPECT_EQ(ids.contains(6), access(kSpareModule, R_OK) == 0) << "modules of guests can be loaded";
  for (const auto& [what, tally] : tallies)
    std::printf("event %d of %s: %zu told, %zu missing\n", what.first, what.second.c_str(),
                tally.told, tally.missing);
  std::printf("%zu operations, %zu facts, %zu missing, %llu counted as lost\n", count,
              done.facts.size(), missing_facts, static_cast<unsigned long long>(lost));
}

}  // namespace
}  // namespace pidigree
