#pragma once

#include <cstdint>
#include <string_view>

#include "src/event/life_facts.h"

namespace pidigree {

struct AccessFact;
struct BpfProgramFact;
struct DnsFact;
struct FileFact;
struct FlowFact;
struct ImageFact;
struct ModuleFact;
struct PipeFact;

// Takes the facts of a source in the order in which they happened: merged by time, or by their
// serials on each host of a log. One thread. Not every source tells everything, and not every
// consumer wants to know.
class FactConsumer {
 public:
  virtual ~FactConsumer() = default;

  // --- of hosts, by sources that know several
  // `host` is seen for the first time; numbers are given from 0 upwards. `name` is empty if the log
  // has none. `first_record` is the log's first record line for that host.
  virtual void NewHost(uint32_t /*host*/, std::string_view /*name*/,
                       std::string_view /*first_record*/) {}
  // The host rebooted: serials start anew and every process of the old boot has ended. Each fork
  // foreseen before has been applied.
  virtual void Reboot(uint32_t /*host*/) {}

  // --- of lives
  // Of a snapshot: all come before the first of the others.
  virtual void Apply(const TaskFact&) {}
  // Announces a fork that Apply() will bring later, so that a child whose own records come first
  // can be given its true parent. Both have the same `subject.logged`.
  virtual void Foresee(const ForkFact&) {}
  virtual void Apply(const ForkFact&) {}
  virtual void Apply(const ExecFact&) {}
  virtual void Apply(const ExitFact&) {}
  virtual void Apply(const KillFact&) {}
  virtual void Apply(const ReapFact&) {}
  virtual void Apply(const NamespacesFact&) {}
  virtual void Apply(const SightingFact&) {}

  // --- of what processes do
  virtual void Apply(const FileFact&) {}
  virtual void Apply(const FlowFact&) {}
  virtual void Apply(const PipeFact&) {}
  virtual void Apply(const DnsFact&) {}
  virtual void Apply(const AccessFact&) {}
  virtual void Apply(const ImageFact&) {}
  virtual void Apply(const ModuleFact&) {}
  virtual void Apply(const BpfProgramFact&) {}
};

}  // namespace pidigree
