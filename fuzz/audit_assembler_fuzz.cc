// Logs of a few hosts with whatever order, serials, stamps and record types. However a log is cut
// into chunks, the facts must be the same; they come in the order of serials, and each fork that
// was announced is applied exactly once, before its boot ends.

#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "src/source/audit/event_assembler.h"
#include "tests/source/audit/audit_log.h"

namespace pidigree::audit_test {
namespace {

class Checker : public CallConsumer {
 public:
  using CallConsumer::Apply;
  void Foresee(const ForkFact& fork) override {
    Check(fork.subject.host < nodes_);
    Check(foreseen_.insert(fork.subject.logged).second);
    log.push_back("foresee " + Describe(OwnedFact(fork)));
  }
  void Apply(const ForkFact& fork) override {
    Check(foreseen_.erase(fork.subject.logged) == 1);
    CallConsumer::Apply(fork);
  }
  void Reboot(uint32_t node) override {
    Check(node < nodes_);
    for (const LoggedCall* fork : foreseen_) Check(fork->host != node);
    log.push_back("reboot " + std::to_string(node));
    last_[node] = {};
  }
  void NewHost(uint32_t node, std::string_view name, std::string_view) override {
    Check(node == nodes_++);
    last_.emplace_back();
    log.push_back("node " + std::string(name));
  }
  void CheckEnd() const { Check(foreseen_.empty()); }

  std::vector<std::string> log;
  uint64_t out_of_order = 0;
  uint64_t late = 0;

 private:
  struct Last {
    bool known = false;
    uint32_t serial = 0;
  };
  void Take(OwnedFact fact) override {
    Check(fact.host < nodes_);
    log.push_back(Describe(fact) + " " + std::string(fact.exe) + std::string(fact.cwd) +
                  (fact.exe_is_unlinked ? " unlinked" : ""));
    Last& last = last_[fact.host];
    if (last.known && static_cast<int32_t>(fact.serial - last.serial) < 0) ++out_of_order;
    last = {true, fact.serial};
  }

  uint32_t nodes_ = 0;
  std::set<const LoggedCall*> foreseen_;
  std::vector<Last> last_;
};

std::string MakeRecord(FuzzedDataProvider& input, uint32_t serial, int64_t ms) {
  const auto pid = input.ConsumeIntegralInRange<uint32_t>(1, 9);
  switch (input.ConsumeIntegralInRange(0, 13)) {
    case 0:
      return Fork(serial, pid, input.ConsumeIntegralInRange<uint32_t>(1, 9), ms);
    case 1:
      return Exit(serial, pid, ms);
    case 2:
      return Syscall(serial, {.pid = pid}, ms);
    case 3:
      return Record("EXECVE", serial, R"(argc=3 a0="sh" a1_len=8 a1[0]=6162)", ms);
    case 4:
      return Record("EXECVE", serial, R"( a1[1]=6364)", ms);
    case 5:
      return Record("EXECVE", serial, R"( a2="x")", ms);
    case 6:
      return Record("CWD", serial, input.ConsumeBool() ? R"(cwd="/tmp")" : "cwd=2F20", ms);
    case 7:
      return Record("OBJ_PID", serial, "opid=" + std::to_string(pid), ms);
    case 8:
      return Syscall(serial, {.number = 62, .args = "a0=1 a1=9 a2=0 a3=0", .pid = pid}, ms);
    case 9:
      return Record("LOGIN", serial, "pid=5 uid=0 auid=5 ses=6 tty=(none) res=1", ms);
    case 10:
      return Syscall(serial, {.pid = pid, .exe = "2F782F79202864656C6574656429"}, ms);
    case 11:
      return Record("PATH", serial,
                    input.ConsumeBool() ? "item=0 name=2F782F79202864656C6574656429"
                                        : "item=0 name=79202864656C6574656429",
                    ms);
    case 12:
      return Record(input.ConsumeBool() ? "SYSTEM_BOOT" : "DAEMON_START", serial,
                    "pid=1 uid=0 auid=4294967295 ses=4294967295 msg='x'", ms);
    default:
      return input.ConsumeRandomLengthString(40) + "\n";
  }
}

// `jumps`: serials and stamps may go anywhere at once.
std::string MakeLog(FuzzedDataProvider& input, bool jumps) {
  std::string log;
  uint32_t serial = input.ConsumeIntegral<uint32_t>();
  int64_t ms = 0;
  for (int i = 0; i < 300 && input.remaining_bytes() > 0; ++i) {
    serial += input.ConsumeIntegralInRange<uint32_t>(0, 7) - 3;
    ms += input.ConsumeIntegralInRange<int64_t>(-2, 10) * 100;
    if (jumps && input.ConsumeIntegralInRange(0, 63) == 0)
      serial = input.ConsumeIntegral<uint32_t>();
    if (jumps && input.ConsumeIntegralInRange(0, 63) == 0) ms = input.ConsumeIntegral<int32_t>();
    const std::string record = MakeRecord(input, serial, ms);
    const int node = input.ConsumeIntegralInRange(0, 5);
    log += node < 4 ? record : OnNode(node == 4 ? "a" : "b", record);
  }
  return log;
}

Checker Run(const std::string& log, size_t chunk_bytes, const AssemblerLimits& limits) {
  Checker checker;
  EventAssembler assembler(checker, limits);
  Feed(assembler, log, chunk_bytes);
  assembler.Finish();
  checker.CheckEnd();
  checker.late = assembler.statistics().late;
  return checker;
}

}  // namespace
}  // namespace pidigree::audit_test

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pidigree;
  using namespace pidigree::audit_test;
  FuzzedDataProvider input(data, size);
  AssemblerLimits limits;
  if (input.ConsumeBool()) limits.look_ahead_events = 3;
  if (input.ConsumeBool()) limits.look_ahead_bytes = 4000;
  limits.max_nodes = 2;
  const size_t chunk_bytes = input.ConsumeIntegralInRange<size_t>(1, 3000);
  const bool jumps = input.ConsumeBool();
  const std::string log = MakeLog(input, jumps);
  const Checker whole = Run(log, log.size() + 1, limits);
  const Checker cut = Run(log, chunk_bytes, limits);
  Check(whole.log == cut.log);
  // Half the range of serials is where before and after change places.
  if (!jumps) Check(whole.out_of_order <= whole.late);
  return 0;
}
