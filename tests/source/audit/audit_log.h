#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/source/audit/event_assembler.h"
#include "src/source/audit/parsed_chunk.h"

namespace pidigree::audit_test {

// Records in the kernel's own form.

// "type=NAME msg=audit(1700000000.000:SERIAL): " with the stamp `ms` later.
inline std::string Header(std::string_view type, uint32_t serial, int64_t ms = 0) {
  const int64_t stamp = 1'700'000'000'000 + ms;
  std::string millis = std::to_string(stamp % 1000);
  millis.insert(0, 3 - millis.size(), '0');
  return "type=" + std::string(type) + " msg=audit(" + std::to_string(stamp / 1000) + "." + millis +
         ":" + std::to_string(serial) + "): ";
}

struct SyscallText {
  std::string arch = "c000003e";
  uint32_t number = 59;
  std::string result = "success=yes exit=0";  // empty: none, as for exit(2)
  std::string args = "a0=55d0c a1=55d1 a2=55d2 a3=8";
  uint32_t ppid = 100;
  uint32_t pid = 200;
  std::string tty = "pts0";
  std::string comm = "\"ls\"";
  std::string exe = "\"/usr/bin/ls\"";
  std::string tail = "key=(null)";
};

inline std::string Fields(const SyscallText& call) {
  return "arch=" + call.arch + " syscall=" + std::to_string(call.number) +
         (call.result.empty() ? "" : " " + call.result) + " " + call.args +
         " items=2 ppid=" + std::to_string(call.ppid) + " pid=" + std::to_string(call.pid) +
         " auid=1000 uid=1001 gid=1002 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=" +
         call.tty + " ses=3 comm=" + call.comm + " exe=" + call.exe + " subj=unconfined " +
         call.tail;
}

inline void PrintTo(const SyscallText& call, std::ostream* out) { *out << Fields(call); }

inline std::string Syscall(uint32_t serial, const SyscallText& call = {}, int64_t ms = 0) {
  return Header("SYSCALL", serial, ms) + Fields(call) + "\n";
}
inline std::string Record(std::string_view type, uint32_t serial, std::string_view fields,
                          int64_t ms = 0) {
  return Header(type, serial, ms) + std::string(fields) + "\n";
}
// A fork by `pid` of `child`.
inline std::string Fork(uint32_t serial, uint32_t pid, uint32_t child, int64_t ms = 0) {
  return Syscall(serial,
                 {.number = 57, .result = "success=yes exit=" + std::to_string(child), .pid = pid},
                 ms);
}
// exit_group(2).
inline std::string Exit(uint32_t serial, uint32_t pid, int64_t ms = 0) {
  return Syscall(serial, {.number = 231, .result = "", .pid = pid}, ms);
}
// execve(2), with its arguments as the EXECVE record has them.
inline std::string Exec(uint32_t serial, uint32_t pid, std::string_view execve, int64_t ms = 0) {
  return Syscall(serial, {.pid = pid}, ms) + Record("EXECVE", serial, execve, ms);
}
inline std::string OnNode(std::string_view node, std::string_view lines) {
  std::string out;
  while (!lines.empty()) {
    const size_t end = lines.find('\n') + 1;
    out.append("node=").append(node).append(" ").append(lines.substr(0, end));
    lines.remove_prefix(end);
  }
  return out;
}

// What always holds.
inline void Check(bool holds) {
  if (!holds) std::abort();
}

// A fact as the call that it came from; owns its text.
struct OwnedFact : ParsedCall {
  explicit OwnedFact(const SightingFact& fact) : OwnedFact(fact.subject) {}
  explicit OwnedFact(const ForkFact& fact) : OwnedFact(fact.subject) {
    other_pid = fact.child.tgid;
    fork_result = fact.result;
    child_namespace = fact.child_namespace;
    sibling = fact.sibling;
  }
  explicit OwnedFact(const ExecFact& fact) : OwnedFact(fact.subject) {
    command_line = Keep(fact.command_line);
    complete = fact.complete;
  }
  explicit OwnedFact(const ExitFact& fact) : OwnedFact(fact.subject) {
    Check(kind == (fact.kind == EndKind::kThread    ? CallKind::kThreadExit
                   : fact.kind == EndKind::kProcess ? CallKind::kExit
                                                    : CallKind::kAbend));
  }
  explicit OwnedFact(const KillFact& fact) : OwnedFact(fact.subject) { other_pid = fact.target; }
  explicit OwnedFact(const ReapFact& fact) : OwnedFact(fact.subject) {
    other_pid = fact.child;
    wait_options = fact.options;
  }
  explicit OwnedFact(const NamespacesFact& fact) : OwnedFact(fact.subject) {
    child_namespace = fact.of_children;
  }

  std::vector<std::unique_ptr<std::string>> copies;

 private:
  explicit OwnedFact(const Subject& subject) {
    static_cast<LoggedCall&>(*this) = *subject.logged;
    Check(subject.host == host && subject.process == ProcessKey{pid, 0});
    for (std::string_view* text : {&tty, &exe, &cwd, &user}) *text = Keep(*text);
  }
  std::string_view Keep(std::string_view text) {
    copies.push_back(std::make_unique<std::string>(text));
    return *copies.back();
  }
};

// What an assembler did, in order, as one line each.
inline std::string Describe(const OwnedFact& fact) {
  static constexpr const char* kKinds[] = {"sighting", "fork", "exec", "thread-exit", "exit",
                                           "abend",    "kill", "reap", "namespaces"};
  std::string text = kKinds[static_cast<size_t>(fact.kind)];
  text += " node=" + std::to_string(fact.host) + " serial=" + std::to_string(fact.serial) +
          " pid=" + std::to_string(fact.pid);
  if (fact.other_pid != 0) text += " other=" + std::to_string(fact.other_pid);
  if (!fact.command_line.empty()) text += " [" + std::string(fact.command_line) + "]";
  if (!fact.complete) text += " incomplete";
  return text;
}

// Takes facts of lives as OwnedFact.
class CallConsumer : public FactConsumer {
 public:
  using FactConsumer::Apply;
  void Apply(const SightingFact& fact) override { Take(OwnedFact(fact)); }
  void Apply(const ForkFact& fact) override { Take(OwnedFact(fact)); }
  void Apply(const ExecFact& fact) override { Take(OwnedFact(fact)); }
  void Apply(const ExitFact& fact) override { Take(OwnedFact(fact)); }
  void Apply(const KillFact& fact) override { Take(OwnedFact(fact)); }
  void Apply(const ReapFact& fact) override { Take(OwnedFact(fact)); }
  void Apply(const NamespacesFact& fact) override { Take(OwnedFact(fact)); }

 private:
  virtual void Take(OwnedFact fact) = 0;
};

class Recorder : public CallConsumer {
 public:
  void Foresee(const ForkFact& fork) override {
    foreseen.push_back(fork.subject.logged);
    log.push_back("foresee " + std::to_string(fork.subject.logged->serial));
  }
  void Reboot(uint32_t host) override { log.push_back("reboot " + std::to_string(host)); }
  void NewHost(uint32_t host, std::string_view name, std::string_view first_record) override {
    nodes.emplace_back(name);
    first_records.emplace_back(first_record);
    log.push_back("node " + std::to_string(host) + " '" + std::string(name) + "'");
  }

  std::vector<std::unique_ptr<OwnedFact>> facts;
  std::vector<const LoggedCall*> foreseen;
  std::vector<std::string> log;
  std::vector<std::string> nodes;
  std::vector<std::string> first_records;

 private:
  void Take(OwnedFact fact) override {
    log.push_back(Describe(fact));
    facts.push_back(std::make_unique<OwnedFact>(std::move(fact)));
  }
};

// A chunk of its own memory, so that sanitizers see each view that outlives it.
inline LogChunk MakeChunk(std::string_view text, const std::shared_ptr<const LogFile>& file,
                          uint64_t offset = 0) {
  auto bytes = std::make_shared<std::vector<char>>(text.begin(), text.end());
  return {bytes, file, {bytes->data(), bytes->size()}, offset};
}
inline std::shared_ptr<const LogFile> File(std::string name = "audit.log") {
  return std::make_shared<LogFile>(LogFile{std::move(name)});
}

inline std::shared_ptr<ParsedChunk> Parse(std::string_view text,
                                          const std::shared_ptr<const LogFile>& file = File()) {
  auto parsed = std::make_shared<ParsedChunk>();
  ParseChunk(MakeChunk(text, file), *parsed);
  return parsed;
}

// Feeds `text` in chunks of whole lines of at least `chunk_bytes`.
inline void Feed(EventAssembler& assembler, std::string_view text, size_t chunk_bytes) {
  const auto file = File();
  while (!text.empty()) {
    size_t end = text.find('\n', std::min(chunk_bytes, text.size()) - 1);
    end = end == text.npos ? text.size() : end + 1;
    assembler.Add(Parse(text.substr(0, end), file));
    text.remove_prefix(end);
  }
}

struct Outcome {
  Recorder recorder;
  AuditStatistics statistics;
};
inline std::unique_ptr<Outcome> Assemble(std::string_view text, size_t chunk_bytes = 1 << 20,
                                         const AssemblerLimits& limits = {}) {
  auto outcome = std::make_unique<Outcome>();
  EventAssembler assembler(outcome->recorder, limits);
  Feed(assembler, text, chunk_bytes);
  assembler.Finish();
  outcome->statistics = assembler.statistics();
  return outcome;
}
// The only fact of `text`.
inline std::unique_ptr<OwnedFact> OnlyFact(std::string_view text) {
  auto outcome = Assemble(text);
  if (outcome->recorder.facts.size() != 1) return nullptr;
  return std::move(outcome->recorder.facts[0]);
}

}  // namespace pidigree::audit_test
