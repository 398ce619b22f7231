#include <functional>
#include <string>
#include <vector>

#include "schema/events.h"
#include "src/base/printable.h"
#include "src/cli/commands.h"
#include "src/cli/event_lines.h"
#include "src/cli/load_rules.h"
#include "src/cli/messages.h"
#include "src/serialize/event_reader.h"
#include "src/serialize/json_text.h"

namespace pidigree {
namespace {

constexpr char kConfig[] = "FILE";
constexpr char kEvents[] = "EVENTS";

// A logged event as the rules see it: fields that it lacks are "-".
class LoggedRecord {
 public:
  LoggedRecord(const EventType& type, const LoggedEvent& event) {
    for (const Field& field : type.fields) values_.emplace_back(event.Get(field.name));
    record_.type = &type;
    record_.values = values_;
  }
  LoggedRecord(const LoggedRecord&) = delete;
  LoggedRecord& operator=(const LoggedRecord&) = delete;

  const Record& record() const { return record_; }

 private:
  std::vector<Value> values_;
  Record record_;
};

// Prints what `answer` says to each of the events, in order. A line that is no event is complained
// of and makes the command fail; the others are answered nevertheless.
int AnswerEvents(const Arguments& arguments,
                 const std::function<std::string(const RuleSet&, const Record&,
                                                 const std::string& place)>& answer) {
  const auto rules = LoadRules(arguments.Get(kConfig), ConfigWarnings::kHide);
  if (rules == nullptr) return kExitFailed;
  const std::string events = arguments.Get(kEvents);
  const std::string name = events == "-" ? "standard input" : Printable(events);

  constexpr size_t kOutputBytes = 64 * 1024;
  std::string output;
  bool good = true;
  bool can_print = true;
  const auto read = ForEachLine(events, [&](std::string_view line, size_t number) {
    if (!can_print || line.find_first_not_of(" \t\r") == line.npos) return;
    const std::string place = name + ":" + std::to_string(number);
    const auto refuse = [&](const std::string& why) {
      good = false;
      Complain(place + ": " + why);
    };
    const auto event = ParseLoggedEvent(line);
    if (!event) return refuse(Printable(event.error().message));
    const EventType* type = FindEvent(event->id);
    if (type == nullptr) return refuse("there is no event " + std::to_string(event->id));
    for (const auto& [field, value] : event->fields)
      if (type->Find(field) == EventType::kNoField)
        Complain(place + ": " + std::string(type->name) + " has no field \"" +
                 Printable(field, 60) + "\"; it is ignored");
    output += answer(*rules, LoggedRecord(*type, *event).record(), place);
    if (output.size() < kOutputBytes) return;
    can_print = PrintOut(output);
    output.clear();
  });
  if (can_print) can_print = PrintOut(output);
  if (!read) Complain(Printable(read.error().message));
  return read && good && can_print ? kExitDone : kExitFailed;
}

std::string DecisionLine(const RuleSet& rules, const Record& record, const std::string&) {
  const Decision decision = rules.Decide(record);
  return std::string("{\"included\":") + (decision.included ? "true" : "false") +
         ",\"RuleName\":" + JsonString(decision.rule_name) + "}\n";
}

std::string ExplanationLines(const RuleSet& rules, const Record& record, const std::string& place) {
  const Explanation explanation = rules.Explain(record);
  std::string lines = place + ": " + std::string(record.type->name) + " " + explanation.text + "\n";
  if (explanation.decision.rule_name != "-")
    lines += "  RuleName \"" + Printable(explanation.decision.rule_name) + "\"\n";
  return lines;
}

Result<int> RunCheck(const Arguments& arguments) {
  const auto loaded = LoadRules(arguments.Get(kConfig), ConfigWarnings::kTell);
  return loaded != nullptr ? kExitDone : kExitFailed;
}

Result<int> RunTest(const Arguments& arguments) { return AnswerEvents(arguments, DecisionLine); }

Result<int> RunExplain(const Arguments& arguments) {
  return AnswerEvents(arguments, ExplanationLines);
}

}  // namespace

Command RulesCommand() {
  const Option config = {.name = kConfig, .help = "A Sysmon configuration", .required = true};
  const Option events = {.name = kEvents,
                         .help =
                             "Events, one a line: objects of EventID and fields, or lines that "
                             "Pidigree wrote; - is standard input",
                         .required = true};
  return {
      .name = "rules",
      .description = "Check, test and explain a configuration",
      .subcommands = {{.name = "check",
                       .description = "Tell what is wrong with it",
                       .footer = "Silent if all is well. Warnings do not make it fail.",
                       .options = {config},
                       .run = RunCheck},
                      {.name = "test",
                       .description = "Decide events, a line for each",
                       .options = {config, events},
                       .run = RunTest},
                      {.name = "explain",
                       .description = "Tell which rules decide events",
                       .options = {config, events},
                       .run = RunExplain}},
  };
}

}  // namespace pidigree
