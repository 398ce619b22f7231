// How a log is stored and what stands around its records must not change what it means.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/audit_log_writer.h"
#include "tests/support/process_history.h"
#include "tests/support/random.h"
#include "tests/support/translate_directly.h"

namespace pidigree {
namespace {

History SomeHistory(uint64_t seed) {
  HistoryOptions options;
  options.seed = seed;
  options.processes = 600;
  options.pid_max = 1000;
  options.reboots = seed % 2;
  return SimulateHistory(options);
}

std::string Print(const LoggedEvent& event) {
  std::string text = std::to_string(event.id) + " " + event.time_created + " " + event.computer;
  for (const auto& [name, value] : event.fields) text += "|" + name + "=" + value;
  return text;
}

std::vector<std::string> Print(const std::vector<LoggedEvent>& events) {
  std::vector<std::string> lines;
  for (const LoggedEvent& event : events) lines.push_back(Print(event));
  return lines;
}

std::vector<LoggedEvent> Translate(std::string_view log, size_t chunk_bytes = 1 << 20) {
  return TranslateDirectly(CutIntoChunks(log, chunk_bytes)).events;
}

// The values of all fields `names`, event by event.
std::vector<std::string> Values(const std::vector<LoggedEvent>& events,
                                const std::vector<std::string_view>& names) {
  std::vector<std::string> lines;
  for (const LoggedEvent& event : events) {
    std::string line = std::to_string(event.id);
    for (const std::string_view name : names) line.append("|").append(event.Get(name));
    lines.push_back(std::move(line));
  }
  return lines;
}

TEST(Translation, DoesNotDependOnHowTheLogIsCut) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    const AuditLog log = WriteAuditLog(SomeHistory(seed), {.seed = seed});
    const std::vector<std::string> whole = Print(Translate(log.text));
    EXPECT_GT(whole.size(), 300u);
    for (const size_t chunk_bytes : {size_t{0}, size_t{100}, size_t{3'000}, size_t{70'000}})
      EXPECT_EQ(Print(Translate(log.text, chunk_bytes)), whole) << chunk_bytes;
  }
}

TEST(Translation, OfOneNodeIsUntouchedByAnother) {
  const AuditLog a = WriteAuditLog(SomeHistory(4), {.seed = 4, .node = "a"});
  const AuditLog b = WriteAuditLog(SomeHistory(5), {.seed = 5, .node = "b"});
  // Line by line, as an aggregating host receives them.
  std::string both;
  Random random(1);
  std::string_view rest_a = a.text, rest_b = b.text;
  while (!rest_a.empty() || !rest_b.empty()) {
    std::string_view& from =
        rest_b.empty() || (!rest_a.empty() && random.OneIn(2)) ? rest_a : rest_b;
    const size_t size = from.find('\n') + 1;
    both += from.substr(0, size);
    from.remove_prefix(size);
  }
  std::map<std::string, std::vector<LoggedEvent>> by_node;
  for (LoggedEvent& event : Translate(both)) by_node[event.computer].push_back(std::move(event));
  EXPECT_EQ(Print(by_node["a"]), Print(Translate(a.text)));
  EXPECT_EQ(Print(by_node["b"]), Print(Translate(b.text)));
}

TEST(Translation, GivesTheSameGuidsForRawAndEnrichedLogs) {
  const History history = SomeHistory(6);
  const AuditLog raw = WriteAuditLog(history, {.seed = 6, .form = LogForm::kRaw, .node = "a"});
  const AuditLog enriched =
      WriteAuditLog(history, {.seed = 6, .form = LogForm::kEnriched, .node = "a"});
  const std::vector<std::string_view> names = {"ProcessGuid", "ParentProcessGuid", "UtcTime",
                                               "CommandLine", "LogonGuid"};
  EXPECT_EQ(Values(Translate(raw.text), names), Values(Translate(enriched.text), names));
}

TEST(Translation, TakesTheNodeForTheMachinePartAndTheComputerAlone) {
  const History history = SomeHistory(7);
  std::vector<LoggedEvent> without = Translate(WriteAuditLog(history, {.seed = 7}).text);
  std::vector<LoggedEvent> with = Translate(WriteAuditLog(history, {.seed = 7, .node = "a"}).text);
  for (std::vector<LoggedEvent>* events : {&without, &with})
    for (LoggedEvent& event : *events) {
      event.computer.clear();
      constexpr size_t kMachineEnd = 10;  // {MMMMMMMM-
      for (auto& [name, value] : event.fields)
        if (name.ends_with("Guid")) value.erase(0, kMachineEnd);
    }
  EXPECT_EQ(Print(with), Print(without));
}

}  // namespace
}  // namespace pidigree
