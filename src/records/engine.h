#pragma once

#include <cstdint>
#include <string>

#include "src/base/clock.h"
#include "src/enrich/name_service.h"
#include "src/enrich/patient_lookup.h"
#include "src/enrich/seen_host_names.h"
#include "src/event/fact_consumer.h"
#include "src/lineage/lineage.h"
#include "src/records/dns_records.h"
#include "src/records/event_batch.h"
#include "src/records/file_records.h"
#include "src/records/network_records.h"
#include "src/records/record_policy.h"
#include "src/records/record_writer.h"

namespace pidigree {

struct EngineOptions {
  std::string proc_path = "/proc";
  std::string services_path = "/etc/services";
  uint32_t own_pid = 0;  // of the agent; what it does itself in order to watch is not told
};

// The way of each fact to its records: the lineage says whose it is, the maker of its family makes
// what it amounts to, the writer asks the filter and announces. One thread.
class Engine final : public FactConsumer {
 public:
  // All must outlive the engine. `records` is where `lineage` writes, too. `hosts`: null if nobody
  // is to be asked for the names of addresses.
  Engine(EngineOptions options, Lineage& lineage, RecordWriter& records, const Clock& clock,
         HostNameService* hosts = nullptr)
      : own_pid_(options.own_pid),
        lineage_(lineage),
        records_(records),
        files_(records, std::move(options.proc_path)),
        host_lookup_(hosts, clock),
        network_(records, seen_host_names_, host_lookup_, std::move(options.services_path)) {}

  // Of what is written from the next batch on; the default to begin with. Processes have to be
  // announced anew when they are named again.
  void SetPolicy(const RecordPolicy& policy);

  // Records go to `batch`, which is empty, until the next call. Must be called before any fact.
  void BeginBatch(EventBatch& batch);
  // Takes back what a batch holds and clears it; the batch may be used again. All batches must be
  // recycled before the writer ends.
  void Recycle(EventBatch& batch) { records_.Recycle(batch); }

  void NewHost(uint32_t host, std::string_view name, std::string_view first_record) override {
    lineage_.NewHost(host, name, first_record);
  }
  void Reboot(uint32_t host) override { lineage_.Reboot(host); }
  void Foresee(const ForkFact& fork) override { lineage_.Foresee(fork); }
  void Apply(const TaskFact& task) override { lineage_.Apply(task); }
  void Apply(const ForkFact& fork) override { lineage_.Apply(fork); }
  void Apply(const ExecFact& exec) override;
  void Apply(const ExitFact& exit) override { lineage_.Apply(exit); }
  void Apply(const KillFact& kill) override { lineage_.Apply(kill); }
  void Apply(const ReapFact& reap) override { lineage_.Apply(reap); }
  void Apply(const NamespacesFact& namespaces) override { lineage_.Apply(namespaces); }
  void Apply(const SightingFact& sighting) override { lineage_.Apply(sighting); }

  void Apply(const FileFact& event) override;
  void Apply(const FlowFact& flow) override;
  void Apply(const PipeFact& event) override;
  void Apply(const DnsFact& dns) override;
  void Apply(const AccessFact& access) override;
  void Apply(const ImageFact& image) override;
  void Apply(const ModuleFact& module) override;
  void Apply(const BpfProgramFact& program) override;

  // Since the start, but for those of what is there now.
  Counters counters() const;

 private:
  // Names whom `fact` is about while `make` makes records of it.
  template <typename Fact, typename Make>
  void MakeRecords(const Fact& fact, const Make& make);
  // What we do ourselves in order to watch is not told.
  bool IsOurs(const Subject& subject) const { return subject.process.tgid == own_pid_; }

  const uint32_t own_pid_;
  Lineage& lineage_;
  RecordWriter& records_;
  FileRecords files_;
  SeenHostNames seen_host_names_;
  PatientLookup<IpAddress> host_lookup_;
  NetworkRecords network_;
  DnsRecords dns_{records_, seen_host_names_};
};

}  // namespace pidigree
