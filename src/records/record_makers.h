#pragma once

#include <string_view>

#include "schema/events.h"
#include "src/event/access_fact.h"
#include "src/event/code_fact.h"
#include "src/event/life_facts.h"
#include "src/event/network_fact.h"
#include "src/lineage/actor.h"
#include "src/records/record_writer.h"

namespace pidigree {

// The makers of families that need nothing but the fact and who it is about. `actor` did what the
// fact tells.

// What a process does to another one. docs/process-access.md says which action grants which rights.
void WriteAccess(const AccessFact& access, const Actor& actor, const Actor& target,
                 RecordWriter& records);

// What code processes and the kernel take in beyond that of execs. Event 6 names no process.
void WriteImageLoad(const ImageFact& image, const Actor& actor, RecordWriter& records);
void WriteDriverLoad(const ModuleFact& module, UtcTime time, RecordWriter& records);
void WriteBpfProgram(const BpfProgramFact& program, const Actor& actor, RecordWriter& records);

// What happens to named pipes and sockets; `path`, any bytes, is that of one.
void WritePipe(const PipeFact& event, const Actor& actor, RecordWriter& records);
void WritePipeCreated(MadeOf<kPipeCreated> of, std::string_view path, const Actor& actor,
                      RecordWriter& records);
void WritePipeConnected(MadeOf<kPipeConnected> of, std::string_view path, const Actor& actor,
                        RecordWriter& records);

// That a process is not what the files say that it is said to run: for those execs that are so, and
// where it has /proc/PID/exe name another file.
bool IsTampering(const ExecFact& exec);
void WriteTampering(const ExecFact& exec, const Actor& actor, RecordWriter& records);
void WriteReplacedImage(const Actor& actor, RecordWriter& records);

}  // namespace pidigree
