#pragma once

#include "src/enrich/live_actor.h"
#include "src/enrich/live_records.h"
#include "src/event/kernel_code_fact.h"
#include "src/event/kernel_image_fact.h"

namespace pidigree {

// Writes what code processes and the kernel take in beyond that of execs.
class CodeRecords {
 public:
  explicit CodeRecords(LiveRecords& records) : records_(records) {}

  void WriteImageLoad(const KernelImage& image, const LiveActor& actor);
  // The event names no process.
  void WriteDriverLoad(const KernelModule& module, UtcTime time);
  void WriteBpfProgram(const KernelBpfProgram& program, const LiveActor& actor);

 private:
  LiveRecords& records_;
};

}  // namespace pidigree
