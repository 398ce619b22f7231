#include "tests/support/lineage_oracle.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "src/event/guid.h"

namespace pidigree {
namespace {

constexpr size_t kMaxErrors = 20;
constexpr size_t kKeptCommandLine = 4096;
constexpr int64_t kClockSlackMs = 8;  // two ticks of the coarse clock
constexpr std::string_view kNoGuid = "{00000000-0000-0000-0000-000000000000}";

class Checker {
 public:
  Checker(const History& history, const AuditLog& log, const LogStyle& style,
          std::span<const LoggedEvent> events)
      : history_(history),
        log_(log),
        style_(style),
        events_(events),
        strict_(style.rules == AuditRules::kFull) {}

  LineageVerdict Check() && {
    IndexTruth();
    ReadTokens();
    for (size_t i = 0; i < events_.size(); ++i) {
      if (events_[i].id == 1)
        CheckCreate(i);
      else if (events_[i].id == 5)
        CheckTerminate(i);
    }
    CheckNothingIsMissing();
    return std::move(verdict_);
  }

 private:
  struct Token {
    int32_t process = -1;
    int32_t image = -1;
  };

  void IndexTruth() {
    first_own_.assign(history_.processes.size(), -1);
    last_own_.assign(history_.processes.size(), -1);
    for (size_t i = 0; i < history_.events.size(); ++i) {
      const int32_t process = history_.events[i].process;
      if (process < 0 || !log_.written[i]) continue;
      if (first_own_[process] < 0 && TellsPpid(history_.events[i]))
        first_own_[process] = static_cast<int32_t>(i);
      last_own_[process] = static_cast<int32_t>(i);
    }
    made_untold_child_.resize(history_.processes.size());
    for (size_t i = 0; i < history_.events.size(); ++i) {
      const HistoryEvent& event = history_.events[i];
      if (!IsForkLike(event.call) || !log_.written[i]) continue;
      if (event.other_thread ? event.call == Call::kClone3
                             : !ForkIsKnown(history_, log_, event.other))
        made_untold_child_[event.process] = true;
    }
    for (size_t i = 0; i < history_.processes.size(); ++i)
      by_pid_.emplace(history_.processes[i].pid, static_cast<int32_t>(i));
    guid_of_.resize(history_.processes.size());
    terminated_.resize(history_.processes.size());
    images_seen_.resize(history_.images.size());
  }

  // Finds the exec that each event is about, and between which records each other event was made.
  void ReadTokens() {
    tokens_.resize(events_.size());
    after_.assign(events_.size(), -1);
    before_.assign(events_.size(), static_cast<int32_t>(history_.events.size()));
    int32_t last = -1;
    for (size_t i = 0; i < events_.size(); ++i) {
      after_[i] = last;
      if (events_[i].id != 1 || events_[i].Get("Description") != "-") continue;
      tokens_[i] = ReadToken(events_[i].Get("CommandLine"));
      if (tokens_[i].image >= 0) last = history_.images[tokens_[i].image].event;
      if (tokens_[i].process >= 0 && style_.rules != AuditRules::kExecOnly)
        Bind(i, events_[i].Get("ProcessGuid"), tokens_[i].process);
    }
    int32_t next = static_cast<int32_t>(history_.events.size());
    for (size_t i = events_.size(); i-- > 0;) {
      if (tokens_[i].image >= 0) next = history_.images[tokens_[i].image].event;
      before_[i] = next;
    }
  }

  Token ReadToken(std::string_view command_line) const {
    constexpr std::string_view kMark = "--truth=p";
    const size_t at = command_line.find(kMark);
    if (at == command_line.npos) return {};
    const char* const end = command_line.data() + command_line.size();
    int32_t process = -1;
    uint32_t number = 0;
    const char* next = std::from_chars(command_line.data() + at + kMark.size(), end, process).ptr;
    if (end - next < 2 || std::from_chars(next + 2, end, number).ec != std::errc()) return {};
    if (process < 0 || static_cast<size_t>(process) >= history_.processes.size()) return {};
    const std::vector<int32_t>& images = history_.processes[process].images;
    if (number >= images.size()) return {};
    return {process, images[number]};
  }

  // `guid` is said to be `process`. What does not fit is an error, or counted where it is inferred.
  bool Bind(size_t event, std::string_view guid, int32_t process) {
    const auto [known, is_new] = process_of_.emplace(guid, process);
    if (!is_new && known->second != process) {
      Count(event, LineageFault::kSharedGuid);
      if (strict_ || style_.rules == AuditRules::kForkExec)
        Error(event, process, "two processes share a GUID; it is also " + Name(known->second));
      return false;
    }
    if (!guid_of_[process].empty() && guid_of_[process] != guid) {
      Count(event, LineageFault::kSplit);
      if (strict_ || style_.rules == AuditRules::kForkExec)
        Error(event, process, "one process has two GUIDs; it had " + guid_of_[process]);
      return false;
    }
    guid_of_[process] = guid;
    return true;
  }

  // Who an announced process without a token must be: by its number, the moment of its announcement
  // and, if it is said to have been forked, the stamp of that fork.
  int32_t Identify(size_t index) const {
    const LoggedEvent& event = events_[index];
    if (const auto known = process_of_.find(std::string(event.Get("ProcessGuid")));
        known != process_of_.end())
      return known->second;
    uint32_t pid = 0;
    const std::string_view text = event.Get("ProcessId");
    std::from_chars(text.data(), text.data() + text.size(), pid);
    const bool forked = event.Get("Description") == "fork";
    int32_t best = -1;
    const auto [begin, end] = by_pid_.equal_range(pid);
    for (auto it = begin; it != end; ++it) {
      const TrueProcess& truth = history_.processes[it->second];
      if (truth.born_before > before_[index]) continue;
      if (!guid_of_[it->second].empty()) continue;
      const bool has_stamp = ForkIsKnown(history_, log_, it->second);
      if (forked && has_stamp) {
        if (ExpectedUtcTime(history_.events[truth.fork_event].stamp_ms) != event.Get("UtcTime"))
          continue;
      } else if (truth.died_before >= 0 && truth.died_before < after_[index] &&
                 last_own_[it->second] < after_[index] && !MayHaveChild(it->second, index)) {
        continue;
      }
      if (best < 0 || truth.born_before > history_.processes[best].born_before) best = it->second;
    }
    return best;
  }

  // As far as the log tells, a child of `process` lives, whose parent it may still be announced as.
  bool MayHaveChild(int32_t process, size_t index) const {
    return made_untold_child_[process] ||
           std::any_of(
               history_.processes.begin(), history_.processes.end(), [&](const TrueProcess& child) {
                 const bool end_is_told =
                     child.end_is_exit_group && log_.written[static_cast<size_t>(child.end_event)];
                 return child.parent == process && child.born_before <= before_[index] &&
                        (child.died_before < 0 || child.died_before >= after_[index] ||
                         !end_is_told);
               });
  }

  // --- ProcessCreate -----------------------------------------------------------------------------

  void CheckCreate(size_t index) {
    const LoggedEvent& event = events_[index];
    const std::string guid(event.Get("ProcessGuid"));
    const std::string_view description = event.Get("Description");
    int32_t process = tokens_[index].process;
    if (description == "-") {
      if (process < 0) return Error(index, -1, "an exec that never was");
      CheckExec(index);
    } else if (description == "fork" || description == "running") {
      if (announced_.contains(guid)) Error(index, -1, "announced once more");
      if (style_.rules == AuditRules::kExecOnly) return CheckInferredAnnouncement(index);
      process = Identify(index);
      if (process < 0) return Error(index, -1, "announces a process that never was");
      Bind(index, guid, process);
      CheckAnnouncement(index, process);
    } else {
      return Error(index, process, "what Description is that");
    }
    CheckGuid(index, process, guid);
    CheckParent(index, process);
    announced_.insert(guid);
  }

  // With execs alone, who is meant is known from the first exec that names it as its parent.
  void CheckInferredAnnouncement(size_t index) {
    const std::string parent(event(index).Get("ParentProcessGuid"));
    if (parent != kNoGuid && !announced_.contains(parent))
      Error(index, -1, "the parent was not announced");
    announced_.insert(std::string(event(index).Get("ProcessGuid")));
  }

  void CheckExec(size_t index) {
    const auto [process, image_index] = tokens_[index];
    const TrueImage& image = history_.images[image_index];
    if (image.event < 0 || !log_.written[image.event])
      return Error(index, process, "an exec that is not in the log");
    if (images_seen_[image_index]) return Error(index, process, "the same exec once more");
    images_seen_[image_index] = true;
    const HistoryEvent& truth = history_.events[image.event];
    Expect(index, process, "UtcTime", ExpectedUtcTime(truth.stamp_ms));
    Expect(index, process, "Image", ExpectedText(image.exe));
    Expect(index, process, "CommandLine", ExpectedCommandLine(image));
    Expect(index, process, "CurrentDirectory", ExpectedText(image.cwd));
    Expect(index, process, "User", ExpectedUser(truth.uid, style_.form));
    Expect(index, process, "LogonId", std::to_string(truth.uid));
    Expect(index, process, "TerminalSessionId", std::to_string(truth.session));
    Expect(index, process, "ProcessId", std::to_string(truth.pid));
    const std::optional<Guid> logon = ParseGuid(event(index).Get("LogonGuid"));
    const bool unset = truth.session == kNobody;
    if (!logon || logon->low != (unset ? 0 : uint64_t{truth.session} << 32 | truth.auid) ||
        (unset && logon->boot() != 0))
      Error(index, process, "LogonGuid does not tell the session and login uid");
    CountExec(index, process, truth);
  }

  void CountExec(size_t index, int32_t process, const HistoryEvent& truth) {
    ++verdict_.execs;
    // What is inferred counts by its first use: a GUID is whom it stood for then.
    if (Bind(index, event(index).Get("ProcessGuid"), process)) ++verdict_.told_apart;
    if (truth.ppid_process != history_.processes[process].parent) ++verdict_.orphans;
    if (truth.ppid_process >= 0 && history_.processes[truth.ppid_process].images.empty())
      ++verdict_.fork_only_parents;
    if (ParentIsRight(index, process, truth)) ++verdict_.right_parents;
  }

  bool ParentIsRight(size_t index, int32_t process, const HistoryEvent& truth) {
    const std::string guid(event(index).Get("ParentProcessGuid"));
    const int32_t parents[] = {truth.ppid_process,
                               history_.events[first_own_[process]].ppid_process,
                               history_.processes[process].parent};
    const auto known = process_of_.find(guid);
    if (known == process_of_.end()) {
      // Never the subject of an exec: from now on it is whom ppid= means here.
      if (truth.ppid_process < 0) {
        verdict_.present_parents += guid == kNoGuid;
        return guid == kNoGuid;
      }
      if (guid == kNoGuid || !guid_of_[truth.ppid_process].empty()) return false;
      process_of_.emplace(guid, truth.ppid_process);
      guid_of_[truth.ppid_process] = guid;
      ++verdict_.present_parents;
      return true;
    }
    verdict_.present_parents +=
        known->second == truth.ppid_process && guid_of_[known->second] == guid;
    return std::find(std::begin(parents), std::end(parents), known->second) != std::end(parents) &&
           guid_of_[known->second] == guid;
  }

  void CheckAnnouncement(size_t index, int32_t process) {
    const TrueProcess& truth = history_.processes[process];
    if (!strict_) return;
    const bool known = ForkIsKnown(history_, log_, process);
    if (!known) return;  // forked unseen or there before the log: nobody can tell
    if (event(index).Get("Description") != "fork")
      Error(index, process, "said to be running, but its fork is in the log");
    const HistoryEvent& fork = history_.events[truth.fork_event];
    Expect(index, process, "UtcTime", ExpectedUtcTime(fork.stamp_ms));
    Expect(index, process, "Image", ExpectedText(history_.images[truth.birth_image].exe));
    Expect(index, process, "User", ExpectedUser(fork.uid, style_.form));
    Expect(index, process, "LogonId", std::to_string(fork.uid));
    if (CommandLineIsKnown(truth.parent, truth.birth_image))
      Expect(index, process, "CommandLine", Kept(truth.birth_image));
  }

  // The log tells that `process` runs `image`: by its own exec or by inheritance.
  bool CommandLineIsKnown(int32_t process, int32_t image) const {
    const int32_t exec = history_.images[image].event;
    if (exec < 0 || !log_.written[exec]) return false;
    for (; process >= 0; process = history_.processes[process].parent) {
      if (history_.images[image].process == process) return true;
      if (!ForkIsKnown(history_, log_, process)) return false;
    }
    return false;
  }

  // What the process table keeps of a command line.
  std::string Kept(int32_t image) const { return ExpectedCommandLine(history_.images[image]); }

  void CheckGuid(size_t index, int32_t process, std::string_view text) {
    const std::optional<Guid> guid = ParseGuid(text);
    if (!guid) return Error(index, process, "ProcessGuid is none");
    Expect(index, process, "ProcessId", std::to_string(history_.processes[process].pid));
    if (guid->pid() != history_.processes[process].pid || guid->boot() != 0)
      Error(index, process, "ProcessGuid does not tell the number, or tells a boot");
    if (!machine_) machine_ = guid->machine();
    if (*machine_ != guid->machine()) Error(index, process, "ProcessGuid tells another machine");
  }

  void CheckParent(size_t index, int32_t process) {
    const std::string guid(event(index).Get("ParentProcessGuid"));
    const TrueProcess& truth = history_.processes[process];
    const bool known = ForkIsKnown(history_, log_, process);
    const bool is_exec = tokens_[index].process >= 0;
    if (guid == kNoGuid) {
      // Before its own first record nothing tells the parent of a process without a visible fork.
      const bool may_be_unknown = truth.parent < 0 || (!known && !is_exec);
      if (may_be_unknown) return;
      Count(index, LineageFault::kNoParent);
      Error(index, process, "the parent is known, and zeros are said");
      return;
    }
    if (!announced_.contains(guid)) Error(index, process, "the parent was not announced");
    if (!strict_) return;
    const auto parent = process_of_.find(guid);
    if (parent == process_of_.end()) return;  // not announced: told above
    const int32_t expected = KnownParent(history_, log_, process);
    const bool is_adopter = !known && parent->second == expected;
    if (is_adopter && parent->second != truth.parent && truth.parent >= 0)
      Count(index, LineageFault::kAdopter);
    if (!is_adopter && parent->second != (known ? expected : truth.parent))
      Count(index, LineageFault::kWrongParent);
    if (parent->second != expected && (known || parent->second != truth.parent))
      return Error(index, process,
                   "the parent is " + Name(expected) + ", not " + Name(parent->second));
    Expect(index, process, "ParentProcessId",
           std::to_string(history_.processes[parent->second].pid));
    if (!known) return;
    const HistoryEvent& fork = history_.events[truth.fork_event];
    Expect(index, process, "ParentImage", ExpectedText(history_.images[fork.image].exe));
    Expect(index, process, "ParentUser", ExpectedUser(fork.uid, style_.form));
    if (CommandLineIsKnown(truth.parent, fork.image))
      Expect(index, process, "ParentCommandLine", Kept(fork.image));
  }

  // --- ProcessTerminate --------------------------------------------------------------------------

  void CheckTerminate(size_t index) {
    const std::string guid(event(index).Get("ProcessGuid"));
    if (!announced_.contains(guid)) return Error(index, -1, "the end of a process never announced");
    const auto known = process_of_.find(guid);
    const int32_t process = known == process_of_.end() ? -1 : known->second;
    if (ended_.insert(guid).second == false) return Error(index, process, "ended once more");
    if (!strict_ || process < 0) return;
    terminated_[process] = true;
    const TrueProcess& truth = history_.processes[process];
    Expect(index, process, "ProcessId", std::to_string(truth.pid));
    if (truth.died_ms == 0 && truth.boot == history_.processes.back().boot)
      return Error(index, process, "said to have ended while it lives");
    if (truth.died_before > before_[index])
      return Error(index, process, "said to have ended before it did");
    for (const int32_t image : truth.images) {
      const int32_t exec = history_.images[image].event;
      if (exec >= 0 && log_.written[exec] && !images_seen_[image])
        return Error(index, process,
                     "said to have ended before its exec " + history_.images[image].Token());
    }
    if (truth.end_is_exit_group && log_.written[truth.end_event]) {
      Expect(index, process, "UtcTime", ExpectedUtcTime(history_.events[truth.end_event].stamp_ms));
    } else if (history_.options.clock_steps == 0 && truth.died_ms != 0) {
      const std::string_view time = event(index).Get("UtcTime");
      if (time < ExpectedUtcTime(truth.born_ms - kClockSlackMs) ||
          time > ExpectedUtcTime(truth.died_ms + kClockSlackMs))
        Error(index, process,
              "did not live then: " + ExpectedUtcTime(truth.born_ms) + " to " +
                  ExpectedUtcTime(truth.died_ms));
    }
  }

  void CheckNothingIsMissing() {
    for (size_t i = 0; i < history_.images.size(); ++i) {
      const TrueImage& image = history_.images[i];
      if (image.event >= 0 && log_.written[image.event] && !images_seen_[i])
        Error(events_.size(), image.process, "no event for its exec " + image.Token());
    }
    if (!strict_) return;
    for (size_t i = 0; i < history_.processes.size(); ++i) {
      const TrueProcess& truth = history_.processes[i];
      if (terminated_[i] || guid_of_[i].empty() || truth.died_before < 0) continue;
      if (truth.end_is_exit_group && log_.written[truth.end_event])
        Error(events_.size(), static_cast<int32_t>(i), "its exit is in the log, but no event 5");
      else
        ++verdict_.missing_ends;
    }
  }

  // --- accounts ----------------------------------------------------------------------------------

  const LoggedEvent& event(size_t index) const { return events_[index]; }

  std::string Name(int32_t process) const {
    if (process < 0) return "nobody";
    const TrueProcess& truth = history_.processes[process];
    std::string name = "process p";
    name += std::to_string(process) + " (pid " + std::to_string(truth.pid) + ", forked by p" +
            std::to_string(truth.parent) + " at " + ExpectedUtcTime(truth.born_ms);
    name += truth.died_ms ? ", died " + ExpectedUtcTime(truth.died_ms) : ", lives";
    if (truth.born_inside) name += ", forked inside a PID namespace";
    if (truth.before_log) name += ", before the log";
    return name + ")";
  }

  void Expect(size_t index, int32_t process, std::string_view field, const std::string& expected) {
    const std::string_view actual = event(index).Get(field);
    if (actual == expected) return;
    // Whole up to 4 KiB, beyond it cut to end in "..." (of a parent or a fork-only process).
    if (field.ends_with("CommandLine") && expected.size() > kKeptCommandLine &&
        actual.ends_with("...") && actual.size() + 16 > kKeptCommandLine &&
        expected.starts_with(actual.substr(0, actual.size() - 3)) &&
        (field != "CommandLine" || tokens_[index].process < 0))
      return;
    Error(index, process,
          std::string(field) + " is \"" + std::string(actual.substr(0, 200)) + "\", expected \"" +
              expected.substr(0, 200) + "\"");
  }

  void Error(size_t index, int32_t process, const std::string& what) {
    if (verdict_.errors.size() >= kMaxErrors) return;
    std::string text = what + "\n  truth: " + Name(process);
    if (index < events_.size()) {
      text += "\n  event " + std::to_string(index) + ":";
      text += " id " + std::to_string(events_[index].id);
      for (const char* field : {"UtcTime", "ProcessGuid", "ProcessId", "Description",
                                "ParentProcessGuid", "ParentProcessId", "CommandLine"}) {
        text += std::string(" ") + field + "=";
        text += events_[index].Get(field).substr(0, 100);
      }
    }
    if (process >= 0) {
      const TrueProcess& truth = history_.processes[process];
      const int32_t image = tokens_.size() > index ? tokens_[index].image : -1;
      text += "\n" + Excerpt(log_.text, truth.pid,
                             image >= 0 ? history_.images[image].Token() : NearStamp(truth.born_ms),
                             24);
    }
    verdict_.errors.push_back(std::move(text));
  }

  void Count(size_t index, LineageFault fault) {
    verdict_.faults[static_cast<size_t>(fault)] += tokens_[index].process >= 0;
  }

  static std::string NearStamp(int64_t ms) {
    return "audit(" + std::to_string(ms / 1000) + "." + std::to_string(ms % 1000 / 100);
  }

  const History& history_;
  const AuditLog& log_;
  const LogStyle& style_;
  std::span<const LoggedEvent> events_;
  const bool strict_;

  std::vector<int32_t> first_own_;  // first written event of each process that tells its ppid
  std::vector<int32_t> last_own_;   // last written event of each process
  // A call of the process may have made a child that makes its first record at any time: its record
  // holds an inner number, or one that may be a thread's.
  std::vector<bool> made_untold_child_;
  std::unordered_multimap<uint32_t, int32_t> by_pid_;
  std::vector<Token> tokens_;            // of each output event
  std::vector<int32_t> after_, before_;  // history events between which it was made
  std::unordered_map<std::string, int32_t> process_of_;
  std::vector<std::string> guid_of_;
  std::unordered_set<std::string> announced_, ended_;
  std::vector<bool> images_seen_, terminated_;
  std::optional<uint32_t> machine_;
  LineageVerdict verdict_;
};

}  // namespace

LineageVerdict CheckLineage(const History& history, const AuditLog& log, const LogStyle& style,
                            std::span<const LoggedEvent> events) {
  return Checker(history, log, style, events).Check();
}

}  // namespace pidigree
