#include "tests/support/perfect_translation.h"

#include <string>

#include "src/event/guid.h"
#include "tests/support/lineage_oracle.h"

namespace pidigree {
namespace {

constexpr uint32_t kMachine = 0x1badb002;

class Translator {
 public:
  Translator(const History& history, const AuditLog& log, const LogStyle& style)
      : history_(history), log_(log), style_(style), announced_(history.processes.size()) {}

  std::vector<LoggedEvent> Translate() && {
    for (size_t i = 0; i < history_.events.size(); ++i) {
      const HistoryEvent& event = history_.events[i];
      if (!log_.written[i] || event.process < 0) continue;
      if (IsExec(event.call)) {
        AnnounceAbove(event.process);
        Exec(event);
      } else if (event.call == Call::kExitGroup || event.call == Call::kAbend) {
        if (HasLivingChild(event.process, static_cast<int32_t>(i))) Announce(event.process);
        if (announced_[event.process]) Terminate(event);
      }
    }
    return std::move(events_);
  }

 private:
  static std::string Text(const Guid& guid) {
    std::string text(Guid::kTextSize, ' ');
    FormatGuid(guid, text.data());
    return text;
  }
  std::string GuidOf(int32_t process) const {
    if (process < 0) return Text({});
    // The index tells processes apart for which the clock is too coarse.
    return Text(Guid::Process(kMachine, 0, static_cast<uint64_t>(process) + 1,
                              history_.processes[process].pid));
  }

  bool HasLivingChild(int32_t process, int32_t position) const {
    for (size_t child = 0; child < history_.processes.size(); ++child) {
      const TrueProcess& truth = history_.processes[child];
      if (truth.born_before <= position &&
          (truth.died_before < 0 || truth.died_before > position) &&
          KnownParent(history_, log_, static_cast<int32_t>(child)) == process)
        return true;
    }
    return false;
  }

  void AnnounceAbove(int32_t process) {
    const int32_t parent = KnownParent(history_, log_, process);
    if (parent >= 0) Announce(parent);
  }

  void Announce(int32_t process) {
    if (announced_[process]) return;
    AnnounceAbove(process);
    announced_[process] = true;
    const TrueProcess& truth = history_.processes[process];
    LoggedEvent event;
    event.id = 1;
    const bool known = ForkIsKnown(history_, log_, process);
    const int64_t time = known ? history_.events[truth.fork_event].stamp_ms : truth.born_ms;
    Identity(event, process, time, known ? "fork" : "running");
    const std::string user = ExpectedUser(truth.birth_uid, style_.form);
    if (truth.birth_image >= 0) {
      const TrueImage& image = history_.images[truth.birth_image];
      Program(event, image, ExpectedText(image.exe), ExpectedCommandLine(image), user);
    }
    event.fields.emplace_back("LogonId", std::to_string(truth.birth_uid));
    Parent(event, process);
    events_.push_back(std::move(event));
  }

  void Exec(const HistoryEvent& exec) {
    announced_[exec.process] = true;
    const TrueImage& image = history_.images[exec.image];
    LoggedEvent event;
    event.id = 1;
    Identity(event, exec.process, exec.stamp_ms, "-");
    Program(event, image, ExpectedText(image.exe), ExpectedCommandLine(image),
            ExpectedUser(exec.uid, style_.form));
    const bool unset = exec.session == kNobody;
    event.fields.emplace_back("LogonGuid",
                              Text(unset ? Guid::Logon(kMachine, 0, 0, 0)
                                         : Guid::Logon(kMachine, 7, exec.session, exec.auid)));
    event.fields.emplace_back("LogonId", std::to_string(exec.uid));
    event.fields.emplace_back("TerminalSessionId", std::to_string(exec.session));
    Parent(event, exec.process);
    events_.push_back(std::move(event));
  }

  void Terminate(const HistoryEvent& end) {
    LoggedEvent event;
    event.id = 5;
    Identity(event, end.process, end.stamp_ms, "-");
    events_.push_back(std::move(event));
  }

  void Identity(LoggedEvent& event, int32_t process, int64_t time_ms, const char* description) {
    event.fields.emplace_back("UtcTime", ExpectedUtcTime(time_ms));
    event.fields.emplace_back("ProcessGuid", GuidOf(process));
    event.fields.emplace_back("ProcessId", std::to_string(history_.processes[process].pid));
    event.fields.emplace_back("Description", description);
  }

  static void Program(LoggedEvent& event, const TrueImage& image, const std::string& exe,
                      const std::string& command_line, const std::string& user) {
    event.fields.emplace_back("Image", exe);
    event.fields.emplace_back("CommandLine", command_line);
    event.fields.emplace_back("CurrentDirectory", ExpectedText(image.cwd));
    event.fields.emplace_back("User", user);
  }

  void Parent(LoggedEvent& event, int32_t process) {
    const int32_t parent = KnownParent(history_, log_, process);
    event.fields.emplace_back("ParentProcessGuid", GuidOf(parent));
    event.fields.emplace_back("ParentProcessId",
                              std::to_string(parent < 0 ? 0 : history_.processes[parent].pid));
    if (!ForkIsKnown(history_, log_, process)) return;
    const HistoryEvent& fork = history_.events[history_.processes[process].fork_event];
    const TrueImage& image = history_.images[fork.image];
    event.fields.emplace_back("ParentImage", ExpectedText(image.exe));
    event.fields.emplace_back("ParentCommandLine", ExpectedCommandLine(image));
    event.fields.emplace_back("ParentUser", ExpectedUser(fork.uid, style_.form));
  }

  const History& history_;
  const AuditLog& log_;
  const LogStyle& style_;
  std::vector<bool> announced_;
  std::vector<LoggedEvent> events_;
};

}  // namespace

std::vector<LoggedEvent> TranslatePerfectly(const History& history, const AuditLog& log,
                                            const LogStyle& style) {
  return Translator(history, log, style).Translate();
}

}  // namespace pidigree
