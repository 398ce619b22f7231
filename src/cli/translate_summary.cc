#include "src/cli/translate_summary.h"

#include <cstdio>
#include <numeric>
#include <string_view>
#include <vector>

#include "schema/events.h"
#include "src/base/printable.h"

namespace pidigree {
namespace {

constexpr size_t kMaxQuote = 120;

class Lines {
 public:
  // "  LABEL: COUNT  (NOTE)", or nothing for 0.
  void Count(uint64_t count, std::string_view label, std::string_view note = {}) {
    if (count == 0) return;
    text_ += "  " + std::string(label) + ": " + std::to_string(count);
    if (!note.empty()) text_ += "  (" + std::string(note) + ")";
    text_ += '\n';
  }
  void Add(const std::string& line) { text_ += line + '\n'; }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string Megabytes(uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", static_cast<double>(bytes) / 1e6);
  return text;
}

void AddWritten(const TranslatePipeline& pipeline, const Counters& counters, Lines& lines) {
  lines.Add("events written:");
  bool any = false;
  for (const EventType* type : kAllEvents) {
    const uint64_t count = pipeline.events()[type->id & 0xff];
    any = any || count > 0;
    lines.Count(count, type->name);
  }
  if (!any) lines.Add("  none");
  lines.Count(counters[Counter::kForkAnnouncements],
              "of these, processes that forked without exec");
  lines.Count(counters[Counter::kRunningAnnouncements],
              "of these, processes older than what the log tells");
  lines.Count(counters[Counter::kFiltered], "left out by the rules");
}

void AddQuotes(const std::vector<AuditStatistics::Quote>& quotes, Lines& lines) {
  for (const AuditStatistics::Quote& quote : quotes)
    lines.Add("    " + Printable(quote.file) + ":" + std::to_string(quote.line) + ": " +
              Printable(quote.text, kMaxQuote));
}

void AddRead(const LogInput& input, const AuditStatistics& audit, Lines& lines) {
  const uint64_t records = std::accumulate(audit.records.begin(), audit.records.end(), uint64_t{0});
  lines.Add("read: " + std::to_string(records) + " records of " + std::to_string(audit.events) +
            " audit events");
  lines.Count(audit.Count(RecordKind::kUnknown), "records of unknown types");
  AddQuotes(audit.unknown_type_quotes, lines);
  lines.Count(audit.unknown_arch, "system calls of unknown architectures");
  lines.Count(audit.duplicates, "repeated records or events, ignored");
  lines.Count(audit.reboots, "reboots");
  lines.Count(audit.clock_steps, "steps back of the clock");
  lines.Count(audit.malformed, "malformed lines, skipped");
  AddQuotes(audit.malformed_quotes, lines);
  lines.Count(input.dropped_lines(), "lines too long, dropped");
  for (const DroppedLine& line : input.dropped())
    lines.Add("    " + Printable(line.file) + ": " + std::to_string(line.bytes) +
              " bytes at offset " + std::to_string(line.offset));
}

void AddLosses(const AuditStatistics& audit, const Counters& counters, Lines& lines) {
  lines.Count(audit.incomplete, "events left incomplete", "arguments of an execve are missing");
  lines.Count(audit.late, "events with records that came too late to be joined");
  lines.Count(audit.look_ahead_cut, "events ordered with a shortened look-ahead");
  lines.Count(audit.node_limit_drops, "events of too many nodes, dropped");
  lines.Count(audit.cut_command_lines, "command lines cut");
  lines.Count(counters[Counter::kCommandLinesCut],
              "command lines cut to 4 KiB as those of parents");
  lines.Count(counters[Counter::kEvicted], "processes forgotten to save memory",
              "see --max-memory");
  lines.Count(counters[Counter::kNamespacesUnknown], "PID namespaces not told apart to save memory",
              "see --max-memory");
  lines.Count(counters[Counter::kCandidatesDropped],
              "results of clone forgotten before their first record");
  lines.Count(counters[Counter::kBadPids], "facts with impossible process ids, ignored");
}

void AddInference(const Counters& counters, Lines& lines) {
  lines.Count(counters[Counter::kInferredNew],
              "inferred: processes told apart by the order of process ids");
  lines.Count(counters[Counter::kInferredSame], "inferred: processes taken for the same as before");
  lines.Count(counters[Counter::kInferredParents],
              "inferred: parents known by their process id only");
  lines.Count(counters[Counter::kGuidsMoved], "start times moved to keep GUIDs apart");
  lines.Count(counters[Counter::kSilentEnds], "processes whose end no record tells");
  lines.Count(counters[Counter::kOpenEnds], "processes that may live on after the log");
  lines.Count(counters[Counter::kUndecidedEnds], "of these, perhaps ended",
              "exit or wait4 leaves it open");
}

}  // namespace

std::string TranslateSummary(const Translation& translation) {
  const auto& [input, source, counters, pipeline, time] = translation;
  const AuditStatistics& audit = source.statistics();
  Lines lines;
  AddWritten(pipeline, counters, lines);
  AddRead(input, audit, lines);
  AddLosses(audit, counters, lines);
  AddInference(counters, lines);
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.2f", time.count());
  lines.Add(Megabytes(audit.bytes) + " MB of log in " + seconds + " s");
  return lines.Take();
}

}  // namespace pidigree
