#pragma once

#include "src/event/code_fact.h"
#include "src/event/image_fact.h"
#include "src/lineage/actor.h"
#include "src/records/record_writer.h"

namespace pidigree {

// Writes what code processes and the kernel take in beyond that of execs.
class CodeRecords {
 public:
  explicit CodeRecords(RecordWriter& records) : records_(records) {}

  void WriteImageLoad(const ImageFact& image, const Actor& actor);
  // The event names no process.
  void WriteDriverLoad(const ModuleFact& module, UtcTime time);
  void WriteBpfProgram(const BpfProgramFact& program, const Actor& actor);

 private:
  RecordWriter& records_;
};

}  // namespace pidigree
